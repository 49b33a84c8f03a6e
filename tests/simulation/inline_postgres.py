"""psycopg without its waiting: each statement runs at once in the loop, with a chance for other tasks before and after.

The database is real, and `storage.postgres` above the connection is the app's own. What a statement waits for on a real
server, it waits for in the loop here, since a thread that waits would wait for itself.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import psycopg
from psycopg import errors
from psycopg.rows import dict_row

from bot.postgres_url import PostgresUrl
from storage import postgres
from storage.notices import Notices
from storage.postgres import PostgresDatabase


@dataclass(slots=True)
class Server:
    """The connections of one process of the simulation."""

    url: PostgresUrl
    random: Random
    _opened: "list[Inline]" = field(default_factory=list)
    _idle: "list[Inline]" = field(default_factory=list)
    #: Stands for the advisory lock of transactions.
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def getconn(self, _timeout: float) -> "Inline":
        """As a pool does."""
        await self.pause()
        if self._idle:
            return self._idle.pop()
        connection = Inline(self, _connected(self.url))
        self._opened.append(connection)
        return connection

    async def putconn(self, connection: "Inline") -> None:
        """As a pool does."""
        self._idle.append(connection)

    async def pause(self) -> None:
        """Let others go on."""
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            await asyncio.sleep(0)

    def drop(self) -> None:
        """What the end of a process leaves: nothing that was not committed."""
        for connection in self._opened:
            connection.raw.close()
        self._opened.clear()
        self._idle.clear()


@dataclass(slots=True, eq=False)
class Inline:
    """As much of `psycopg.AsyncConnection` as the app uses."""

    server: Server
    raw: psycopg.Connection[dict[str, Any]]
    broken: bool = False

    async def execute(self, sql: bytes | str, parameters: Sequence[Any] | None = None) -> "Rows":
        """One statement. A transaction begins once no other one is under way."""
        await self.server.pause()
        if sql in {"COMMIT", "ROLLBACK"}:
            cursor = self.raw.execute(sql)
            self.server.alone.release()
        else:
            if isinstance(sql, str) and sql.startswith("BEGIN"):
                await self.server.alone.acquire()
            cursor = await self._unblocked(sql, parameters)
        await self.server.pause()
        return Rows(cursor)

    async def _unblocked(
        self, sql: bytes | str, parameters: Sequence[Any] | None
    ) -> psycopg.Cursor[dict[str, Any]]:
        while True:
            try:
                return self.raw.execute(sql, parameters)
            except errors.LockNotAvailable:  # a transaction holds the row
                await asyncio.sleep(0)

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[None]:
        """There is no way to shorten."""
        yield


@dataclass(frozen=True, slots=True)
class Rows:
    """As much of `psycopg.AsyncCursor` as the app uses."""

    cursor: psycopg.Cursor[dict[str, Any]]

    @property
    def description(self) -> Any:
        """Whether there are rows."""
        return self.cursor.description

    async def fetchall(self) -> list[dict[str, Any]]:
        """All of them."""
        return self.cursor.fetchall()


def _connected(url: PostgresUrl) -> psycopg.Connection[dict[str, Any]]:
    return psycopg.connect(
        url.get_secret_value(), autocommit=True, row_factory=dict_row, options="-c lock_timeout=1ms"
    )


@contextmanager
def inline(server: Server) -> Iterator[None]:
    """While the block runs, a PostgreSQL database is opened on such connections."""

    @asynccontextmanager
    async def opened(url: PostgresUrl) -> AsyncIterator[PostgresDatabase]:
        pool: Any = server
        yield PostgresDatabase(url, pool, pool.getconn, Notices())

    kept = postgres.opened
    postgres.opened = opened
    try:
        yield
    finally:
        postgres.opened = kept
        server.drop()
