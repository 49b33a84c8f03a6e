"""Whatever Slack has told the app, told once more: at once, and after a restart."""

import asyncio
import json
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.http.slack import FORM, JSON, Ports, signed
from tests.scenarios.people import People
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire, as_json, generation
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"


async def an_afternoon(people: People) -> None:
    """A command, a shortcut and its form, buttons, a clip that is shared, a mention, a message, a look at Home."""
    await people.act("channel", channel="launch", kind="public", members=["robin"])
    await people.act("member", channel="launch", join=True)
    channels = people.platform.workspace.channels.values()
    launch = next(channel.id for channel in channels if channel.name == "launch")
    await people.reel(f"{LINK} the goals clips:1")
    links = await people.links()
    await people.click(links, "share_clip")
    await people.submits(channel=launch, words="look")
    await people.reel("preset")
    await people.submits(clips="2")
    await people.makes_a_reel(await people.writes(f"our talk: {LINK}"))
    await people.submits(prompt="the saves")
    card = await people.card("queued")
    await people.click(card, "cancel_job")
    await people.card("Cancelled")
    await people.writes("@reel hello")
    await people.writes("hello", channel="D0ROBINBOT5")
    await people.act("home", user="robin")


def encoded(change: dict[str, Any]) -> tuple[str, str]:
    """The body and the content type of what was delivered."""
    payload = change["payload"]
    match change["kind"]:
        case "slash_commands":
            return urlencode(payload), FORM
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}), FORM
        case _:
            return json.dumps(payload), JSON


async def all_again(people: People, ports: Ports, told: list[dict[str, Any]]) -> None:
    for body, content_type in map(encoded, told):
        headers = signed(body, content_type)
        twice = await asyncio.gather(*(ports.post(body, headers) for _ in range(2)))
        assert [status for status, _ in twice] == [200, 200]


async def posted(people: People) -> list[tuple[str, str]]:
    """Everything that the app has said to everybody, by place."""
    return [
        (channel, message["ts"])
        for channel in ("general", "launch", "D0ROBINBOT5")
        for message in await people.messages(channel)
        if "bot_id" in message and not message.get("ephemeral_for")
    ]


async def test_nothing_is_spent_said_or_shared_a_second_time(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    wire.on_post = [
        as_json(generation("completed", id="first", output=[CLIP])),
        events("queued", ending="silence"),
    ]
    async with stage(wire.address) as app:
        await an_afternoon(people)
        await people.sees(lambda message: "open_form" in str(message), channel="D0ROBINBOT5")
        await app.settled()
        told = await people.changes("envelope")
        before, jobs = await posted(people), await app.jobs()
        assert len({channel for channel, _ in before}) == 3
        await all_again(people, ports, told)
        assert await posted(people) == before
    async with stage(wire.address) as app:
        await all_again(people, ports, told)
        await app.settled()
        assert await posted(people) == before
        assert await app.jobs() == jobs
    assert len(jobs) == 2
    assert len(wire.posts) == 2
    assert {change["kind"] for change in told} == {"slash_commands", "interactive", "events_api"}
    views = [call for call in await people.calls("views.open") if call["answer"]["ok"]]
    assert len(views) == len({call["args"]["trigger_id"] for call in views})


async def test_a_press_that_comes_again_undoes_no_later_one(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    async def presses(*action_ids: str) -> None:
        for action_id in action_ids:
            await people.act("home", user="sam")
            view = await people.view("sam")
            await people.act("click", user="sam", view_id=view["id"], action_id=action_id)

    async def per_person(most: str) -> None:
        await presses("change_rules")
        await people.submits(user="sam", per_person=most)

    async def clips(most: str) -> None:
        await people.reel("preset")
        await people.submits(clips=most)

    async def cleared() -> None:
        await people.reel("preset")
        await people.presses("preset_clear")

    async def set_and_cleared() -> None:
        await clips("1")
        await cleared()

    async with stage(wire.address, reel_operator=frozenset({"U0SAM000002"})) as app:
        for old, later in (
            (partial(presses, "pause"), partial(presses, "go_on")),
            (partial(presses, "pause", "go_on"), partial(presses, "pause")),
            (partial(per_person, "2"), partial(per_person, "3")),
            (partial(clips, "1"), cleared),
            (set_and_cleared, partial(clips, "2")),
        ):
            before = len(await people.changes("envelope"))
            await old()
            told = (await people.changes("envelope"))[before:]
            await later()
            rules = await app.runner.rulebook.read()
            preset = await app.runner.presets.of("T0REEL0LOCA", "C0GENERAL01")
            await all_again(people, ports, told)
            assert await app.runner.rulebook.read() == rules
            assert await app.runner.presets.of("T0REEL0LOCA", "C0GENERAL01") == preset


async def test_a_save_that_broke_may_come_again(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    async with stage(wire.address) as app:
        await people.reel("preset")
        database = app.runner.jobs.database
        broken = (
            "CREATE TRIGGER broken BEFORE INSERT ON presets BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        await database.write(broken)
        refused = await people.submits(clips="2")
        await database.write("DROP TRIGGER broken")
        saved = await people.submits(clips="2")
        preset = await app.runner.presets.of("T0REEL0LOCA", "C0GENERAL01")
    assert refused["response_action"] == "errors"
    assert saved["response_action"] == "update"
    assert preset is not None


async def test_a_share_that_slack_has_not_answered_is_not_posted_again(
    stage: Start,
    people: People,
    wire: Wire,
    ports: Ports,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("handlers.clips.OPEN_SECONDS", 0.2)
    wire.on_post = [as_json(generation("completed", output=[CLIP]))]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        links = await people.links()
        await app.settled()
        await people.click(links, "share_clip")
        before = await people.messages()
        await people.act("fault", method="chat.postMessage", when="after", delay=0.5, times=1)
        answer = await people.submits(channel="C0GENERAL01")
        [*_, told] = await people.changes("envelope")
        await all_again(people, ports, [told])
        assert len(await people.messages()) == len(before) + 1
    assert answer["response_action"] == "update"
    assert "did not answer in time" in str(await people.view("robin"))
