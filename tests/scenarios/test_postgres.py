"""The real app on PostgreSQL, which goes away at the worst moments."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from bot import app as app_module
from bot.follow import Follower
from bot.jobs import Job, JobState
from bot.postgres_url import PostgresUrl
from storage import postgres as storage
from storage.database import DatabaseError
from storage.intent import Unanswered
from storage.jobs import JobStore
from tests.databases import Server
from tests.scenarios.people import People, urls
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, ID, Answer, Wire, as_json, generation
from tests.scenarios.wire import stream as events

Verb = Callable[..., Awaitable[Job]]
ACCEPTED = events("queued", ending="break")
REFUSED = as_json({"error": {"type": "invalid_request_error", "message": "no video"}}, 422)
LINK = "https://example.com/talk.mp4"


async def test_a_command_becomes_clips_in_the_thread(
    stage: Start, people: People, clip_service: str, postgres: PostgresUrl
) -> None:
    async with stage(clip_service, reel_database=postgres, reel_files=True) as app:
        await people.reel(f"{LINK} the funniest minute clips:2")
        links = await people.links()
        await app.settled()
        card = await people.card("2 clips are ready")
        [job] = await app.jobs()
        [edits] = await app.runner.jobs.database.read("SELECT team_id FROM edits")
    assert edits["team_id"] == job.team_id  # they are counted where every process counts them
    assert job.state is JobState.COMPLETED
    assert urls(card) == urls(links)


async def test_reka_accepts_while_the_database_is_away_and_the_job_is_followed_and_paid_once(
    stage: Start, people: People, wire: Wire, server: Server, postgres: PostgresUrl
) -> None:
    back: list[asyncio.Task[None]] = []

    async def accepts(request: web.Request) -> web.StreamResponse:
        await asyncio.to_thread(server.postgres.kill)
        back.append(asyncio.create_task(asyncio.to_thread(server.postgres.start)))
        return await events("queued", "processing", ending="break")(request)

    wire.on_post = [accepts]
    wire.on_get = [as_json(generation("completed", output=[CLIP]))]
    async with stage(wire.address, reel_database=postgres) as app:
        await people.reel(LINK)
        await people.links()
        await app.settled()
        [job] = await app.jobs()
        slots = await app.runner.audit.trail.occupied(job.created_at)
    await asyncio.gather(*back)
    assert (job.state, job.reka_id) == (JobState.COMPLETED, ID)
    assert len(wire.posts) == len(slots) == 1


async def test_the_database_is_restarted_while_jobs_are_followed_and_none_is_ended(
    stage: Start, people: People, wire: Wire, server: Server, postgres: PostgresUrl
) -> None:
    wire.on_post = [events("queued", ending="break")]
    wire.on_get = [as_json(generation("processing"))]
    async with stage(wire.address, reel_database=postgres) as app:
        await people.reel(LINK)
        await people.card("Making")
        await asyncio.to_thread(server.postgres.restart)
        wire.on_get = [as_json(generation("completed", output=[CLIP]))]
        await people.links()
        await app.settled()
        [job] = await app.jobs()
    assert job.state is JobState.COMPLETED
    assert len(wire.posts) == 1


async def test_the_database_is_away_for_longer_than_anybody_waits_and_the_job_goes_on_afterwards(  # noqa: PLR0917
    stage: Start,
    people: People,
    wire: Wire,
    server: Server,
    postgres: PostgresUrl,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(app_module, "RESUME_SECONDS", 0.2)
    given_up = asyncio.Event()
    kept = Follower.follow

    async def follow(self: Follower, job_id: str) -> None:
        await kept(self, job_id)
        given_up.set()

    monkeypatch.setattr(Follower, "follow", follow)
    wire.on_post = [events("queued", ending="break")]
    wire.on_get = [as_json(generation("processing"))]
    async with stage(wire.address, reel_database=postgres) as app:
        await people.reel(LINK)
        await people.card("Making")
        await asyncio.to_thread(server.postgres.kill)
        wire.on_get = [as_json(generation("completed", output=[CLIP]))]
        await given_up.wait()
        await asyncio.to_thread(server.postgres.start)
        await people.links()
        await app.settled()
        [job] = await app.jobs()
    assert job.state is JobState.COMPLETED
    assert len(wire.posts) == 1


def _noticing(kept: Verb, unanswered: asyncio.Event) -> Verb:
    async def verb(*given: Any, **changes: Any) -> Job:
        try:
            return await kept(*given, **changes)
        except Unanswered:
            unanswered.set()
            raise

    return verb


@pytest.mark.parametrize(
    ("answer", "ends"), [(ACCEPTED, JobState.COMPLETED), (REFUSED, JobState.FAILED)]
)
async def test_what_reka_answers_is_kept_however_long_the_database_is_away(  # noqa: PLR0917
    stage: Start,
    people: People,
    wire: Wire,
    server: Server,
    postgres: PostgresUrl,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    ends: JobState,
) -> None:
    monkeypatch.setattr(storage, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(app_module, "RESUME_SECONDS", 0.2)
    unanswered = asyncio.Event()
    for name in ("move", "get"):
        monkeypatch.setattr(JobStore, name, _noticing(getattr(JobStore, name), unanswered))

    async def answers(request: web.Request) -> web.StreamResponse:
        await asyncio.to_thread(server.postgres.kill)
        return await answer(request)

    wire.on_post = [answers]
    wire.on_get = [as_json(generation("completed", output=[CLIP]))]
    async with stage(wire.address, reel_database=postgres) as app:
        await people.reel(LINK)
        await unanswered.wait()
        await asyncio.to_thread(server.postgres.start)
        await app.settled()
        [job] = await app.jobs()
    assert job.state is ends
    assert len(wire.posts) == 1


async def test_a_second_app_is_refused_until_the_first_has_ended(
    stage: Start, wire: Wire, postgres: PostgresUrl
) -> None:
    async with stage(wire.address, reel_database=postgres):
        with pytest.raises(DatabaseError, match="Another Reel is running"):
            async with stage(wire.address, reel_database=postgres):
                pass
    async with stage(wire.address, reel_database=postgres):
        pass
