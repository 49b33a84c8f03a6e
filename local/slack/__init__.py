"""A Slack-compatible workspace on this machine: Socket Mode, the Web API, and people to act."""
