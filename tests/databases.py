"""Both kinds of database for a test: an SQLite file, and a database of its own on a PostgreSQL that the tests start."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from bot.postgres_url import PostgresUrl
from local.cluster.postgres import NoPostgres, Postgres, running
from storage.database import Address, Database, opened

if TYPE_CHECKING:
    from psycopg import Connection

_TEMPLATE = "template_of_reel"


class Server:
    """A PostgreSQL for the whole session; each test gets a copy of one database with the present schema."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self._numbers = itertools.count(1)
        template = PostgresUrl(postgres.createdb(_TEMPLATE))
        with ThreadPoolExecutor(1) as other:  # an event loop of its own
            other.submit(asyncio.run, _migrated(template)).result()

    def fresh(self, template: str = _TEMPLATE) -> PostgresUrl:
        """The URL of a new database: with the schema, or with `template0` empty."""
        name = f"test_{next(self._numbers)}"
        with self.connected() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return PostgresUrl(self.postgres.url(name))

    def drop(self, url: PostgresUrl) -> None:
        """Delete it, whoever is connected."""
        name = url.get_secret_value().rpartition("/")[2]
        with self.connected() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def count(self, url: PostgresUrl, table: str) -> int:
        """How many rows a table has."""
        with self.connected(url) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608
        return int(row[0]) if row else 0

    def connected(self, url: PostgresUrl | None = None) -> "Connection":
        """A connection beside the app's, to be closed."""
        import psycopg  # only who has installed [scale] has it

        return psycopg.connect(
            url.get_secret_value() if url else self.postgres.url(), autocommit=True
        )


async def _migrated(url: PostgresUrl) -> None:
    async with opened(url):
        pass


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Debian's PostgreSQL, started for the tests. Without it they are skipped, except where CI=true."""
    if find_spec("psycopg") is None:
        _missing("There is no psycopg; make .venv/scale")
    try:
        with running(durable=False) as postgres:
            yield Server(postgres)
    except NoPostgres as error:
        _missing(str(error))


def _missing(why: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture
def postgres(server: Server) -> Iterator[PostgresUrl]:
    """A PostgreSQL database of the test's own, with the present schema."""
    url = server.fresh()
    yield url
    server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    """Where the test's database is, once of each kind."""
    if request.param == "sqlite":
        return tmp_path / "reel.db"
    url: PostgresUrl = request.getfixturevalue("postgres")
    return url


@pytest.fixture
async def base(address: Address) -> AsyncIterator[Database]:
    """The test's database, open."""
    async with opened(address) as database:
        yield database


Pair = tuple[Database, Database]


@pytest.fixture
async def pair(postgres: PostgresUrl) -> AsyncIterator[Pair]:
    """One PostgreSQL database, open twice, as two processes have it."""
    async with opened(postgres) as one, opened(postgres) as other:
        yield one, other
