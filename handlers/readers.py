"""What somebody may see: the channels that they and the app share."""

import asyncio
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.trail import Reader
from handlers.facts import channels_of

ASK_SECONDS = 1.0
"""Of the three seconds that Slack waits for an ack."""


async def reader_of(command: dict[str, Any], client: AsyncWebClient) -> Reader:
    """Who typed a command: they see what is in their channels, and in the one where they typed it."""
    user_id = command["user_id"]
    deadline = asyncio.get_running_loop().time() + ASK_SECONDS
    channels = {command["channel_id"], *await channels_of(client, user_id, deadline)}
    return Reader(command["team_id"], user_id, frozenset(channels))
