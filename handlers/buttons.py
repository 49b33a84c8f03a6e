"""The buttons on a card. Anyone may press one, so each is checked again; what the card does not say, a modal says."""

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import code_of
from bot.render import modal, sentences
from bot.runner import Outcome, Runner
from handlers.faults import answering

OPEN_SECONDS = 2.0
"""Opening a modal is the only call that is awaited before the ack; Slack waits 3 s for both."""

Body = dict[str, Any]

log = structlog.get_logger(__name__)


async def shown(client: AsyncWebClient, body: Body, view: dict[str, object]) -> None:
    """Open a modal for the person who pressed. A trigger that was used is the same press, delivered twice."""
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await client.views_open(trigger_id=body["trigger_id"], view=view)
    except SlackApiError as error:
        if code_of(error) != "exchanged_trigger_id":
            raise


async def _by_modal(given: dict[str, Any]) -> None:
    await given["ack"]()
    try:
        await shown(given["client"], given["body"], modal.notice(sentences.PRESS_FAULT))
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("presser_not_reached", error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class Buttons:
    """One method per action id."""

    runner: Runner

    @answering(_by_modal)
    async def cancel(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Cancel*: the requester only."""
        outcome = await self.runner.cancel(_job_id(body), _user_id(body))
        await _told(client, body, outcome)
        await ack()

    @answering(_by_modal)
    async def look_again(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Look again*: free."""
        await _told(client, body, await self.runner.look_again(_job_id(body)))
        await ack()

    @answering(_by_modal)
    async def have_id(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*I have the id…*: asks for it."""
        if job := await self.runner.get(_job_id(body)):
            await shown(client, body, modal.have_id(job))
        else:
            await _told(client, body, Outcome.TOO_LATE)
        await ack()

    @answering(_by_modal)
    async def cut_anew(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Cut anew…*: restates the ask and its price; nothing is spent before that is confirmed."""
        job = await self.runner.get(_job_id(body))
        if job is None:
            await _told(client, body, Outcome.TOO_LATE)
        elif not self.runner.may_spend(_user_id(body)):
            await _told(client, body, Outcome.MAY_NOT_SPEND)
        else:
            await shown(client, body, modal.cut_anew(job, await self.runner.standing(job)))
        await ack()


async def _told(client: AsyncWebClient, body: Body, outcome: Outcome) -> None:
    if outcome is not Outcome.DONE:
        await shown(client, body, modal.notice(sentences.OUTCOMES[outcome]))


def _job_id(body: Body) -> str:
    return str(body["actions"][0].get("value") or "")


def _user_id(body: Body) -> str:
    return str(body["user"]["id"])
