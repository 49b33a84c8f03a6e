"""Whatever is rendered has its handler, and each press is answered with something that Slack accepts."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.app import Surroundings, assembled
from bot.clock import Clock
from bot.config import Settings
from bot.draft import Draft
from bot.form import Field
from bot.jobs import JobState, Reason
from bot.preset import Preset
from bot.reka.client import RekaClient
from bot.render import (
    answers,
    buttons,
    card,
    clips,
    form,
    home,
    modal,
    preset,
    rules,
    sentences,
    share,
)
from bot.render import reuse as render
from bot.render.buttons import Action
from bot.reuse import Offer
from bot.rules import Rules
from bot.runner import Runner
from bot.slots import Standing
from local.slack.blockkit.check import check_message, check_view
from storage import database
from tests.app.job import ASKER, LINK, NOW, clip, job
from tests.app.wire import Wire, as_json, playing

IDENTITY = AuthorizeResult(
    enterprise_id=None, team_id="T1", bot_token="xoxb-x", bot_id="B1", bot_user_id="UBOT"
)


def walk(part: Any) -> Iterator[dict[str, Any]]:
    """Every object within."""
    if isinstance(part, dict):
        yield part
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, dict | list):
            yield from walk(value)


PLACE = render.Place("C1", NOW, "https://x.test")
MORE = Draft("C1", parent_id="nobody", anew=True, more=True)


def rendered() -> Iterator[Any]:
    """Everything that people are shown."""
    for state in JobState:
        for reason in (None, *Reason):
            shown = job(state=state, reason=reason, clips=(clip(),))
            for can_look in (True, False):
                yield card.card(shown, Standing(), NOW, can_look=can_look).blocks
            yield answers.asked_again(shown, "https://x.test").blocks
    yield from (card.root(job()).blocks, clips.links(job(clips=(clip(),))).blocks)
    yield from (answers.accepted(job()).blocks, answers.help_text().blocks)
    yield from (modal.have_id(job()), modal.notice("So."))
    yield from (
        form.make(Draft(), job().request, Standing()),
        form.make(MORE, job().request, Standing()),
    )
    yield preset.edit("C1", Preset(), Preset("goals", set_by="U1"), translates=True)
    yield render.answer(Offer("command:1", shown.request, ()), PLACE).blocks
    yield answers.misunderstood(("So.",), "so").blocks
    yield answers.way_in({"text": "<@UBOT> hello"}).blocks
    yield answers.jobs([job(), shown], "https://x.test").blocks
    yield share.modal(shown)
    yield modal.copy_text(clips.as_text(shown))
    yield home.home(
        [shown],
        [shown],
        Standing(),
        presets={},
        spenders=None,
        set_rules=Rules(),
        may_rule=True,
        workspace_url="https://x.test",
    )
    yield buttons.rules(halted=True)
    yield rules.edit(Rules(2, 5, 1, ("U1",)))


PARTS = [part for shown in rendered() for part in walk(shown)]
# What a field for typing is called needs no handler: its modal is submitted as a whole.
ACTIONS = sorted(
    {
        part["action_id"]
        for part in PARTS
        if part.get("action_id", "entered") != "entered" and part["action_id"] != modal.ID_ACTION
    }
)
CALLBACKS = sorted({part["callback_id"] for part in PARTS if "callback_id" in part})


@dataclass(frozen=True, slots=True)
class House:
    """Bolt with our handlers, over a Slack that says yes to everything."""

    bolt: AsyncApp
    slack: Wire
    runner: Runner

    async def deliver(self, payload: dict[str, Any]) -> tuple[int, Any]:
        """The status of the ack, and its body."""
        told = {
            "team": {"id": "T1"},
            "user": {"id": ASKER},
            "trigger_id": "1.2",
            **payload,
        }
        response = await self.bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=told))
        return response.status, json.loads(response.body) if response.body else None

    def opened(self) -> list[Any]:
        """The modals that were opened."""
        calls = [request for request in self.slack.requests if "views.open" in request.target]
        return [call.json()["view"] for call in calls]


@asynccontextmanager
async def living(folder: Path, **changes: object) -> AsyncIterator[House]:
    settings = Settings.model_validate(
        {
            "slack_bot_token": "xoxb-x",
            "slack_app_token": "xapp-x",
            "reka_api_key": "key",
            "reka_base_url": "http://127.0.0.1:9",
            **changes,
        }
    )

    async def authorize() -> AuthorizeResult:
        return IDENTITY

    async with (
        playing(as_json(200, {"ok": True, "ts": "1.0"})) as wire,
        aiohttp.ClientSession() as session,
        database.opened(folder / "reel.db") as base,
        RekaClient(settings.reka_base_url, "key") as reka,
    ):
        client = AsyncWebClient(base_url=f"{wire.address}/api/", session=session, retry_handlers=[])
        async with assembled(settings, Surroundings(base, reka, client, Clock())) as runner:
            bolt = AsyncApp(client=client, authorize=authorize, process_before_response=True)
            handlers.register(bolt, runner, "https://x.test/")
            yield House(bolt, wire, runner)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as house:
        yield house


def press(action_id: str) -> dict[str, Any]:
    action = {"type": "button", "action_id": action_id, "block_id": "b", "value": "nobody"}
    return {"type": "block_actions", "actions": [action]}


def submission(callback_id: str, typed: str | None = "0b6f2c1e-6f0d") -> dict[str, Any]:
    """Of a modal about a job that is gone."""
    values = {
        modal.ID_BLOCK: {modal.ID_ACTION: {"type": "plain_text_input", "value": typed}},
        Field.LINKS: {"entered": {"type": "plain_text_input", "value": LINK}},
    }
    about = MORE.metadata() if callback_id == form.MAKE else "nobody"
    view = {"type": "modal", "id": "V1", "callback_id": callback_id, "private_metadata": about}
    return {"type": "view_submission", "view": {**view, "state": {"values": values}}}


def test_every_action_of_the_table_is_rendered_and_no_other() -> None:
    assert set(ACTIONS) == set(Action)
    assert sorted([form.MAKE, modal.HAVE_ID, share.SHARE, preset.EDIT, rules.SET]) == CALLBACKS


async def test_what_nobody_renders_is_not_handled(house: House) -> None:
    assert (await house.deliver(press("something_else")))[0] == 404
    assert (await house.deliver(submission("something_else")))[0] == 404


NOT_ABOUT_A_JOB = {
    *(Action.OPEN_FORM, Action.CHANGED, Action.SUGGEST, Action.MORE),
    *(Action.PRESET_CHANGED, Action.PRESET_CLEAR, Action.OFFER_ANEW),
    *(Action.CHANGE_RULES, Action.PAUSE, Action.DRAIN, Action.GO_ON),
}
ABOUT_A_JOB = [action for action in Action if action not in NOT_ABOUT_A_JOB]


@pytest.mark.parametrize("action_id", ABOUT_A_JOB)
async def test_a_press_on_the_card_of_a_job_that_is_gone_is_acked_and_explained(
    house: House, action_id: str
) -> None:
    assert (await house.deliver(press(action_id)))[0] == 200
    [view] = house.opened()
    assert check_view(view, "modal") == []
    assert view == modal.notice(sentences.OUTCOMES["too_late"])


@pytest.mark.parametrize(
    "value", ["nobody", "", "view:V1", "x" * 2_000, "'; DROP TABLE offers; --"]
)
async def test_an_offer_that_is_not_known_any_more_is_acked_and_explained(
    house: House, value: str
) -> None:
    payload = press(Action.OFFER_ANEW)
    payload["actions"][0]["value"] = value
    assert (await house.deliver(payload))[0] == 200
    assert house.opened() == [modal.notice(sentences.OUTCOMES["offer_gone"])]


@pytest.mark.parametrize("callback_id", sorted({*CALLBACKS} - {preset.EDIT, rules.SET}))
async def test_a_modal_of_a_job_that_is_gone_becomes_the_explanation(
    house: House, callback_id: str
) -> None:
    status, ack = await house.deliver(submission(callback_id))
    assert status == 200
    assert ack["response_action"] == "update"
    assert check_view(ack["view"], "modal") == []
    assert house.opened() == []


@pytest.mark.parametrize("typed", [None, "", "  ", "no id!", "x" * 65, "<!channel>"])
async def test_what_is_no_id_is_said_at_the_field(house: House, typed: str | None) -> None:
    status, ack = await house.deliver(submission(modal.HAVE_ID, typed))
    assert status == 200
    assert ack == {
        "response_action": "errors",
        "errors": {modal.ID_BLOCK: sentences.OUTCOMES["no_id"]},
    }


async def test_a_button_that_breaks_is_acked_with_a_sentence(house: House) -> None:
    broken = {**press(Action.CANCEL), "user": {}}
    assert (await house.deliver(broken))[0] == 200
    assert house.opened() == [modal.notice(sentences.PRESS_FAULT)]


async def test_the_command_answers_the_person_alone(house: House) -> None:
    command = {"command": handlers.COMMAND, "channel_id": "C1", "team_id": "T1", "user_id": ASKER}
    for text in ("help", "jobs", "again", "no link", "https://youtu.be/a clips:99"):
        status, ack = await house.deliver({**command, "text": text})
        assert status == 200
        assert check_message(ack["blocks"]) == []
    assert house.slack.requests == []


async def test_a_preset_that_cannot_be_read_changes_nothing_and_is_told(house: House) -> None:
    broken: dict[str, Any] = submission(preset.EDIT)
    del broken["view"]["private_metadata"]
    status, ack = await house.deliver(broken)
    assert status == 200
    assert ack["view"] == modal.notice(answers.fault().text)


@pytest.mark.parametrize(
    "action_id", [Action.CHANGE_RULES, Action.PAUSE, Action.DRAIN, Action.GO_ON]
)
async def test_who_does_not_run_reel_may_not_touch_its_rules(house: House, action_id: str) -> None:
    told = modal.notice(sentences.OUTCOMES["may_not_rule"])
    assert (await house.deliver(press(action_id)))[0] == 200
    assert house.opened() == [told]
    _, ack = await house.deliver(submission(rules.SET))
    assert ack["view"] == told
    assert await house.runner.rulebook.read() == Rules()


async def test_people_who_may_not_spend_may_not_set_a_preset_by_any_way(tmp_path: Path) -> None:
    async with living(tmp_path, reel_spenders="U2BOSS") as house:
        command = {"command": handlers.COMMAND, "channel_id": "C1", "team_id": "T1"}
        told = modal.notice(sentences.OUTCOMES["may_not_set"])
        await house.deliver({**command, "user_id": ASKER, "text": "preset"})
        assert house.opened() == [told]
        _, ack = await house.deliver(submission(preset.EDIT))
        assert ack["view"] == told
        view = {**submission(preset.EDIT)["view"], "hash": "1.2"}
        await house.deliver({**press(Action.PRESET_CLEAR), "view": view, "trigger_id": "3.4"})
        [updated] = [call for call in house.slack.requests if "views.update" in call.target]
        assert updated.json()["view"] == told


async def test_people_who_may_not_spend_are_told_so_before_anything_is_kept(tmp_path: Path) -> None:
    async with living(tmp_path, reel_spenders="U2BOSS") as house:
        command = {"command": handlers.COMMAND, "channel_id": "C1", "team_id": "T1"}
        told = {**command, "user_id": ASKER, "text": "https://youtu.be/a"}
        assert (await house.deliver(told))[1]["text"] == sentences.OUTCOMES["may_not_spend"]
        _, ack = await house.deliver(submission(form.MAKE))
        assert ack["view"] == modal.notice(sentences.OUTCOMES["may_not_spend"])
        assert house.slack.requests == []
