"""Workers as processes that are killed and frozen, and a server that dies: every job goes on, with one owner."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from local.cluster.temporal import DevServer
from local.demo.processes import Processes, Service
from tests.scenarios.people import PATIENCE
from tests.temporal.follower import engine
from tests.temporal.notes import Notes, until

Start = Callable[[str], Service]
JOBS = ("a", "b", "c")


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


@pytest.fixture
async def start(server: DevServer, notes: Notes, tmp_path: Path) -> AsyncIterator[Start]:
    """Start a worker of this name."""
    with Processes(tmp_path) as processes:

        def started(name: str) -> Service:
            arguments = (server.address, name, str(notes.path))
            return processes.start(name, "tests.temporal.follower", *arguments)

        yield started


async def at(start: Start, notes: Notes, name: str) -> Service:
    """A worker that is at work."""
    worker = start(name)
    await notes.see(1, "working", name)
    return worker


async def followed(server: DevServer, notes: Notes, *jobs: str) -> None:
    """Have these jobs followed, and wait until they are."""
    async with await engine(server.address, "front", notes) as front:
        for job_id in jobs:
            front.follow(job_id)
        await until(lambda: all(notes.all("begun", job_id) for job_id in jobs))


async def done(notes: Notes, *jobs: str) -> None:
    for job_id in jobs:
        notes.add("go", job_id)
    await until(lambda: all(notes.all("done", job_id) for job_id in jobs))
    assert len(notes.all("done")) == len(jobs)


async def test_the_jobs_of_a_killed_worker_are_followed_again_by_another(
    server: DevServer, start: Start, notes: Notes
) -> None:
    killed = await at(start, notes, "killed")
    await followed(server, notes, *JOBS)
    await at(start, notes, "other")
    killed.process.kill()
    await until(lambda: all(notes.all("begun", job_id, "other") for job_id in JOBS))
    await done(notes, *JOBS)


async def test_a_worker_that_was_frozen_lets_go_when_it_wakes(
    server: DevServer, start: Start, notes: Notes
) -> None:
    frozen = await at(start, notes, "frozen")
    await followed(server, notes, *JOBS)
    await at(start, notes, "other")
    frozen.process.send_signal(signal.SIGSTOP)
    await until(lambda: all(notes.all("begun", job_id, "other") for job_id in JOBS))
    assert not notes.all("let-go")
    frozen.process.send_signal(signal.SIGCONT)
    await until(lambda: all(notes.all("let-go", job_id, "frozen") for job_id in JOBS))
    await done(notes, *JOBS)
    assert {worker for _, _, worker in notes.all("done")} == {"other"}
    assert "Traceback" not in frozen.log.read_text()


async def test_jobs_go_on_when_the_server_has_died_and_is_back(
    server: DevServer, start: Start, notes: Notes
) -> None:
    worker = await at(start, notes, "worker")
    await followed(server, notes, *JOBS)
    await server.kill()
    await server.start()
    await done(notes, *JOBS)
    assert worker.alive()


async def test_a_job_is_let_go_and_followed_again_when_the_server_was_away_for_long(
    server: DevServer, start: Start, notes: Notes
) -> None:
    worker = await at(start, notes, "worker")
    await followed(server, notes, "a")
    await server.kill()
    await notes.see(1, "let-go", "a")
    await server.start()
    await notes.see(2, "begun", "a")
    await done(notes, "a")
    assert worker.alive()
    assert "Traceback" not in worker.log.read_text()


@pytest.mark.parametrize("away", [False, True], ids=["server there", "server away"])
async def test_a_worker_ends_in_order_on_sigterm(
    away: bool, server: DevServer, start: Start, notes: Notes
) -> None:
    worker = await at(start, notes, "worker")
    await followed(server, notes, *JOBS)
    if away:
        await server.kill()
    worker.process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(worker.process.wait, PATIENCE) == os.EX_OK
    assert len(notes.all("let-go")) == len(JOBS)
    assert "Traceback" not in worker.log.read_text()
    assert "fault" not in worker.log.read_text()
