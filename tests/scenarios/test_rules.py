"""The ledger is shared fairly, and by the rules of those who run Reel."""

import asyncio
from typing import Any

import pytest

from bot import slots
from bot.jobs import Job, JobState
from bot.rules import Halt
from storage.admission import Admission
from storage.jobs import JobStore
from tests.scenarios.people import Message, People, said
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import CLIP, Wire, as_json, generation
from tests.scenarios.wire import stream as events

BOSS = "U0SAM000002"


def link(number: int) -> str:
    return f"https://example.com/{number}.mp4"


@pytest.fixture
def done(wire: Wire) -> Wire:
    wire.on_post = [events("completed", output=[CLIP], id=f"clip-{number}") for number in range(9)]
    return wire


def ids(people: People) -> dict[str, str]:
    return {user.name: user.id for user in people.platform.workspace.users.values()}


async def asks(people: People, user: str, text: str) -> dict[str, Any]:
    return await people.act("command", user=user, channel="general", command="/reel", text=text)


async def home(people: People, user: str) -> dict[str, Any]:
    await people.act("home", user=user)
    return await people.view(user)


async def presses(people: People, user: str, action_id: str) -> None:
    view = await home(people, user)
    await people.act("click", user=user, view_id=view["id"], action_id=action_id)


async def promised(app: Stage, number: int) -> None:
    """Wait until so many jobs have kept what their cards say of the start."""
    while sum(job.told_start is not None for job in await app.jobs()) < number:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_who_asks_in_the_moment_of_a_drain_is_refused(
    stage: Start, people: People, done: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, drains = JobStore.add, [BOSS]

    async def add(self: JobStore, job: Job, admission: Admission) -> Job | None:
        if drains:  # the rules have been read
            await app.runner.rulebook.halt(drains.pop(), Halt.DRAINING)
        return await kept(self, job, admission)

    monkeypatch.setattr(JobStore, "add", add)
    async with stage(done.address, reel_operator=BOSS) as app:
        await asks(people, "robin", link(1))
        await people.sees(lambda message: "No new requests are taken" in said(message))
        assert await app.jobs() == []
    assert done.posts == []


async def test_who_had_no_turn_goes_before_who_had_one_and_the_cards_that_wait_longer_say_why(
    stage: Start, people: People, done: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "MARGIN_MS", 3_600_000)
    async with stage(done.address, reel_slot_limit=1) as app:
        await asks(people, "robin", link(1))
        await people.card("1 clip is ready")
        await asks(people, "robin", link(2))
        await people.sees(lambda m: "next in line" in said(m))
        await asks(people, "robin", link(3))
        await promised(app, 2)
        await asks(people, "sam", link(4))
        third = await people.sees(
            lambda m: "2 before it" in said(m) and "last turn is longer ago go first" in said(m)
        )
        line = await app.runner.slots.line(app.runner.now())
        users = {job.id: job.user_id for job in await app.jobs()}
    who = ids(people)
    assert [users[job_id] for job_id in line.turns] == [who["sam"], who["robin"], who["robin"]]
    assert "later than said" in said(third)


async def test_shares_are_set_in_the_home_tab_and_whoever_used_theirs_is_told_the_rule_and_the_way_out(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address, reel_operator=frozenset({BOSS})) as app:
        assert "Change the rules…" not in str(await home(people, "robin"))
        await presses(people, "sam", "change_rules")
        await people.submits(user="sam", per_person="0")
        await people.submits(user="sam", per_person="1", per_channel="2")
        assert "Each person may use 1 slot in the window." in str(await home(people, "robin"))
        await asks(people, "robin", link(1))
        refused = await asks(people, "robin", link(2))
        await app.settled()
        assert "One person may use 1 slot in the window" in refused["ack"]["text"]
        assert "nothing is spent" in refused["ack"]["text"]
        assert f"<@{BOSS}>" in refused["ack"]["text"]
        await asks(people, "alex", link(3))
        full = await asks(people, "kim", link(4))
        assert "One channel may use 2 slots in the window" in full["ack"]["text"]
        await app.settled()
        assert len(done.posts) == len(await app.jobs()) == 2


async def test_a_refusal_in_the_form_stands_at_its_field_and_nothing_typed_is_lost(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address, reel_operator=frozenset({BOSS})) as app:
        await presses(people, "sam", "drain")
        await people.reel("")
        assert "would be refused now: no new requests are taken" in str(await people.view("robin"))
        answer = await people.submits(links=link(1), prompt="the goals")
        assert "No new requests are taken" in str(answer)
        assert (await people.view("robin"))["callback_id"] == "make_reel"
        await presses(people, "sam", "go_on")
        await people.submits(links=link(1), prompt="the goals")
        await people.card("1 clip is ready")
        assert len(await app.jobs()) == 1


async def test_a_pause_lets_nothing_be_sent_and_every_waiting_card_says_so_until_it_ends(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address, reel_operator=frozenset({BOSS})) as app:
        await presses(people, "sam", "pause")
        await asks(people, "robin", link(1))
        card = await people.card("Waiting: paused by whoever runs Reel")
        assert "nothing is spent" in said(card)
        assert "*Paused:*" in str(await home(people, "robin"))
        assert done.posts == []
        await presses(people, "sam", "go_on")
        await people.card("1 clip is ready")
        assert [job.state for job in await app.jobs()] == [JobState.COMPLETED]


async def test_the_last_slots_are_left_to_those_they_are_kept_for(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address, reel_operator=frozenset({BOSS}), reel_slot_limit=2) as app:
        await presses(people, "sam", "change_rules")
        await people.submits(user="sam", reserved="1", reserved_for=[BOSS])
        await asks(people, "robin", link(1))
        await people.card("1 clip is ready")
        await asks(people, "alex", link(2))
        card = await people.card("Waiting: the slots that are left are reserved")
        await people.act("command", user="kim", channel="general", command="/reel", text="")
        assert "waits at first: the slots that are left are reserved" in str(
            await people.view("kim")
        )
        await asks(people, "sam", link(3))
        await people.sees(lambda m: "here you go" in said(m) and BOSS in said(m))
        states = {job.user_id: job.state for job in await app.jobs()}
    assert "1 of 2 slots left" in said(card)
    who = ids(people)
    assert states[who["alex"]] is JobState.WAITING
    assert states[BOSS] is JobState.COMPLETED
    assert len(done.posts) == 2


async def test_another_tool_that_spends_from_the_same_key_is_noticed_and_said(
    stage: Start, people: People, wire: Wire
) -> None:
    heard = {"x-ratelimit-requests-limit": "10", "x-ratelimit-requests-remaining": "6"}
    wire.on_post = [as_json(generation("queued"), 200, heard)]
    wire.on_get = [as_json(generation("processing"))]
    async with stage(wire.address):
        await people.reel(link(1))
        card: Message = await people.sees(lambda m: "another tool has taken 3 slots" in said(m))
        assert "6 of 10 slots left" in said(card)
        assert "another tool has taken 3 slots of this key" in str(await home(people, "sam"))


async def test_what_a_card_promised_is_kept_over_a_restart_with_the_reason_why_it_moved(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address, reel_slot_limit=1) as app:
        await asks(people, "robin", link(1))
        await people.card("1 clip is ready")
        await asks(people, "robin", link(2))
        await people.card("Waiting")
        await asks(people, "robin", link(3))
        await promised(app, 2)
        await asks(people, "sam", link(4))
        before = await people.sees(lambda m: "last turn is longer ago" in said(m))
    edits = len(await people.calls("chat.update"))
    async with stage(done.address, reel_slot_limit=1):
        while (
            len(await people.calls("chat.update")) < edits + 3
        ):  # each waiting card is edited anew
            await people.sees(lambda m: m["ts"] == before["ts"])
        [card] = [m for m in await people.messages() if m["ts"] == before["ts"]]
    assert "last turn is longer ago" in said(card)
