"""The Home tab, drawn anew whenever somebody opens it."""

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.render import home, ledger
from bot.runner import Runner
from bot.trail import Reader
from handlers.facts import UNREACHED, channels_of
from handlers.faults import answering
from handlers.readers import ASK_SECONDS
from handlers.views import OPEN_SECONDS, Body

log = structlog.get_logger(__name__)


async def _by_ack(given: dict[str, Any], _why: str | None) -> None:
    await given["ack"]()


@dataclass(frozen=True, slots=True)
class Home:
    """The handler of `app_home_opened`."""

    runner: Runner
    workspace_url: str

    @answering(_by_ack)
    async def opened(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """Published for the person who looks; of others' jobs only those in channels that this person is in."""
        event = body["event"]
        if event.get("tab", "home") == "home":
            await self.show(client, body["team_id"], event["user"])
        await ack()

    async def show(self, client: AsyncWebClient, team_id: str, user_id: str) -> None:
        """Publish it. A courtesy: one that fails leaves what stands there."""
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                view = await self._view(client, team_id, user_id)
                await client.views_publish(user_id=user_id, view=view)
        except UNREACHED as error:
            log.warning("home_not_shown", error=type(error).__name__)

    async def _view(self, client: AsyncWebClient, team_id: str, user_id: str) -> dict[str, object]:
        deadline = asyncio.get_running_loop().time() + ASK_SECONDS
        channels = await channels_of(client, user_id, deadline)
        window = await self.runner.audit.window(Reader(team_id, user_id, frozenset(channels)))
        return home.home(
            await self.runner.asked_by(user_id, None),
            await self.runner.asked_in(channels, user_id),
            window.standing,
            presets=await self.runner.presets.among(team_id, channels),
            spenders=self.runner.spenders,
            set_rules=await self.runner.rulebook.read(),
            may_rule=self.runner.rulebook.may_set(user_id),
            workspace_url=self.workspace_url,
            freeing=ledger.freeing(window),
        )
