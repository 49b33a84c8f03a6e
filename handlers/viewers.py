"""What somebody may see: the channels that they and the app share."""

import asyncio
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.trail import Viewer

ASK_SECONDS = 1.0
"""Of the three seconds that Slack waits for an ack."""

log = structlog.get_logger(__name__)


async def channels_of(client: AsyncWebClient, user_id: str) -> list[str]:
    """The channels that a person and the app share; none when Slack cannot be asked about the person."""
    try:
        async with asyncio.timeout(ASK_SECONDS):
            answer = await client.users_conversations(
                user=user_id, types="public_channel,private_channel", limit=999
            )
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("channels_not_known", error=type(error).__name__)
        return []
    return [str(channel["id"]) for channel in answer.get("channels") or []]


async def viewer_of(command: dict[str, Any], client: AsyncWebClient) -> Viewer:
    """Who typed a command: they see what is in their channels, and in the one where they typed it."""
    user_id = command["user_id"]
    channels = {command["channel_id"], *await channels_of(client, user_id)}
    return Viewer(command["team_id"], user_id, frozenset(channels))
