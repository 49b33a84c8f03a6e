"""The SQLite file: durable, alone, honest about what is wrong with it."""

# ruff: noqa: ASYNC240  the files of a test are small

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.request import ReelRequest
from storage import migrations, sqlite
from storage.database import Database, DatabaseError
from storage.results import ResultStore
from storage.rows import value_of
from storage.sqlite import opened

INSERT = (
    "INSERT INTO jobs (id, team_id, channel_id, user_id, delivery_key, request, state, created_at) "
    "VALUES (?, 'T1', 'C1', 'U1', ?, '{}', 'waiting', 0) RETURNING id"
)
COUNT = "SELECT count(*) FROM jobs"
OTHER = """
import asyncio, pathlib, sys
from storage.database import DatabaseError
from storage.sqlite import opened

async def main():
    async with opened(pathlib.Path(sys.argv[1])):
        print("open", flush=True)
        sys.stdin.read()

try:
    asyncio.run(main())
except DatabaseError as error:
    print(error, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reel.db"


async def refusal(path: Path) -> str:
    with pytest.raises(DatabaseError) as raised:
        async with opened(path):
            pytest.fail("it was opened")
    message = str(raised.value)
    assert str(path) in message
    assert "Traceback" not in message
    return message


def rows_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as other:
        return int(other.execute(COUNT).fetchone()[0])


@contextmanager
def another_app(path: Path) -> Iterator[subprocess.Popen[str]]:
    root = Path(sqlite.__file__).parents[1]
    with subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-c", OTHER, str(path)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


async def test_an_empty_folder_becomes_a_database_of_the_newest_schema(path: Path) -> None:
    async with opened(path) as base:
        [mode] = await base.read("PRAGMA journal_mode")
        assert await sqlite.schema(base) == migrations.newest()
        assert mode["journal_mode"] == "wal"
        assert await base.read(COUNT)
    async with opened(path) as base:
        assert await sqlite.schema(base) == migrations.newest()


async def test_every_write_is_synced_to_the_disk_before_it_returns(path: Path) -> None:
    async with opened(path) as base:
        [row] = await base.write("PRAGMA synchronous")
        assert row["synchronous"] == 2


async def test_what_was_written_is_in_the_files_when_write_returns(path: Path) -> None:
    async with opened(path) as base:
        assert [row["id"] for row in await base.write(INSERT, ("a", "k"))] == ["a"]
        assert rows_in(path) == 1
        snapshot = path.parent / "as-after-a-crash"
        snapshot.mkdir()
        for file in path.parent.glob("reel.db*"):
            shutil.copy(file, snapshot)
        assert rows_in(snapshot / "reel.db") == 1


async def test_a_kill_right_after_the_write_loses_nothing(path: Path) -> None:
    script = f"""
import asyncio, os, pathlib, signal, sys
from storage.sqlite import opened

async def main():
    async with opened(pathlib.Path(sys.argv[1])) as base:
        await base.write({INSERT!r}, ("a", "k"))
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
    root = Path(sqlite.__file__).parents[1]
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script, str(path)], cwd=root, check=False
    )
    assert done.returncode == -signal.SIGKILL
    async with opened(path) as base:
        assert [row["id"] for row in await base.read("SELECT id FROM jobs")] == ["a"]


async def test_a_cancelled_write_has_happened_when_the_cancellation_arrives(path: Path) -> None:
    async with opened(path) as base:
        for number in range(30):
            task = asyncio.create_task(base.write(INSERT, (f"a{number}", f"k{number}")))
            for _ in range(number % 5):
                await asyncio.sleep(0)
            task.cancel()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            begun = number % 5 > 0
            assert (await _known(base, f"a{number}")) is begun
        assert await base.write(INSERT, ("after", "after"))


async def _known(base: Database, job_id: str) -> bool:
    return bool(await base.read("SELECT 1 FROM jobs WHERE id = ?", (job_id,)))


async def test_a_write_that_is_cancelled_again_and_again_still_ends_first(path: Path) -> None:
    async with opened(path) as base:
        first = asyncio.create_task(base.script(_many(2_000)))
        await asyncio.sleep(0)
        while not first.done():
            first.cancel()
            await asyncio.sleep(0)
        assert first.cancelled()
        assert len(await base.read("SELECT id FROM jobs")) == 2_000


def _many(count: int) -> str:
    return (
        "INSERT INTO jobs (id, team_id, channel_id, user_id, delivery_key, request, state, created_at) "  # noqa: S608
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count:d}) "
        "SELECT i, 'T1', 'C1', 'U1', i, '{}', 'waiting', 0 FROM n;"
    )


async def test_a_script_happens_wholly_or_not_at_all(path: Path) -> None:
    async with opened(path) as base:
        with pytest.raises(sqlite3.Error):
            await base.script(f"{_many(3)} DROP TABLE nowhere;")
        assert rows_in(path) == 0
        await base.script(_many(3))
        assert rows_in(path) == 3


async def test_one_tasks_rollback_takes_nothing_of_anothers(path: Path) -> None:
    async with opened(path) as base:
        results = await asyncio.gather(
            *(
                base.script("INSERT INTO nowhere VALUES (1);")
                if number % 2
                else base.write(INSERT, (f"a{number}", f"k{number}"))
                for number in range(40)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(result, sqlite3.Error) for result in results) == 20
        assert rows_in(path) == 20


async def test_a_migration_that_fails_leaves_the_version_before_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(migrations.SQLITE, scripts)
    known = migrations.newest()
    (scripts / f"{known + 1:04d}_bad.sql").write_text("CREATE TABLE t (a);\nALTER TABLE no ADD b;")
    monkeypatch.setattr(migrations, "SQLITE", scripts)
    assert "no such table" in await refusal(path)
    monkeypatch.undo()
    async with opened(path) as base:
        assert await sqlite.schema(base) == known
        assert not await base.read("SELECT 1 FROM sqlite_master WHERE name = 't'")


async def test_jobs_of_an_older_schema_are_found_by_their_links(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "migrations"
    older.mkdir()
    for number in range(1, 11):
        [script] = migrations.SQLITE.glob(f"{number:04d}_*.sql")
        shutil.copy(script, older)
    monkeypatch.setattr(migrations, "SQLITE", older)
    request = ReelRequest(video_urls=("https://youtu.be/ü", 'https://x.test/"q"'), prompt="goals")
    async with opened(path) as base:
        await base.write(INSERT, ("a", "k"))
        await base.write("UPDATE jobs SET request = ?", (value_of(request),))
    monkeypatch.undo()
    async with opened(path) as base:
        [earlier] = await ResultStore(base).of_video(request, "T1")
        assert earlier.job.request == request


async def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 999")
    assert "written by a newer Reel (schema 999" in await refusal(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA user_version").fetchone() == (999,)


async def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"These are my holiday notes. " * 200)
    assert "file is not a database" in await refusal(path)
    assert path.read_bytes().startswith(b"These are my holiday notes.")


async def test_a_damaged_database_is_refused(path: Path) -> None:
    async with opened(path) as base:
        await base.script(_many(2_000))
    with path.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(b"\xa5" * 20 * 4096)
    assert "damaged" in await refusal(path)


async def test_a_folder_in_its_place_is_refused(path: Path) -> None:
    path.mkdir()
    assert "REEL_DATABASE" in await refusal(path)


async def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "Check that the folder exists" in await refusal(tmp_path / "no" / "reel.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_or_file_that_is_read_only_is_refused(path: Path) -> None:
    async with opened(path):
        pass
    path.chmod(0o400)
    assert "cannot be used" in await refusal(path)
    path.parent.chmod(0o500)
    assert "cannot be used" in await refusal(path.parent / "new.db")
    path.parent.chmod(0o700)


async def test_a_database_that_another_program_holds_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MILLISECONDS", 50)
    async with opened(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "database is locked" in await refusal(path)
        other.execute("COMMIT")
    async with opened(path):
        pass


async def test_a_second_app_on_the_same_database_is_refused_until_the_first_is_gone(
    path: Path,
) -> None:
    with another_app(path) as first:
        assert await asyncio.to_thread(line_of, first) == "open\n"
        assert "Another Reel is running" in await refusal(path)
        with another_app(path) as second:
            assert "Another Reel is running" in await asyncio.to_thread(line_of, second)
        first.kill()
        await asyncio.to_thread(first.wait)
        async with opened(path) as base:
            assert await base.write(INSERT, ("a", "k"))


async def test_a_refused_database_leaves_no_lock_behind(path: Path) -> None:
    path.write_bytes(b"no database" * 500)
    await refusal(path)
    path.unlink()
    async with opened(path) as base:
        assert await base.read(COUNT)


async def test_several_queries_are_answered_each_with_its_rows(path: Path) -> None:
    async with opened(path) as base:
        await base.write(INSERT, ("a", "ka"))
        await base.write(INSERT, ("b", "kb"))
        one = "SELECT id FROM jobs WHERE id = ?"
        found = await base.reads(
            (one, ("b",)), (one, ("none",)), ("SELECT id FROM jobs ORDER BY id", ())
        )
        assert [[row["id"] for row in rows] for rows in found] == [["b"], [], ["a", "b"]]
        assert await base.reads() == []
        with pytest.raises(sqlite3.OperationalError):
            await base.reads((one, ("a",)), ("SELECT nothing FROM nowhere", ()))
        assert await base.read(one, ("a",)), "a query that failed leaves the others alone"


async def test_quick_queries_are_answered_where_the_connection_on_the_loop_cannot(
    path: Path,
) -> None:
    async with opened(path) as base:
        await base.write(INSERT, ("a", "ka"))
        one = ("SELECT id FROM jobs", ())
        assert base._at_once is not None
        base._at_once.set_progress_handler(lambda: 1, 1)  # as a busy file would, it gives up
        with pytest.raises(sqlite3.OperationalError):
            base._at_once.execute(*one)
        [[row]] = await base.reads(one)
        assert row["id"] == "a"
