"""Opening and redrawing modals. Opening is the only call that is awaited before an ack; Slack waits 3 s for both."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.draft import Draft
from bot.messages import code_of
from bot.outcome import Outcome
from bot.render import answers, form, modal, sentences
from bot.render.blocks import Block
from bot.request import ReelRequest
from bot.runner import Runner

OPEN_SECONDS = 2.0
REMEMBERED = 1_000

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


async def form_of(
    runner: Runner, user_id: str, draft: Draft, asked: ReelRequest, offer: Iterable[Block] = ()
) -> Block:
    """The modal that makes a reel, with what that costs a person now; `offer` stands above its fields."""
    standing = await runner.standing(user_id)
    refusal = await runner.rulebook.refusal(user_id, draft.channel_id)
    return form.make(draft, asked, standing, offer, refusal)


async def form_shown(
    runner: Runner, client: AsyncWebClient, body: Body, draft: Draft, asked: ReelRequest
) -> None:
    """Open the modal that makes a reel, for those who may spend a slot."""
    if may_spend(runner, body):
        await shown(client, body, await form_of(runner, user_id(body), draft, asked))
    else:
        await told(client, body, Outcome.MAY_NOT_SPEND)


def may_spend(runner: Runner, body: Body) -> bool:
    """Whether who did it may spend slots: of this workspace, or named. Of a command it always is this workspace."""
    home = (body.get("user") or {}).get("team_id")
    return runner.may_spend(user_id(body), outsider=bool(home) and home != team_id(body))


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn last in a modal: its private_metadata, Slack's hash for it, and the action_ts it answered."""

    about: object
    hash: str
    action_ts: str


@dataclass(frozen=True, slots=True)
class Redraws:
    """Redraws modals. `drawn`: view id → what was drawn last there."""

    drawn: OrderedDict[str, Drawn] = field(default_factory=OrderedDict)

    async def redraw(self, client: AsyncWebClient, body: Body, view: dict[str, object]) -> None:
        """Show a modal anew. A redraw is a courtesy: one that fails leaves what stands there, and the ack goes out."""
        old = body["view"]
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await self._drawn(client, old, str(body["actions"][0].get("action_ts")), view)
        except SlackApiError as error:
            log.info("modal_not_redrawn", code=code_of(error))
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("modal_not_redrawn", error=type(error).__name__)

    async def _drawn(
        self, client: AsyncWebClient, old: Body, action_ts: str, view: dict[str, object]
    ) -> None:
        view_id, about = old["id"], view.get("private_metadata")
        try:
            answer = await client.views_update(view_id=view_id, hash=old["hash"], view=view)
        except SlackApiError as error:
            last = self.drawn.get(view_id)
            # Somebody types faster than we redraw: then the hash is of our own last redraw of the same form. What was
            # typed before that one is old by now.
            if code_of(error) != "hash_conflict" or last is None or last.about != about:
                raise
            if last.action_ts > action_ts:
                return
            answer = await client.views_update(view_id=view_id, hash=last.hash, view=view)
        self.drawn[view_id] = Drawn(about, str(answer["view"]["hash"]), action_ts)
        while len(self.drawn) > REMEMBERED:
            self.drawn.popitem(last=False)


async def told(client: AsyncWebClient, body: Body, outcome: Outcome) -> None:
    """Say to the presser alone what became of it, unless the card says so by itself."""
    if outcome is not Outcome.DONE:
        await shown(client, body, modal.notice(sentences.OUTCOMES[outcome]))


async def noticed(ack: AsyncAck, sentence: str) -> None:
    """Put a sentence in place of the modal that was submitted."""
    await ack(response_action="update", view=modal.notice(sentence))


async def by_modal(given: dict[str, Any], why: str | None) -> None:
    """For a handler that broke: ack, and say so in a modal."""
    await given["ack"]()
    try:
        await shown(given["client"], given["body"], modal.notice(why or sentences.PRESS_FAULT))
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("presser_not_reached", error=type(error).__name__)


async def by_update(given: dict[str, Any], why: str | None) -> None:
    """For a handler of a submission that broke, where it is better not to be sent again."""
    await noticed(given["ack"], why or answers.fault().text)


async def by_error(given: dict[str, Any], why: str | None) -> None:
    """For a handler of a form that broke: the form stays, with what was typed, and says so at its first field."""
    shown_blocks = (given["body"].get("view") or {}).get("blocks") or []
    first = next((each["block_id"] for each in shown_blocks if each["type"] == "input"), None)
    if first is None:
        await by_update(given, why)
    else:
        await given["ack"](response_action="errors", errors={first: why or sentences.FORM_FAULT})


async def comes_again(runner: Runner, body: Body) -> bool:
    """Whether Slack delivers this very press once more: what was pressed meanwhile must stand."""
    return not await runner.first_time(f"press:{body['trigger_id']}")


def value_of(body: Body) -> str:
    """What a button carries."""
    return str(body["actions"][0].get("value") or "")


def team_id(body: Body) -> str:
    """The workspace that the app is installed in, for an interaction.

    In a modal of somebody from another organisation `team` is theirs. Source: bolt-python, `extract_team_id`.
    """
    view = body.get("view") or {}
    return str(view.get("app_installed_team_id") or body["team"]["id"])


def user_id(body: Body) -> str:
    """Who did it: a command's payload names them flatly."""
    return str(body["user"]["id"] if "user" in body else body["user_id"])
