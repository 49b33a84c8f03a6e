"""PostgreSQL, for several processes on one database.

Statements run at READ COMMITTED. A write that is guarded by the row that it changes needs no more: whoever comes second
waits for that row and looks at it again. Every `transaction` begins with a lock that only one holds among all processes
of the database (the equivalent of SQLite's BEGIN IMMEDIATE), so what is decided in it by other rows still holds when it
commits. Source: https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED

When the server goes away, everybody waits a while for it. A read, and a transaction that had not come to its commit, is
then begun anew; a commit of which no answer came is never repeated here: `Unsure` tells the caller, who can look.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout

from bot.postgres_url import PostgresUrl
from storage.database import (
    TOUCH,
    DatabaseError,
    Execute,
    NotUnique,
    Result,
    Row,
    Statement,
    Value,
    to_its_end,
)
from storage.intent import Intent, Unanswered, Unsure
from storage.notices import Notices
from storage.postgres_connection import (
    ALONE,
    Connection,
    Pool,
    connected,
    fetched,
    lent,
    line_of,
    only_reading,
    pooled,
    settings_of,
    translated,
)
from storage.postgres_notices import PostgresNotices
from storage.postgres_schema import check, migrate
from storage.postgres_sole import sole

PATIENCE_SECONDS = 30.0
"""How long everybody waits for a server that has gone away."""
TRY_SECONDS = 0.9
"""How often the pool is asked meanwhile; each time it tries to connect. Shorter than its own first pause, a second."""
CONNECTIONS = 8
"""At most so many for each process, and one more that listens; a server takes 100 by default."""
TRIES = CONNECTIONS + 2
"""So often something is begun at the most: each connection may turn out to be of no use."""


class _Torn(Exception):
    """It came to nothing before its commit; it may be tried again."""


_UNDONE = (errors.TransactionRollback, errors.IdleInTransactionSessionTimeout)
"""PostgreSQL has rolled it back by itself: because of a deadlock, or since this process stood still."""


@dataclass(slots=True)
class PostgresDatabase:
    """An open database. Get one from `opened`."""

    _url: PostgresUrl
    _pool: Pool
    _connect: Callable[[], Awaitable[Connection]]
    notices: Notices
    shared: bool = True
    _patience: float | None = None

    def hurried(self, seconds: float) -> "PostgresDatabase":
        """The same database for what a person waits for: what has not come to its commit in that time is withdrawn."""
        return replace(self, _patience=seconds)

    async def read(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Rows of a query."""
        [rows] = await self.reads((sql, tuple(parameters)))
        return rows

    async def reads(self, *statements: Statement) -> list[list[Row]]:
        """Rows of several queries, each as `read` gives them, for the way of one."""

        async def work(connection: Connection) -> list[list[Row]]:
            async with connection.pipeline():
                cursors = [await connection.execute(*translated(each)) for each in statements]
                return [list(await cursor.fetchall()) for cursor in cursors]

        intent = Intent(self._patience)
        async with intent:
            # It changes nothing, so it may be asked again.
            asked = _single(*statements) if len(statements) == 1 else work
            return await self._on_one(asked, intent, Unsure)

    async def write(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """One statement, durable when this returns; the rows of its RETURNING. Once sent it ends even if the caller is
        cancelled. Raises `NotUnique`, `Unanswered`, `Unsure`, `Overdue`.
        """
        intent = Intent(self._patience)

        async def work(connection: Connection) -> list[Row]:
            intent.begin()  # it commits itself
            return await fetched(connection, (sql, tuple(parameters)))

        async with intent:
            return await self._on_one(work, intent)

    async def alone(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """As `write`, for a statement that decides by other rows than the one it writes."""
        return await self.transaction(lambda execute: execute(sql, parameters))

    async def guarded(self, guard: Statement, *also: Statement) -> list[Row]:
        """The rows of `guard`, and with them all of `also`; where it has no rows, nothing else is done. Durable as `write`."""
        if not also:
            return await self.write(*guard)

        async def work(execute: Execute) -> list[Row]:
            rows = await execute(*guard)
            for statement in also if rows else ():
                await execute(*statement)
            return rows

        return await self.transaction(work)

    async def transaction(self, work: Callable[[Execute], Awaitable[Result]]) -> Result:
        """Several statements, all of them or none; no other transaction of any process runs at the same time.

        Raises `Unanswered`, `Unsure`, `Overdue`, and what `work` raises.
        """
        intent = Intent(self._patience)
        async with intent:
            return await self._on_one(lambda each: _transacted(each, work, intent), intent)

    async def ping(self) -> None:
        """Returns when the database has taken a write: a standby that only reads is no place for a job."""
        await self.write(TOUCH)

    def sole(
        self, lost: Callable[[str], None], *, shared: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """As `Database.sole`."""
        return sole(self._connect, str(self._url), lost, shared=shared)

    async def _on_one(
        self,
        work: Callable[[Connection], Awaitable[Result]],
        intent: Intent,
        *again: type[Exception],
    ) -> Result:
        """Do it on a connection, and again where nothing came of it, or of what ends with one of `again`.

        Raises `Unsure` when the connection is lost meanwhile, `Unanswered` when there is none.
        """
        for _ in range(TRIES):
            with suppress(_Torn, *again):
                return await self._once(work, intent)
        raise Unanswered("PostgreSQL broke it off again and again.")

    async def _once(
        self, work: Callable[[Connection], Awaitable[Result]], intent: Intent
    ) -> Result:
        connection = await self._connection()

        async def done() -> Result:
            try:
                return await work(connection)
            except errors.UniqueViolation as error:
                raise NotUnique(str(error)) from error
            except _UNDONE as error:
                raise _Torn from error
            except errors.FeatureNotSupported as error:
                # A newer Reel has added a column, which does not fit what is prepared on this connection.
                await connection.close()
                raise _Torn from error
            except (psycopg.OperationalError, errors.ReadOnlySqlTransaction) as error:
                if connection.broken or error.sqlstate is None:  # then it was not the server's word
                    raise Unsure("The connection to PostgreSQL was lost.") from error
                raise Unanswered(line_of(error)) from error  # its disk is full, for one
            finally:
                await self._pool.putconn(connection)

        return await to_its_end(done, intent)

    async def _connection(self) -> Connection:
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_SECONDS
        while loop.time() < until:
            with suppress(PoolTimeout):
                return await lent(self._pool, TRY_SECONDS)
        raise Unanswered("PostgreSQL cannot be reached.")


def _single(statement: Statement) -> Callable[[Connection], Awaitable[list[list[Row]]]]:
    async def work(connection: Connection) -> list[list[Row]]:
        return [await fetched(connection, statement)]

    return work


async def _transacted(
    connection: Connection, work: Callable[[Execute], Awaitable[Result]], intent: Intent
) -> Result:
    async def execute(sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        return await fetched(connection, (sql, tuple(parameters)))

    try:
        await connection.execute(f"BEGIN; SELECT pg_advisory_xact_lock({ALONE})")
        result = await work(execute)
        intent.begin()
    except BaseException as error:
        with suppress(psycopg.OperationalError):
            await connection.execute("ROLLBACK")
        if connection.broken:
            raise _Torn from error
        raise
    await connection.execute("COMMIT")
    return result


@asynccontextmanager
async def opened(url: PostgresUrl) -> AsyncIterator[PostgresDatabase]:
    """Open, check and migrate the database. Raises `DatabaseError` when it cannot be used."""
    settings = settings_of(url)
    try:
        async with await connected(settings) as connection:
            await check(connection, url)
            await migrate(connection, url)
    except (psycopg.Error, OSError) as error:
        raise DatabaseError(
            f"The database {url} cannot be used: {line_of(error)}. Check that PostgreSQL runs there, that this user may "
            "create tables in the database, and REEL_DATABASE."
        ) from error
    async with pooled(settings, CONNECTIONS) as pool:

        def connect() -> Awaitable[Connection]:
            return connected(settings)

        notices = PostgresNotices(connect)
        database = PostgresDatabase(url, pool, connect, notices)
        async with notices.exchanged(database.write):
            yield database


@asynccontextmanager
async def looked_into(url: PostgresUrl) -> AsyncIterator[PostgresDatabase]:
    """The database for reading only, whether an app runs on it or not. Raises `DatabaseError`."""
    settings = only_reading(settings_of(url))
    try:
        async with await connected(settings):  # so that it is said at once when there is none
            pass
        async with pooled(settings, 1) as pool:
            yield PostgresDatabase(url, pool, lambda: connected(settings), Notices())
    except (psycopg.Error, OSError, Unanswered) as error:
        raise DatabaseError(
            f"The database {url} cannot be read: {line_of(error)}. Check that PostgreSQL runs there, and REEL_DATABASE."
        ) from error
