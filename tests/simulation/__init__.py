"""The app in a world made of seeds: real life cycle, storage and Slack code, simulated time, services and faults."""
