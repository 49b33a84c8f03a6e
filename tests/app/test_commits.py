"""Writes that wait at the same moment share a commit, and stay apart in everything else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import NotUnique, Statement
from storage.sqlite import SqliteDatabase, opened

JOB = (
    "INSERT INTO jobs (id, team_id, channel_id, user_id, delivery_key, request, state, created_at) "
    "VALUES (?, 'T1', 'C1', 'U1', ?, '{}', 'waiting', 0) RETURNING id"
)
TWICE = "UNIQUE constraint failed"


@pytest.fixture
async def base(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with opened(tmp_path / "reel.db") as database:
        yield database


def job(name: str) -> Statement:
    return JOB, (name, name)


async def ids(base: SqliteDatabase) -> list[str]:
    return [row["id"] for row in await base.read("SELECT id FROM jobs ORDER BY id")]


async def test_writes_that_wait_together_share_a_commit(base: SqliteDatabase) -> None:
    executed: list[str] = []
    await base._writer.set_trace_callback(executed.append)
    await asyncio.gather(*(base.write(*job(f"a{number}")) for number in range(50)))
    await base._writer.set_trace_callback(lambda _: None)
    assert len(await ids(base)) == 50
    commits = [sql for sql in executed if sql == "COMMIT"]
    assert len(commits) == 1


async def test_one_that_fails_alone_is_undone(base: SqliteDatabase) -> None:
    outcomes = await asyncio.gather(
        *(base.write(*job(name)) for name in ("a", "b", "a", "c")), return_exceptions=True
    )
    assert [isinstance(outcome, NotUnique) for outcome in outcomes] == [
        False,
        False,
        True,
        False,
    ]
    assert await ids(base) == ["a", "b", "c"]


@pytest.mark.parametrize("unfit", ["\ud83d", 2**63])
async def test_a_value_that_cannot_be_kept_fails_nobody_else(
    base: SqliteDatabase, unfit: str | int
) -> None:
    """A lone surrogate, say: everybody who shared its commit was told that nothing was kept."""
    bad: Statement = ("UPDATE jobs SET stage = ?", (unfit,))
    units = [
        base.write(*job("a")),
        base.write(*job("b")),
        base.write(*bad),
        base.guarded(job("c"), bad),
        base.write(*job("d")),
    ]
    outcomes = await asyncio.gather(*units, return_exceptions=True)
    failed = [isinstance(outcome, UnicodeError | OverflowError) for outcome in outcomes]
    assert failed == [False, False, True, True, False]
    assert await ids(base) == ["a", "b", "d"]


async def test_of_statements_that_belong_together_all_are_done_or_none(
    base: SqliteDatabase,
) -> None:
    good, bad = (job("b"), job("c")), (job("d"), job("a"))
    await base.write(*job("a"))
    outcomes = await asyncio.gather(
        base.guarded(*good), base.guarded(*bad), base.guarded(job("e")), return_exceptions=True
    )
    assert TWICE in str(outcomes[1])
    assert await ids(base) == ["a", "b", "c", "e"]


async def test_alone_they_are_done_wholly_or_not_at_all_too(base: SqliteDatabase) -> None:
    with pytest.raises(NotUnique, match=TWICE):
        await base.guarded(job("a"), job("a"))
    assert await ids(base) == []
    assert [row["id"] for row in await base.guarded(job("a"), job("b"))] == ["a"]
    assert await ids(base) == ["a", "b"]


async def test_without_a_row_of_the_guard_nothing_else_is_done(base: SqliteDatabase) -> None:
    nobody = ("UPDATE jobs SET state = 'running' WHERE id = ? RETURNING *", ("nobody",))
    assert await base.guarded(nobody, job("a")) == []
    assert await ids(base) == []


async def test_a_transaction_and_writes_beside_it_keep_apart(base: SqliteDatabase) -> None:
    async def failing(execute: object) -> None:
        assert callable(execute)
        await execute(*job("undone"))
        await asyncio.sleep(0)
        raise LookupError

    outcomes = await asyncio.gather(
        base.transaction(failing),
        *(base.write(*job(f"a{number}")) for number in range(5)),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], LookupError)
    assert await ids(base) == [f"a{number}" for number in range(5)]


async def test_when_sqlite_undoes_everything_everybody_hears_of_it(base: SqliteDatabase) -> None:
    await base.write(*job("before"))
    await base.script(
        "CREATE TRIGGER full BEFORE INSERT ON jobs WHEN NEW.id = 'last' "
        "BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END;"
    )
    outcomes = await asyncio.gather(
        *(base.write(*job(name)) for name in ("alone", "first", "last", "next")),
        return_exceptions=True,
    )  # the first one finds nobody to wait for; the others share a commit meanwhile
    assert ["the disk is full" in str(outcome) for outcome in outcomes] == [False, True, True, True]
    assert await ids(base) == ["alone", "before"]
    assert await base.write(*job("later"))


async def test_after_the_end_nobody_is_told_that_something_was_kept(tmp_path: Path) -> None:
    async with opened(tmp_path / "other.db") as base:
        pass
    outcomes = await asyncio.gather(
        *(base.write(*job(name)) for name in ("a", "b")), return_exceptions=True
    )
    assert all(isinstance(outcome, ValueError) for outcome in outcomes)
