"""Opening and redrawing modals. Opening is the only call that is awaited before an ack; Slack waits 3 s for both."""

import asyncio
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.draft import Draft
from bot.jobs import ReelRequest
from bot.messages import code_of
from bot.render import answers, form, modal, sentences
from bot.runner import Outcome, Runner

OPEN_SECONDS = 2.0

Body = dict[str, Any]

log = structlog.get_logger(__name__)


async def shown(client: AsyncWebClient, body: Body, view: dict[str, object]) -> None:
    """Open a modal for the person who pressed. A trigger that was used is the same press, delivered twice."""
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            # On top of the modal that was pressed in, if it was one.
            within = (body.get("view") or {}).get("type") == "modal"
            opening = client.views_push if within else client.views_open
            await opening(trigger_id=body["trigger_id"], view=view)
    except SlackApiError as error:
        if code_of(error) != "exchanged_trigger_id":
            raise


async def form_shown(
    runner: Runner, client: AsyncWebClient, body: Body, draft: Draft, asked: ReelRequest
) -> None:
    """Open the modal that makes a reel, for those who may spend a slot."""
    if runner.may_spend(user_id(body)):
        await shown(client, body, form.make(draft, asked, await runner.standing()))
    else:
        await told(client, body, Outcome.MAY_NOT_SPEND)


async def redrawn(client: AsyncWebClient, body: Body, view: dict[str, object]) -> None:
    """Show a modal anew. One that was closed or redrawn meanwhile stays as it is."""
    old = body["view"]
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await client.views_update(view_id=old["id"], hash=old["hash"], view=view)
    except SlackApiError as error:
        if code_of(error) not in {"hash_conflict", "not_found", "view_not_found"}:
            raise


async def told(client: AsyncWebClient, body: Body, outcome: Outcome) -> None:
    """Say to the presser alone what became of it, unless the card says so by itself."""
    if outcome is not Outcome.DONE:
        await shown(client, body, modal.notice(sentences.OUTCOMES[outcome]))


async def noticed(ack: AsyncAck, sentence: str) -> None:
    """Put a sentence in place of the modal that was submitted."""
    await ack(response_action="update", view=modal.notice(sentence))


async def by_modal(given: dict[str, Any]) -> None:
    """For a handler that broke: ack, and say so in a modal."""
    await given["ack"]()
    try:
        await shown(given["client"], given["body"], modal.notice(sentences.PRESS_FAULT))
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("presser_not_reached", error=type(error).__name__)


async def by_update(given: dict[str, Any]) -> None:
    """For a handler of a submission that broke."""
    await noticed(given["ack"], answers.fault().text)


def value_of(body: Body) -> str:
    """What a button carries."""
    return str(body["actions"][0].get("value") or "")


def user_id(body: Body) -> str:
    """Who did it: a command's payload names them flatly."""
    return str(body["user"]["id"] if "user" in body else body["user_id"])
