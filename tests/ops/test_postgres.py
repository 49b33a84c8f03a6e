"""The commands of an operator on PostgreSQL; none of them shows its password."""

import sys

import pytest

from bot import soundness
from bot.finding import Level
from bot.postgres_url import PostgresUrl
from storage import database, migrations
from storage.database import DatabaseError
from storage.jobs import JobStore
from storage.look import looked_into
from tests.app.job import another
from tests.databases import Server
from tests.ops.conftest import Operator


@pytest.fixture
def on_postgres(shell: Operator, postgres: PostgresUrl) -> Operator:
    shell.sets(REEL_DATABASE=postgres.get_secret_value())
    return shell


async def test_jobs_and_slots_are_listed_beside_a_running_app(
    on_postgres: Operator, postgres: PostgresUrl
) -> None:
    async with database.opened(postgres) as opened:
        await JobStore(opened).add(another("job00001"))
        jobs = await on_postgres.types("jobs")
        log = await on_postgres.types("log")
    assert (jobs.exit_code, log.exit_code) == (0, 0)
    assert "job00001" in jobs.output
    assert "10 of 10 slots left." in jobs.output
    assert "No slot was taken yet." in log.output


async def test_a_server_that_is_not_there_is_a_sentence(
    on_postgres: Operator, server: Server, postgres: PostgresUrl
) -> None:
    server.postgres.stop()
    try:
        for command in ("jobs", "log"):
            result = await on_postgres.types(command)
            said = " ".join(result.output.split())
            assert result.exit_code == 69
            assert f"The database {postgres} cannot be" in said
            assert _password(postgres) not in said
    finally:
        server.postgres.start()


async def test_doctor_says_what_it_finds(postgres: PostgresUrl, server: Server) -> None:
    found = await soundness.database(postgres)
    assert (found.level, found.found) == (
        Level.OK,
        f"{postgres} answers, schema {migrations.newest()}",
    )
    empty = server.fresh("template0")
    assert (await soundness.database(empty)).found == f"{empty} answers, and is empty"
    server.drop(empty)
    gone = await soundness.database(empty)
    assert gone.level is Level.FAULT
    assert "does not exist" in gone.found
    assert _password(postgres) not in gone.found


async def test_doctor_knows_a_newer_schema(postgres: PostgresUrl) -> None:
    async with database.opened(postgres) as opened:
        await opened.write("UPDATE schema_version SET version = 999")
    found = await soundness.database(postgres)
    assert (found.level, "newer Reel (schema 999" in found.found) == (Level.FAULT, True)


async def test_without_the_driver_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith(("storage.postgres", "psycopg"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    url = PostgresUrl("postgresql://robin:hidden@db/reel")
    for look in (database.opened, looked_into):
        with pytest.raises(DatabaseError, match=r"make \.venv/scale") as refused:
            async with look(url):
                pass
        assert "hidden" not in str(refused.value)


def _password(url: PostgresUrl) -> str:
    return url.get_secret_value().split(":")[2].split("@")[0]
