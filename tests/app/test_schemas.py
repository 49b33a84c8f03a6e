"""Both databases come to the same schema, a newer one is refused, and whoever starts at the same moment makes one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.jobs import Job, JobState
from bot.postgres_url import PostgresUrl
from bot.slots import Ending
from storage import migrations, postgres, postgres_schema, sqlite
from storage.database import Database, DatabaseError, opened
from storage.intent import Unanswered
from storage.jobs import JobStore
from storage.look import looked_into
from storage.postgres import PostgresDatabase
from storage.rows import job_of
from storage.slots import Answer
from tests.app.job import NOW
from tests.app.line import ledger, took, waiting
from tests.databases import Server

Shape = dict[str, tuple[dict[str, tuple[bool, str | None]], set[tuple[str, ...]]]]
"""Table → (column → (may be NULL, default), the columns that are unique together)."""

COLUMNS = (
    "SELECT table_name, column_name, is_nullable, column_default FROM information_schema.columns "
    "WHERE table_schema = 'public' AND table_name <> 'schema_version'"
)
UNIQUE = (
    "SELECT c.relname AS table_name, i.indexrelid, "
    "(SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a "
    "WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)) AS columns "
    "FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = 'public' AND i.indisunique AND c.relname <> 'schema_version'"
)


@pytest.fixture
def empty(server: Server) -> Iterator[PostgresUrl]:
    """A PostgreSQL database on which Reel was never started."""
    url = server.fresh("template0")
    yield url
    server.drop(url)


async def of_the_file(base: Database) -> Shape:
    tables = await base.read(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    shape: Shape = {}
    for table in (row["name"] for row in tables):
        columns, unique = {}, set()
        keys = []
        for row in await base.read(f"PRAGMA table_info({table})"):
            key = bool(row["pk"])
            keys += [row["name"]] if key else []
            columns[row["name"]] = (not row["notnull"] and not key, _default(row["dflt_value"]))
        unique.add(tuple(sorted(keys)))
        for index in await base.read(f"PRAGMA index_list({table})"):
            if index["unique"]:
                names = await base.read(f"PRAGMA index_info({index['name']})")
                unique.add(tuple(sorted(row["name"] for row in names)))
        shape[table] = (columns, unique)
    return shape


async def of_the_server(base: Database) -> Shape:
    shape: Shape = {}
    for row in await base.read(COLUMNS):
        columns, _ = shape.setdefault(row["table_name"], ({}, set()))
        nullable = row["is_nullable"] == "YES"
        columns[row["column_name"]] = (nullable, _default(row["column_default"]))
    for row in await base.read(UNIQUE):
        shape[row["table_name"]][1].add(tuple(row["columns"]))
    return shape


def _default(kept: Any) -> str | None:
    return None if kept is None else str(kept).removesuffix("::text").strip("'")


async def test_both_have_the_same_tables_columns_and_uniqueness(
    tmp_path: Path, empty: PostgresUrl
) -> None:
    async with opened(tmp_path / "reel.db") as file, opened(empty) as server:
        shape = await of_the_file(file)
        assert await of_the_server(server) == shape
        assert shape["jobs"][0]["stage"] == (True, None)
        assert ("anew_of",) in shape["jobs"][1]


async def test_both_say_the_same_number_and_keep_it(tmp_path: Path, empty: PostgresUrl) -> None:
    for _ in range(2):
        async with sqlite.opened(tmp_path / "reel.db") as file, postgres.opened(empty) as server:
            assert await sqlite.schema(file) == migrations.newest()
            assert await postgres_schema.schema(server) == migrations.newest()


def test_each_number_after_the_first_of_postgresql_has_a_file_on_both_sides() -> None:
    numbers = [number for number, _ in migrations.scripts(migrations.POSTGRES, after=0)]
    later = [number for number, _ in migrations.scripts(migrations.SQLITE, after=numbers[0] - 1)]
    assert numbers == later
    assert numbers[-1] == migrations.newest()


async def test_of_processes_that_start_at_once_one_makes_the_schema(empty: PostgresUrl) -> None:
    async def start() -> int:
        async with postgres.opened(empty) as base:
            return await postgres_schema.schema(base)

    assert await asyncio.gather(*(start() for _ in range(8))) == [migrations.newest()] * 8


async def test_a_migration_that_fails_leaves_the_schema_before_it(
    empty: PostgresUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0001_good.sql").write_text("CREATE TABLE good (a BIGINT);")
    (tmp_path / "0002_bad.sql").write_text("CREATE TABLE bad (a BIGINT); DROP TABLE nowhere;")
    monkeypatch.setattr(migrations, "POSTGRES", tmp_path)
    with pytest.raises(DatabaseError, match="nowhere"):
        async with opened(empty):
            pass
    async with postgres.looked_into(empty) as base:
        assert await postgres_schema.schema(base) == 0


async def _say(url: PostgresUrl, version: int) -> None:
    async with postgres.opened(url) as base:
        await base.write("UPDATE schema_version SET version = ?", (version,))


async def test_a_newer_schema_is_refused_and_left_alone(empty: PostgresUrl) -> None:
    await _say(empty, 999)
    with pytest.raises(DatabaseError, match=r"newer Reel \(schema 999") as refused:
        async with opened(empty):
            pass
    assert empty.get_secret_value() not in str(refused.value)
    async with postgres.looked_into(empty) as base:
        assert await postgres_schema.schema(base) == 999


async def test_a_look_changes_nothing_and_says_what_it_cannot_read(empty: PostgresUrl) -> None:
    with pytest.raises(DatabaseError, match="older Reel"):
        async with looked_into(empty):
            pass
    async with opened(empty), looked_into(empty) as look:
        assert isinstance(look, PostgresDatabase)
        assert await look.read("SELECT * FROM jobs") == []
        with pytest.raises(Exception, match="read-only"):
            await look.write("DELETE FROM jobs")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("127.0.0.1", "127.0.0.1:1/x?x="), "no URL that PostgreSQL takes"),
        (("@", "wrong@"), "password authentication failed"),
        (("@", "%de@"), "no URL that PostgreSQL takes"),
        (("@", "@wrong@"), "no URL that PostgreSQL takes"),
        (("@", "/wrong@"), "no URL that PostgreSQL takes"),
        (("/test_", "/nowhere_"), "does not exist"),
    ],
)
async def test_what_cannot_be_opened_is_said_without_the_password(
    postgres: PostgresUrl, change: tuple[str, str], said: str
) -> None:
    secret = postgres.get_secret_value()
    password = secret.split(":")[2].split("@")[0]
    wrong = PostgresUrl(secret.replace(*change))
    for look in (opened, looked_into):
        with pytest.raises(DatabaseError, match=said) as refused:
            async with look(wrong):
                pass
        for hidden in (password, "wrong"):
            assert hidden not in str(refused.value)
        assert "REEL_DATABASE" in str(refused.value)


async def test_what_the_url_says_to_the_server_is_said_by_who_looks_too(
    postgres: PostgresUrl,
) -> None:
    async with opened(postgres) as base:
        await base.write("CREATE SCHEMA beside")
    url = PostgresUrl(f"{postgres.get_secret_value()}?options=-csearch_path%3Dbeside")
    async with opened(url) as base, looked_into(url) as look:
        await base.write("INSERT INTO deliveries (key, came_at) VALUES ('a', 1)")
        assert len(await look.read("SELECT key FROM deliveries")) == 1
        with pytest.raises(Unanswered, match="read-only"):
            await look.write("DELETE FROM deliveries")


async def test_a_process_of_the_version_before_works_on_after_a_newer_one_has_added_columns(
    postgres: PostgresUrl,
) -> None:
    async with opened(postgres) as base, opened(postgres) as newer:
        store, slots = JobStore(base), ledger(base, limit=None)

        async def followed(name: str) -> Job:
            taken = await took(slots, await waiting(store, name))
            answer = Answer(Ending.ACCEPTED, NOW)
            also = (slots.answered(taken, answer), slots.accepted(answer))
            running = await store.move(taken, JobState.RUNNING, *also, reka_id=name)
            ended = await store.note(await store.card_at(running, "2.0"), links_ts="3.0")
            assert await store.get(name) == ended
            both = await base.reads(store.query(name), store.durations_query(1))
            assert job_of(both[0][0]) == ended
            return ended

        for number in range(10):  # what is asked often is prepared
            await followed(f"before-{number}")
        for table in ("jobs", "slots", "keys", "presets"):
            await newer.write(f"ALTER TABLE {table} ADD COLUMN newer TEXT NOT NULL DEFAULT ''")
        assert (await followed("after")).state is JobState.RUNNING
