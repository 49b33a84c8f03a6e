"""What Slack says to us. The one table of command → function; each handler reads, asks the runner and acks last."""

from slack_bolt.async_app import AsyncApp

from bot.runner import Runner
from handlers.command import Command

COMMAND = "/reel"


def register(app: AsyncApp, runner: Runner) -> None:
    """Connect every command to its handler."""
    app.command(COMMAND)(Command(runner).reel)
