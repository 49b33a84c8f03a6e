"""The real app, with its jobs kept going by Temporal: a front and a worker on one SQLite file, so both in one process."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from temporalio.client import Client

import bot.app
from bot.breaker import Breaker
from bot.config import SocketModeSettings
from bot.jobs import JobState
from bot.temporal import TemporalEngine, runtime
from bot.worker import taking
from local.cluster.temporal import DevServer
from tests.scenarios.conftest import clip_service, people, wire  # noqa: F401  the same services
from tests.scenarios.people import PATIENCE, People, said, urls
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import CLIP, Wire, as_json, cut
from tests.scenarios.wire import stream as events
from tests.temporal.follower import HEARTBEAT_SECONDS

LINK = "https://example.com/talk.mp4"


async def colleague(front: TemporalEngine) -> TemporalEngine:
    """The engine of a worker beside this front: the same follower and chores, and a connection of its own."""
    place = front.namespace
    address = place.client.service_client.config.target_host
    client = await Client.connect(address, namespace=place.client.namespace, runtime=runtime())
    worker = TemporalEngine(replace(place, client=client), front.work)
    worker.chores |= front.chores
    return worker


@pytest.fixture
def stage(
    tmp_path: Path,
    people: People,  # noqa: F811
    server: DevServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Start:
    """Start a front and a worker against a Clip API: `async with stage(address) as app`."""
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    scaled = {"reel_temporal": server.address}

    @asynccontextmanager
    async def started(
        reka: str, *, reel_temporal_heartbeat: int = HEARTBEAT_SECONDS
    ) -> AsyncIterator[Stage]:
        breaker = Breaker()
        beat = {"reel_temporal_heartbeat": reel_temporal_heartbeat}
        front = Stage.factory(people, tmp_path / "reel.db", SocketModeSettings, scaled, **beat)
        async with front(reka) as app:
            asked = app.runner.engine
            assert isinstance(asked, TemporalEngine)
            async with await colleague(asked) as worker, taking(worker, breaker, 5):
                yield app
        assert breaker.reason is None

    return started


async def told(logged: Sequence[Mapping[str, object]], event: str) -> None:
    """Wait for a line in the log."""
    async with asyncio.timeout(PATIENCE):
        while event not in [each["event"] for each in logged]:  # noqa: ASYNC110  no event tells of it
            await asyncio.sleep(0.05)


async def test_a_command_becomes_clips(stage: Start, people: People, clip_service: str) -> None:  # noqa: F811
    async with stage(clip_service) as app:
        answer = await people.reel(f"{LINK} clips:2")
        assert answer["acked"]
        links = await people.links()
        card = await people.card("2 clips are ready")
        await app.settled()
        [job] = await app.jobs()
    assert len(urls(links)) == 2
    assert urls(card) == urls(links)
    assert job.state is JobState.COMPLETED
    assert job.attempt == 1  # one follower, from its beginning to its end


async def test_a_running_job_is_cancelled(stage: Start, people: People, wire: Wire) -> None:  # noqa: F811
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Making 3 clips: queued")
        await people.click(card, "cancel_job")
        final = await people.card("Cancelled")
        await app.settled()
    assert "The slot is spent" in said(final)
    assert len(wire.posts) == 1


async def test_an_unsure_job_is_cut_anew(stage: Start, people: People, wire: Wire) -> None:  # noqa: F811
    wire.on_post = [cut(), events("completed", output=[CLIP])]
    wire.on_get = [as_json({"error": {"type": "not_found_error"}}, 404)]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Unsure whether Reka took the job")
        await people.click(card, "cut_anew")
        await people.submits()
        await people.links()
        await people.card("Cut anew")
        await app.settled()
        assert [job.state for job in await app.jobs()] == [JobState.REPLACED, JobState.COMPLETED]
    assert len(wire.posts) == 2


async def test_what_is_asked_while_the_server_is_away_is_taken_up_when_it_is_back(
    stage: Start,
    people: People,  # noqa: F811
    clip_service: str,  # noqa: F811
    server: DevServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bot.app, "RESUME_SECONDS", 1.0)
    async with stage(clip_service) as app:
        with capture_logs() as logged:
            await server.kill()
            answer = await people.reel(f"{LINK} clips:1")
            assert answer["acked"]
            await told(logged, "temporal_unavailable")
            [job] = await app.jobs()
            assert job.attempt == 0
            await server.start()
            await people.links()
            await app.settled()


async def test_a_cancel_while_the_server_is_away_for_a_moment_reaches_whoever_follows_the_job(
    stage: Start,
    people: People,  # noqa: F811
    wire: Wire,  # noqa: F811
    server: DevServer,
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    # Away for less than that, so no worker loses the job and begins anew.
    async with stage(wire.address, reel_temporal_heartbeat=60) as app:
        await people.reel(LINK)
        card = await people.card("Making 3 clips: queued")
        with capture_logs() as logged:
            await server.kill()
            await people.click(card, "cancel_job")
            await told(logged, "temporal_unavailable")
            await server.start()
            await people.card("Cancelled")
        await app.settled()
    assert len(wire.posts) == 1
