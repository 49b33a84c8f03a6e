"""Taking a slot as the SQLite file sees it: statement by statement, and what a crash between two of them leaves."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs import Reason
from bot.rules import Halt
from storage.jobs import JobStore
from storage.sqlite import SqliteDatabase, opened
from tests.app.job import NOW
from tests.app.line import ledger, refused, rows, took, waiting


@pytest.fixture
async def base(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with opened(tmp_path / "reel.db") as base:
        yield base


@pytest.fixture
def jobs(base: SqliteDatabase) -> JobStore:
    return JobStore(base)


def crashed(folder: Path, path: Path) -> tuple[str, int]:
    """The job's state and the number of its slots, in a copy of the files as a crash would leave them."""
    with closing(sqlite3.connect(folder / path.name)) as copy:
        [state] = copy.execute("SELECT state FROM jobs").fetchone()
        [slots] = copy.execute("SELECT count(*) FROM slots").fetchone()
        return state, slots


async def test_a_crash_at_any_statement_leaves_both_the_slot_and_the_intent_or_neither(
    base: SqliteDatabase, jobs: JobStore, tmp_path: Path
) -> None:
    job, path, folders = await waiting(jobs, "a"), tmp_path / "reel.db", list[Path]()

    def snapshot(_: str) -> None:
        folder = tmp_path / f"crash-{len(folders)}"
        folder.mkdir()
        for file in (path, Path(f"{path}-wal")):
            shutil.copy(file, folder)
        folders.append(folder)

    await base._writer.set_trace_callback(snapshot)
    await took(ledger(base), job)
    await base._writer.set_trace_callback(lambda _: None)
    snapshot("the end")
    seen = [crashed(folder, path) for folder in folders]
    assert len(seen) > 4
    assert set(seen) == {("waiting", 0), ("submitting", 1)}
    assert seen[-1] == ("submitting", 1)


async def test_nobody_sees_the_intent_before_the_slot(
    base: SqliteDatabase, jobs: JobStore, tmp_path: Path
) -> None:
    job, seen = await waiting(jobs, "a"), set[tuple[str, int]]()
    await base._writer.set_trace_callback(lambda _: seen.add(crashed(tmp_path, Path("reel.db"))))
    await took(ledger(base), job)
    await base._writer.set_trace_callback(lambda _: None)
    assert seen == {("waiting", 0)}
    assert crashed(tmp_path, Path("reel.db")) == ("submitting", 1)


async def test_without_a_limit_nobody_asks_which_of_thousands_of_slots_are_occupied(
    base: SqliteDatabase, jobs: JobStore
) -> None:
    unlimited = ledger(base, limit=None)
    await took(unlimited, await waiting(jobs, "a"))
    asked: list[str] = []
    job = await waiting(jobs, "b")
    await base._writer.set_trace_callback(asked.append)
    await took(unlimited, job)
    await base._writer.set_trace_callback(lambda _: None)
    assert any("SELECT" in sql for sql in asked)
    assert not any("SELECT occupied_until" in sql for sql in asked)
    assert await rows(base) == [("a", "open"), ("b", "open")]


async def test_without_a_limit_a_job_goes_whoever_is_in_line_and_nobody_reads_the_line(
    base: SqliteDatabase, jobs: JobStore
) -> None:
    first, second, twin = [
        await waiting(jobs, name, request_key=key)
        for name, key in (("a", "one"), ("b", "two"), ("c", "two"))
    ]
    executed: list[str] = []
    await base._writer.set_trace_callback(executed.append)
    slots = ledger(base, limit=None)
    assert (await slots.unqueued(second, NOW)) is not None
    await took(slots, second)
    assert not any("card_ts IS NOT NULL" in sql for sql in executed)
    assert await slots.unqueued(twin, NOW) is None
    assert (await refused(slots, twin)).reason is Reason.SIBLING
    await slots.rules.change(lambda rules: replace(rules, halt=Halt.PAUSED))
    assert await slots.unqueued(first, NOW) is None
    assert (await refused(slots, first)).reason is Reason.PAUSED
