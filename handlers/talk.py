"""A mention, or a direct message to the app: answered with the way in, never with silence."""

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.render import answers
from bot.render.blocks import Message
from bot.runner import Runner
from handlers.faults import answering
from handlers.views import OPEN_SECONDS, Body

log = structlog.get_logger(__name__)


async def _by_ack(given: dict[str, Any], _why: str | None) -> None:
    await given["ack"]()


@dataclass(frozen=True, slots=True)
class Talk:
    """One method per event. An answer is a courtesy: it is tried once, and its loss costs nothing."""

    runner: Runner

    @answering(_by_ack)
    async def mentioned(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """In a channel: answered in that message's thread."""
        event = body["event"]
        await self._answered(body, client, event.get("thread_ts") or event["ts"])
        await ack()

    @answering(_by_ack)
    async def written(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """In the app's own direct message, where a thread is only gone on with."""
        event = body["event"]
        if event.get("channel_type") == "im" and event.get("subtype") in {None, "file_share"}:
            await self._answered(body, client, event.get("thread_ts"))
        await ack()

    async def _answered(self, body: Body, client: AsyncWebClient, thread_ts: str | None) -> None:
        event = body["event"]
        if event.get("bot_id"):
            return
        # Slack delivers an event again when its ack was late or lost.
        if await self.runner.first_time(f"event:{body['event_id']}"):
            await _said(client, event["channel"], answers.way_in(event), thread_ts)


async def _said(
    client: AsyncWebClient, channel: str, message: Message, thread_ts: str | None
) -> None:
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks,
                thread_ts=thread_ts,
                parse="none",
                unfurl_links=False,
                unfurl_media=False,
            )
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("not_answered", error=type(error).__name__)
