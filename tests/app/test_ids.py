"""Every id has its handler and every handler its id; each takes what strangers can send it, and what Slack sends twice."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import handlers
from bot.jobs import JobState
from bot.render import answers, form, modal, sentences
from bot.render.buttons import Action
from handlers import shortcut
from local.slack.blockkit.check import check_message, check_view
from tests.app.job import ASKER, LINK
from tests.app.test_handlers import (
    ABOUT_A_JOB,
    ACTIONS,
    CALLBACKS,
    House,
    living,
    press,
    submission,
)
from tests.app.test_hostile_text import HOSTILE

MANIFEST = Path(__file__).parents[2] / "manifest.yml"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as house:
        yield house


def on_message(**message: Any) -> dict[str, Any]:
    """*Make a reel* in the menu of a message."""
    return {
        "type": "message_action",
        "callback_id": shortcut.ON_MESSAGE,
        "channel": {"id": "C1", "name": "general"},
        "message": {"type": "message", "user": "U2", "ts": "1.0", **message},
        "response_url": "https://hooks.test/1",
    }


ANYWHERE = {"type": "shortcut", "callback_id": shortcut.ANYWHERE}
TYPED = {"command": handlers.COMMAND, "channel_id": "C1", "team_id": "T1", "user_id": ASKER}


def event(kind: str, event_id: str = "Ev1", **inner: Any) -> dict[str, Any]:
    written = {"type": kind, "user": "U2", "channel": "C1", "ts": "1.0", "text": "hello", **inner}
    return {
        "type": "event_callback",
        "team_id": "T1",
        "api_app_id": "A1",
        "event_id": event_id,
        "event": written,
        "user": None,  # an event names nobody beside itself
        "authorizations": [{"team_id": "T1", "user_id": "UBOT", "is_bot": True}],
    }


def mention(**inner: Any) -> dict[str, Any]:
    return event("app_mention", **inner)


def direct(**inner: Any) -> dict[str, Any]:
    return event("message", **{"channel": "D1", "channel_type": "im", **inner})


def posted(house: House) -> list[Any]:
    """What was said in channels."""
    calls = [request for request in house.slack.requests if "chat.postMessage" in request.target]
    return [call.json() for call in calls]


async def test_there_is_a_handler_for_every_id_and_no_other(house: House) -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    named = manifest["features"]["shortcuts"] + manifest["features"]["slash_commands"]
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    handled = len(house.bolt._async_listeners)
    assert handled == len(ACTIONS) + len(CALLBACKS) + len(named) + len(events)


async def test_every_shortcut_and_event_of_the_manifest_is_acked(house: House) -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    shortcuts = {each["callback_id"] for each in manifest["features"]["shortcuts"]}
    assert {on_message()["callback_id"], ANYWHERE["callback_id"]} == shortcuts
    home = event("app_home_opened", tab="home", user=ASKER)
    for payload in (on_message(text=LINK), ANYWHERE, mention(), direct(event_id="Ev2"), home):
        assert (await house.deliver(payload))[0] == 200
    assert [view["callback_id"] for view in house.opened()] == [form.MAKE] * 2
    assert len(posted(house)) == 2


@pytest.mark.parametrize(
    "value", ["", "nobody", "x" * 2_000, "a\0b", "'; DROP TABLE jobs; --", "<!channel>"]
)
@pytest.mark.parametrize("action_id", ABOUT_A_JOB)
async def test_an_id_that_is_no_job_of_ours_is_answered_as_one_that_is_gone(
    house: House, action_id: str, value: str
) -> None:
    payload = press(action_id)
    payload["actions"][0]["value"] = value
    assert (await house.deliver(payload))[0] == 200
    assert house.opened() == [modal.notice(sentences.OUTCOMES["too_late"])]


async def kept(house: House, text: str = LINK) -> str:
    """A job of the asker's; its id."""
    status, _ = await house.deliver({**TYPED, "text": text, "trigger_id": text})
    assert status == 200
    rows = await house.runner.jobs.database.read("SELECT id FROM jobs")
    return str(rows[0]["id"])


@pytest.mark.parametrize(
    ("action_id", "title", "says"),
    [
        (Action.CANCEL, "Reel", sentences.OUTCOMES["not_yours"]),
        (Action.LOOK_AGAIN, "Reel", sentences.OUTCOMES["too_late"]),
        (Action.HAVE_ID, "I have the id", "Nothing is spent"),
        (Action.CUT_ANEW, "Cut anew", "uses 1 of"),
        (Action.CHANGE_ASK, "Make a reel", "uses 1 of"),
    ],
)
async def test_a_press_by_somebody_else_does_no_more_than_it_may(
    house: House, action_id: str, title: str, says: str
) -> None:
    job_id = await kept(house)
    payload = {**press(action_id), "user": {"id": "U0ELSE"}}
    payload["actions"][0]["value"] = job_id
    assert (await house.deliver(payload))[0] == 200
    [view] = house.opened()
    assert check_view(view, "modal") == []
    assert view["title"]["text"] == title
    assert says in str(view["blocks"])
    job = await house.runner.get(job_id)
    assert job is not None
    assert job.state is not JobState.CANCELLED


async def test_the_id_of_anothers_job_is_taken_from_nobody_else(house: House) -> None:
    told = submission(modal.HAVE_ID)
    told["view"]["private_metadata"] = await kept(house)
    _, ack = await house.deliver({**told, "user": {"id": "U0ELSE"}})
    assert ack["view"] == modal.notice(sentences.OUTCOMES["not_yours"])


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_message_opens_a_modal_that_slack_accepts(house: House, text: str) -> None:
    attachments = [{"from_url": text, "title_link": text, "video_html": text, "text": text}]
    files = [{"id": text, "mimetype": text, "url_private": text, "mode": text}]
    payload = on_message(text=f"{text} <{LINK}>", attachments=attachments, files=files)
    assert (await house.deliver(payload))[0] == 200
    [view] = house.opened()
    assert check_view(view, "modal") == []
    assert LINK in str(view)


@pytest.mark.parametrize(
    "message",
    [
        {"text": None, "blocks": None, "attachments": None, "files": None},
        {"text": 1, "blocks": {"type": 2}, "attachments": ["x", None], "files": [[], {"mode": []}]},
        {"blocks": [{"elements": [{"url": {"url": []}, "text": {"text": {}}}]}]},
    ],
)
async def test_a_message_of_odd_types_opens_the_empty_form(
    house: House, message: dict[str, Any]
) -> None:
    assert (await house.deliver(on_message(**message)))[0] == 200
    [view] = house.opened()
    assert "I looked for a video link" in str(view["blocks"][0])


async def test_a_shortcut_or_a_command_that_slack_will_not_open_is_acked_all_the_same(
    house: House,
) -> None:
    for payload in (on_message(message=None), {**ANYWHERE, "user": {}}, {**TYPED, "user_id": None}):
        assert (await house.deliver(payload))[0] == 200


async def test_a_mention_is_answered_in_its_thread_once_however_often_it_is_delivered(
    house: House,
) -> None:
    for _ in range(3):
        assert (await house.deliver(mention(text=f"<@UBOT> {LINK}")))[0] == 200
    [said] = posted(house)
    assert (said["channel"], said["thread_ts"]) == ("C1", "1.0")
    assert check_message(said["blocks"]) == []
    await house.deliver(mention(event_id="Ev2", text="<@UBOT> another", thread_ts="0.5"))
    assert posted(house)[1]["thread_ts"] == "0.5"


@pytest.mark.parametrize(
    "payload",
    [
        mention(user="UBOT"),
        mention(bot_id="B1"),
        mention(bot_id="B9", user="U0OTHERBOT"),
        direct(bot_id="B1", user="UBOT"),
        direct(subtype="bot_message", bot_id="B9"),
        direct(subtype="message_changed", message={"text": "x"}),
        direct(subtype="message_deleted"),
        event("message", channel_type="channel"),
        event("message", channel_type="mpim"),
    ],
    ids=lambda payload: str(payload["event"])[:120],
)
async def test_bots_changes_and_other_conversations_are_acked_without_an_answer(
    house: House, payload: dict[str, Any]
) -> None:
    assert (await house.deliver(payload))[0] == 200
    assert posted(house) == []


async def test_a_direct_message_is_answered_beside_it_and_in_its_thread_where_there_is_one(
    house: House,
) -> None:
    await house.deliver(direct())
    await house.deliver(direct(event_id="Ev2", thread_ts="0.5", subtype="file_share"))
    assert [said.get("thread_ts") for said in posted(house)] == [None, "0.5"]


async def test_an_event_without_a_text_is_answered_with_the_ways_in(house: House) -> None:
    assert (await house.deliver(mention(text=None)))[0] == 200
    assert posted(house)[0]["text"] == answers.way_in({}).text
