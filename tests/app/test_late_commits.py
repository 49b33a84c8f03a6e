"""The connection is lost while PostgreSQL commits: what nobody sees yet is there a moment later."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from bot.jobs import JobState
from bot.postgres_url import PostgresUrl
from bot.slots import Ending
from storage.database import Database, opened
from storage.jobs import JobStore
from storage.slots import Answer
from tests.app.cable import Cable, Cut, laid
from tests.app.job import NOW, another, job
from tests.app.line import ledger, rows, took, waiting

if TYPE_CHECKING:
    from psycopg import AsyncConnection

Result = TypeVar("Result")

HELD = 7
"""The advisory lock for which every commit of a job waits."""
HOLD = f"""
CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared({HELD}); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER held AFTER INSERT OR UPDATE ON jobs
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION held();
"""


@dataclass(frozen=True, slots=True)
class Late:
    """A database that goes on with a commit after its client has lost the connection."""

    base: Database
    cable: Cable
    beside: "AsyncConnection"

    async def outcome(self, work: Coroutine[Any, Any, Result], words: str = "COMMIT") -> Result:
        """What comes of `work`, when the statement with these words ends only after somebody has looked what became of it."""
        await self.beside.execute(f"SELECT pg_advisory_lock({HELD})".encode())
        self.cable.cut_at(words, Cut.DURING)
        task = asyncio.create_task(work)
        while not task.done() and await self._waiting() < 2:
            pass  # who commits waits, and so does who wants to know of it; else it has looked too early
        await self.beside.execute(f"SELECT pg_advisory_unlock({HELD})".encode())
        assert self.cable.words is None
        return await task

    async def _waiting(self) -> int:
        [(waiting,)] = await (
            await self.beside.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        ).fetchall()
        return int(waiting)


@pytest.fixture
async def late(postgres: PostgresUrl) -> AsyncIterator[Late]:
    from psycopg import AsyncConnection  # only who has installed [scale] has it

    beside = await AsyncConnection.connect(postgres.get_secret_value(), autocommit=True)
    async with laid(postgres) as (cable, url), opened(url) as base, beside:
        await beside.execute(HOLD.encode())
        yield Late(base, cable, beside)


async def test_a_slot_is_the_jobs_although_nobody_saw_it_when_the_connection_was_lost(
    late: Late,
) -> None:
    asked = await waiting(JobStore(late.base), "a")
    taken, _ = await late.outcome(ledger(late.base).take(asked, NOW))
    assert taken is not None
    assert taken.state is JobState.SUBMITTING
    assert await rows(late.base) == [("a", "open")]


async def test_a_move_is_not_taken_for_lost(late: Late) -> None:
    store, slots = JobStore(late.base), ledger(late.base)
    taken = await took(slots, await waiting(store, "a"))
    also = slots.answered(taken, Answer(Ending.ACCEPTED, NOW))
    moved = await late.outcome(store.move(taken, JobState.RUNNING, also, reka_id="r1"))
    assert (moved.state, moved.reka_id) == (JobState.RUNNING, "r1")
    ended = await late.outcome(store.move(moved, JobState.COMPLETED), "UPDATE jobs SET")
    assert ended.state is JobState.COMPLETED


async def test_a_request_is_new_to_who_made_it(late: Late) -> None:
    store = JobStore(late.base)
    added = await late.outcome(store.add(job()))
    assert added is not None
    assert added.id == job().id
    parent = await waiting(store, "parent", state=JobState.UNSURE)
    child = another("child", anew_of="parent")
    assert await late.outcome(store.replace(parent, child)) == child
