"""What a person waits for is withdrawn when the database is slow, or honestly said to be on its way."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.postgres_url import PostgresUrl
from storage.database import Database, Execute, opened
from storage.deliveries import DeliveryStore
from storage.intent import Overdue, Unanswered
from storage.jobs import JobStore
from tests.app.job import NOW, job

SOON = 0.05


@contextmanager
def busy(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else writes to the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


async def keys(base: Database) -> list[str]:
    return [row["key"] for row in await base.read("SELECT key FROM deliveries ORDER BY key")]


async def test_what_a_busy_file_kept_waiting_is_withdrawn_and_never_done(tmp_path: Path) -> None:
    path = tmp_path / "reel.db"
    async with opened(path) as base:
        hurried = base.hurried(SOON)
        with busy(path) as other:
            patient = asyncio.create_task(DeliveryStore(base).first("patient", NOW))
            asked = [
                DeliveryStore(hurried).first("single", NOW),
                DeliveryStore(hurried).first("beside the others", NOW),
                JobStore(hurried).cancel("a", NOW),
                JobStore(hurried).add(job()),
            ]
            ends = await asyncio.gather(*asked, return_exceptions=True)
            assert [type(end) for end in ends] == [Unanswered] * 4
            assert not patient.done()
            other.execute("COMMIT")
        assert await patient
        await base.ping()
        assert await keys(base) == ["patient"]
        assert await JobStore(base).get(job().id) is None
        assert await DeliveryStore(hurried).first("single", NOW)


async def test_the_first_to_meet_a_busy_file_is_withdrawn_too(tmp_path: Path) -> None:
    path = tmp_path / "reel.db"
    async with opened(path) as base:
        with busy(path):
            with pytest.raises(Unanswered) as told:
                await DeliveryStore(base.hurried(SOON)).first("a", NOW)
            assert not told.value.may_be_done
        await base.ping()
        assert await keys(base) == []


async def test_on_a_server_what_waits_for_a_transaction_is_withdrawn(postgres: PostgresUrl) -> None:
    async with opened(postgres) as base, opened(postgres) as other:
        begun, goes_on = asyncio.Event(), asyncio.Event()

        async def held(_: Execute) -> None:
            begun.set()
            await goes_on.wait()

        holds = asyncio.create_task(other.transaction(held))
        await begun.wait()
        with pytest.raises(Unanswered) as told:
            await JobStore(base.hurried(SOON)).add(job())
        assert not told.value.may_be_done
        goes_on.set()
        await holds
        await base.transaction(held)  # it comes after whatever waited
        assert await JobStore(base).get(job().id) is None


async def test_on_a_server_a_commit_that_is_on_its_way_may_come(postgres: PostgresUrl) -> None:
    async with opened(postgres) as base, opened(postgres) as other:
        await DeliveryStore(base).first("a", NOW)
        begun, goes_on = asyncio.Event(), asyncio.Event()

        async def held(execute: Execute) -> None:
            await execute("UPDATE deliveries SET came_at = came_at")
            begun.set()
            await goes_on.wait()

        holds = asyncio.create_task(other.transaction(held))
        await begun.wait()
        with pytest.raises(Overdue) as told:
            await DeliveryStore(base.hurried(SOON)).forget("a")
        assert told.value.may_be_done
        goes_on.set()
        await holds
        while await keys(base):  # it did come
            pass
