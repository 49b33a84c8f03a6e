"""What Slack says about channels and people at the moment in which something is to be shown: each fact, or that it is not known."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.messages import code_of
from bot.privacy import Conversation, Viewer, conversation_of, reads_all_public

log = structlog.get_logger(__name__)

UNREACHED = (SlackClientError, aiohttp.ClientError, TimeoutError)
"""How a call to Slack ends that brings no answer."""


async def conversations(
    client: AsyncWebClient, channel_ids: Sequence[str], deadline: float
) -> dict[str, Conversation | None]:
    """What each is, by id. `deadline` in the loop's time; what is not known by then is None."""
    calls = (_told(client.conversations_info(channel=name), deadline) for name in channel_ids)
    answers = await asyncio.gather(*calls)
    channels = [_object(answer, "channel") for answer in answers]
    known = [conversation_of(channel) if channel else None for channel in channels]
    return dict(zip(channel_ids, known, strict=True))


async def viewer(client: AsyncWebClient, user_id: str, team_id: str, deadline: float) -> Viewer:
    """Who looks. Where a person is in is asked of those only who are no full members, as far as that is known."""
    user = _object(await _told(client.users_info(user=user_id), deadline), "user")
    if user and reads_all_public(user, team_id):
        return Viewer(reads_all_public=True)
    return Viewer(channels=frozenset(await channels_of(client, user_id, deadline)))


async def channels_of(client: AsyncWebClient, user_id: str, deadline: float) -> list[str]:
    """The channels that a person and the app share, and the public ones of this person; none where it cannot be known."""
    asked = client.users_conversations(
        user=user_id, types="public_channel,private_channel", limit=999
    )
    answer = await _told(asked, deadline)
    found = answer.get("channels") if answer else None
    channels = found if isinstance(found, list) else []
    return [str(channel.get("id")) for channel in channels if isinstance(channel, dict)]


async def _told(call: Awaitable[AsyncSlackResponse], deadline: float) -> AsyncSlackResponse | None:
    try:
        async with asyncio.timeout_at(deadline):
            return await call
    except UNREACHED as error:
        code = code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
        log.warning("fact_not_known", code=code)
        return None


def _object(answer: AsyncSlackResponse | None, name: str) -> dict[str, Any] | None:
    found = answer.get(name) if answer else None
    return found if isinstance(found, dict) else None
