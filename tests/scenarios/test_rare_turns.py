"""Sequences that are rare and went wrong once: each is kept here so that it does not come back."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot import follow, polls
from bot.engine import LocalEngine
from bot.jobs import Job, JobState
from bot.messages import Messages, Unavailable
from bot.reka import retry
from bot.render.blocks import Message
from bot.slots import MARGIN_MS, POST_DEADLINE_MS, Ending
from local.slack.faults import Fault
from storage.database import opened
from storage.jobs import JobStore
from storage.slots import Answer
from tests.app.job import NOW
from tests.app.line import DAY, ledger, took, waiting
from tests.scenarios.people import PATIENCE, People, said
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import (
    CLIP,
    ID,
    Wire,
    as_html,
    as_json,
    cut,
    generation,
    held,
)
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
DONE = as_json(generation("completed", output=[CLIP]))
UNKNOWN = as_json({"error": {"type": "not_found_error", "message": "not known"}}, 404)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "POLL_SECONDS", (0.01,))
    monkeypatch.setattr(polls, "GONE_SECONDS", 0.05)
    monkeypatch.setattr(retry, "WAIT_INITIAL", 0.01)
    monkeypatch.setattr(retry, "WAIT_MAX", 0.02)


async def test_a_gateways_404_page_ends_no_job(stage: Start, people: People, wire: Wire) -> None:
    wire.on_post = [events("queued")]
    wire.on_get = [*[as_html(404)] * 9, DONE]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await app.settled()
        [job] = await app.jobs()
    assert job.state is JobState.COMPLETED


async def test_after_a_mistyped_id_the_right_one_can_still_be_told(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [cut()]
    wire.on_get = [UNKNOWN]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await app.settled()
        [job] = await app.jobs()
        assert job.state is JobState.UNSURE
        await app.runner.have_id(job.id, "not-the-right-id", job.user_id)
        await app.settled()
        [job] = await app.jobs()
        assert (job.state, job.reka_id) == (JobState.UNSURE, None)
        wire.on_get = [DONE]
        await app.runner.have_id(job.id, ID, job.user_id)
        await app.settled()
        [job] = await app.jobs()
    assert job.state is JobState.COMPLETED


async def test_an_outage_of_two_hours_is_no_reason_to_stop_looking_at_the_first_failed_poll(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await people.card("Making 3 clips: queued")
        await app.runner.jobs.database.write("UPDATE jobs SET running_at = running_at - 7200000")
    wire.on_get = [*[as_html(502)] * 5, DONE]
    async with stage(wire.address) as app:
        await app.settled()
        [job] = await app.jobs()
    assert job.state is JobState.COMPLETED


@pytest.mark.parametrize("status", [200, 403, 404, 502])
async def test_a_proxys_page_is_not_slacks_no(status: int, wire: Wire) -> None:
    wire.on_post = [as_html(status)]
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient("xoxb-x", f"{wire.address}/", session=session, retry_handlers=[])
        with pytest.raises(Unavailable):
            await Messages(client).update("C1", "1.0", Message("hello", []))


async def marked(app: Stage) -> None:
    """Wait until the links of the one job are marked."""
    async with asyncio.timeout(PATIENCE):
        while not (await app.jobs())[0].links_marked_at:  # noqa: ASYNC110  each look is a query
            await asyncio.sleep(0.01)


async def test_a_stop_while_the_links_are_being_posted_does_not_cost_the_ping(
    stage: Start, people: People, wire: Wire
) -> None:
    done = asyncio.Event()
    wire.on_post = [events("queued")]
    wire.on_get = [held(done), DONE]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await people.card("Making 3 clips: queued")
        people.platform.faults.order(Fault(method="chat.postMessage", status=429, retry_after=2))
        done.set()
        await marked(app)
    async with stage(wire.address) as app:
        await app.settled()
    assert sum("here you go" in said(message) for message in await people.messages()) == 1


async def test_a_refused_request_counts_while_another_one_is_on_its_way(
    stage: Start, people: People, wire: Wire
) -> None:
    """Reka has counted one of the two, and nobody can tell which."""
    answered = asyncio.Event()
    headers = {"x-ratelimit-requests-limit": "10", "x-ratelimit-requests-remaining": "9"}
    wire.on_post = [held(answered), as_json({"error": {"message": "no"}}, 400, headers)]
    wire.on_get = [as_json(generation("processing"))]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await people.card("Asking Reka")
        await people.reel("https://example.com/other.mp4")
        await people.card("No clips this time")
        rows = await app.runner.jobs.database.read("SELECT ending FROM slots ORDER BY id")
        answered.set()
    assert [row["ending"] for row in rows] == ["open", "refused"]


async def test_a_job_that_waits_for_its_sibling_lets_others_pass(
    stage: Start, people: People, wire: Wire
) -> None:
    answered = asyncio.Event()
    wire.on_post = [held(answered), events("completed", output=[CLIP], id="other")]
    wire.on_get = [as_json(generation("processing"))]
    async with stage(wire.address, reel_slot_limit=2):
        await people.reel(f"{LINK} 16:9")
        await people.card("Asking Reka")
        await people.reel(f"{LINK} 1:1")
        await people.card("Waiting: the same request is being handed over")
        await people.reel("https://example.com/other.mp4")
        await people.card("1 clip is ready")
        answered.set()
    assert len(wire.posts) == 2


async def test_who_stands_in_line_is_found_without_reading_every_job(
    stage: Start, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        base = app.runner.jobs.database
        plans = [
            str(row["detail"])
            for sql in (
                "SELECT count(*) FROM jobs WHERE state = 'waiting' AND card_ts IS NOT NULL "
                "AND (created_at, id) < (1, 'a')",
                "SELECT 1 FROM jobs WHERE state = 'submitting' AND request_key = 'a' AND id <> 'b'",
            )
            for row in await base.read(f"EXPLAIN QUERY PLAN {sql}")
        ]
    assert not [plan for plan in plans if plan.startswith("SCAN jobs") and "INDEX" not in plan]


async def come_true(app: Stage, wanted: Callable[[list[Job]], bool]) -> None:
    """Wait until the jobs are as wanted."""
    async with asyncio.timeout(PATIENCE):
        while not wanted(await app.jobs()):  # noqa: ASYNC110  each look is a query
            await asyncio.sleep(0)


async def test_looking_again_takes_no_job_of_a_sibling_that_is_being_posted_meanwhile(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post, wire.on_get = [cut()], [as_json({"items": []})]
    answer, listed, landed = asyncio.Event(), asyncio.Event(), asyncio.Event()
    made: dict[str, object] = {}

    async def slow_post(request: web.Request) -> web.StreamResponse:
        body = wire.posts[-1]
        made.update(generation("queued", created_at=datetime.now(UTC).isoformat()))
        made.update({name: body[name] for name in body if name != "stream"})
        landed.set()
        await answer.wait()
        return await as_json(made)(request)

    async def slow_list(request: web.Request) -> web.StreamResponse:
        if not request.path.endswith("/clips"):
            return web.json_response(made)
        listed.set()
        await landed.wait()
        return web.json_response({"items": [made]})

    async with stage(wire.address) as app:
        await people.reel(LINK)
        await app.settled()
        [first] = await app.jobs()
        assert first.state is JobState.UNSURE
        wire.on_post, wire.on_get = [slow_post], [slow_list]
        await app.runner.look_again(first.id)
        await listed.wait()
        await people.reel(f"{LINK} 1:1")
        await come_true(app, lambda jobs: jobs[0].look_requested_at is None)
        answer.set()
        await come_true(app, lambda jobs: len(jobs) == 2 and jobs[1].state != JobState.SUBMITTING)
        one, two = await app.jobs()
    assert (one.state, one.reka_id) == (JobState.UNSURE, None)
    assert (two.reka_id, two.reason) == (ID, None)


async def test_a_job_found_after_a_restart_occupies_its_slot_no_longer_than_its_post_could(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path / "reel.db") as base:
        slots = ledger(base, limit=1)
        taken = await took(slots, await waiting(JobStore(base), "a"))
        # The app was killed here, and came back nine hours later.
        answer = Answer(Ending.ACCEPTED, NOW + 9 * 3_600_000)
        await base.write(*slots.answered(taken, answer, learnt_late=True))
        [row] = await base.read("SELECT occupied_until FROM slots")
    assert row["occupied_until"] <= NOW + POST_DEADLINE_MS + DAY + MARGIN_MS


async def test_a_stop_lets_a_post_end_that_is_on_its_way_and_keeps_its_id(
    stage: Start, people: People, wire: Wire
) -> None:
    arrived, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        arrived.set()
        return await held(may_answer)(request)

    wire.on_post, wire.on_get = [answer], [DONE]
    async with AsyncExitStack() as running:
        app = await running.enter_async_context(stage(wire.address))
        await people.reel(LINK)
        async with asyncio.timeout(PATIENCE):
            await arrived.wait()
            stopping = asyncio.create_task(running.aclose())
            engine = app.runner.engine
            assert isinstance(engine, LocalEngine)
            while not all(task.cancelling() for task in engine._jobs.values()):  # noqa: ASYNC110
                await asyncio.sleep(0)
            may_answer.set()
            await stopping
    assert len(wire.posts) == 1
    async with stage(wire.address) as app:
        await people.card("1 clip is ready")
        [job] = await app.jobs()
    assert job.reka_id == ID
    assert len(wire.posts) == 1
