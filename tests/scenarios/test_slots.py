"""A scarce key: who waits, what the card says meanwhile, and that nothing is spent twice."""

import asyncio
import itertools

import pytest

from bot import slots, spend
from bot.jobs import JobState
from local.reka.limits import Quota
from local.reka.service import Options, open_service
from tests.scenarios.people import People, said
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire, as_json, generation, held
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"


def link(number: int) -> str:
    return f"https://example.com/{number}.mp4"


async def test_a_job_without_a_slot_waits_its_turn_and_its_card_says_when(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", "completed", output=[CLIP])]
    async with stage(wire.address, reel_slot_limit=1) as app:
        await people.reel(link(1))
        await people.card("1 clip is ready")
        await people.reel(link(2))
        first = await people.card("Waiting: no slot is free")
        await people.reel(link(3))
        second = await people.sees(lambda message: "1 before it" in said(message))
        jobs = await app.jobs()
    assert "next in line" in said(first)
    assert "0 of 1 slots left · the next frees <!date^" in said(first)
    assert "starts about <!date^" in said(second)
    assert [job.state for job in jobs] == [JobState.COMPLETED, JobState.WAITING, JobState.WAITING]
    assert len(wire.posts) == 1


async def test_with_a_short_window_everybody_comes_through_in_order_and_none_is_refused(
    stage: Start,
    people: People,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slots, "MARGIN_MS", 100)
    quota = Quota(2, 1_000)
    options = Options(tmp_path_factory.mktemp("clips"), fast=True, stage_seconds=0, quota=quota)
    async with (
        open_service(options) as address,
        stage(address, reel_slot_limit=2, reel_slot_window=1) as app,
    ):
        for number in range(5):
            await people.reel(link(number))
        await app.settled()
        jobs = await app.jobs()
        rows = await app.runner.jobs.database.read("SELECT ending, status FROM slots")
    assert {job.state for job in jobs} == {JobState.COMPLETED}
    # Two slots that are free at once are for the first two in line, whichever of them comes first.
    one, two, three, four, five = (job.submitted_at or 0 for job in jobs)
    assert max(one, two) < min(three, four)
    assert max(three, four) < five
    assert {(row["ending"], row["status"]) for row in rows} == {("accepted", 200)}
    assert len(rows) == 5


async def test_an_account_without_a_limit_never_waits(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", "completed", output=[CLIP])]
    async with stage(wire.address, reel_slot_limit=0) as app:
        for number in range(12):
            await people.reel(link(number))
        await app.settled()
        cards = [m for m in await people.messages() if "1 clip is ready" in said(m)]
    assert len(wire.posts) == 12
    assert "slots left" not in said(cards[0])


async def test_of_many_that_may_go_nobody_takes_a_slot_before_its_post_can_go(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spend, "POSTS_AT_ONCE", 1)
    others_are_here = asyncio.Event()
    done = [events("completed", output=[CLIP], id=f"job-{number}") for number in range(4)]
    wire.on_post = [held(others_are_here, done[0]), *done[1:]]
    async with stage(wire.address, reel_slot_limit=0) as app:
        for number in range(4):
            await people.reel(link(number))
        await people.sees(lambda message: link(3) in said(message))
        others_are_here.set()
        await app.settled()
        slots = await app.runner.jobs.database.read(
            "SELECT taken_at, answered_at FROM slots ORDER BY id"
        )
    assert len(slots) == 4
    for before, after in itertools.pairwise(slots):
        assert before["answered_at"] <= after["taken_at"]


async def test_only_named_people_may_spend(stage: Start, people: People, wire: Wire) -> None:
    async with stage(wire.address, reel_spenders=frozenset({"U0SAM000002"})) as app:
        answer = await people.reel(LINK)
        assert "named people" in answer["ack"]["text"]
        assert await app.jobs() == []


async def test_the_same_ask_while_the_first_is_under_way_shows_its_card_and_spends_nothing(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Making 3 clips: queued")
        answer = await people.reel(LINK)
        assert len(await app.jobs()) == 1
    assert f"p{card['ts'].replace('.', '')}" in answer["ack"]["text"]
    assert len(wire.posts) == 1


async def test_two_with_the_same_wish_are_handed_over_one_after_the_other(
    stage: Start, people: People, wire: Wire
) -> None:
    first = asyncio.Event()
    wire.on_post = [held(first), as_json(generation("queued", id="second"))]
    wire.on_get = [as_json(generation("processing"))]
    async with stage(wire.address):
        await people.reel(f"{LINK} 16:9")
        await people.card("Asking Reka")
        await people.reel(f"{LINK} 1:1")
        await people.card("Waiting: the same request is being handed over")
        assert len(wire.posts) == 1
        first.set()
        await people.sees(lambda message: "Making" in said(message) and "1:1" in said(message))
    assert len(wire.posts) == 2


async def test_a_refused_request_frees_its_slot_when_reka_says_that_it_does_not_count(
    stage: Start, people: People, wire: Wire
) -> None:
    refusal = {"error": {"type": "validation_error", "message": "no"}}
    kept = {"x-ratelimit-requests-limit": "10", "x-ratelimit-requests-remaining": "10"}
    counted = {"x-ratelimit-requests-limit": "10", "x-ratelimit-requests-remaining": "9"}
    wire.on_post = [as_json(refusal, 400, kept), as_json(refusal, 400, counted)]
    async with stage(wire.address) as app:
        await people.reel(link(1))
        await app.settled()
        assert await app.runner.audit.trail.occupied(app.runner.now()) == []
        await people.reel(link(2))
        await app.settled()
        assert len(await app.runner.audit.trail.occupied(app.runner.now())) == 1


async def test_less_than_our_ledger_leaves_is_shown_when_reka_says_so(
    stage: Start, people: People, wire: Wire
) -> None:
    headers = {"x-ratelimit-requests-limit": "10", "x-ratelimit-requests-remaining": "3"}
    wire.on_post = [as_json(generation("completed", output=[CLIP]), 200, headers)]
    async with stage(wire.address):
        await people.reel(LINK)
        assert "3 of 10 slots left" in said(await people.card("1 clip is ready"))
