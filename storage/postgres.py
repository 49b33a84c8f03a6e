"""PostgreSQL, for several processes on one database.

Statements run at READ COMMITTED. A write that is guarded by the row that it changes needs no more: whoever comes second
waits for that row and looks at it again. Every `transaction` begins with a lock that only one holds among all processes
of the database (the equivalent of SQLite's BEGIN IMMEDIATE), so what is decided in it by other rows still holds when it
commits. Source: https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED

When the server goes away, everybody waits a while for it. A read, and a transaction that had not come to its commit, is
then begun anew; a commit of which no answer came is never repeated here: `Unsure` tells the caller, who can look.
"""

import asyncio
import functools
import select
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection, conninfo, errors
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.postgres_url import PostgresUrl
from storage import migrations
from storage.database import (
    TOUCH,
    DatabaseError,
    Execute,
    NotUnique,
    Result,
    Row,
    Statement,
    Unanswered,
    Unsure,
    Value,
    to_its_end,
)
from storage.notices import Notices
from storage.postgres_notices import PostgresNotices
from storage.postgres_sole import sole

PATIENCE_SECONDS = 30.0
"""How long everybody waits for a server that has gone away."""
TRY_SECONDS = 0.9
"""How often the pool is asked meanwhile; each time it tries to connect. Shorter than its own first pause, a second."""
CONNECTIONS = 8
"""At most so many for each process, and one more that listens; a server takes 100 by default."""
ALONE = 0x5EE1
"""The number of the advisory lock that transactions take; it belongs to the database."""

_DEFAULTS = {
    "application_name": "reel",
    "client_encoding": "UTF8",
    "connect_timeout": "5",
    # A server whose machine is gone answers nothing, not even that.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
# A process that is frozen inside a transaction would keep all the others out: the server ends it.
_SESSION = (
    "SET idle_in_transaction_session_timeout = '5s'; "
    "SET default_transaction_isolation = 'read committed'"
)

Connection = AsyncConnection[dict[str, Any]]
Pool = AsyncConnectionPool[Connection]


class _Torn(Exception):
    """The transaction came to nothing before its commit; it may be tried again."""


@dataclass(slots=True)
class PostgresDatabase:
    """An open database. Get one from `opened`."""

    _url: PostgresUrl
    _pool: Pool
    _connect: Callable[[], Awaitable[Connection]]
    notices: Notices
    shared: bool = True

    async def read(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Rows of a query."""
        [rows] = await self.reads((sql, tuple(parameters)))
        return rows

    async def reads(self, *statements: Statement) -> list[list[Row]]:
        """Rows of several queries, each as `read` gives them, for the way of one."""

        async def work(connection: Connection) -> list[list[Row]]:
            async with connection.pipeline():
                cursors = [await connection.execute(*_translated(each)) for each in statements]
                return [list(await cursor.fetchall()) for cursor in cursors]

        while True:
            with suppress(Unsure):  # it changes nothing, so it may be asked again
                return await self._on_one(_single(*statements) if len(statements) == 1 else work)

    async def write(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """One statement, durable when this returns; the rows of its RETURNING. Once sent it ends even if the caller is
        cancelled. Raises `NotUnique`, `Unanswered`, `Unsure`.
        """
        [rows] = await self._on_one(_single((sql, tuple(parameters))))
        return rows

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

        Raises `Unanswered`, `Unsure`, and what `work` raises.
        """
        while True:
            with suppress(_Torn):
                return await self._on_one(lambda connection: _transacted(connection, work))

    async def ping(self) -> None:
        """Returns when the database has taken a write: a standby that only reads is no place for a job."""
        await self.write(TOUCH)

    def sole(self, lost: Callable[[str], None]) -> AbstractAsyncContextManager[None]:
        """Hold the database as the only process that follows its jobs. Raises `DatabaseError` when another one does."""
        return sole(self._connect, str(self._url), lost)

    async def _on_one(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Do it on a connection. Raises `Unsure` when that is lost meanwhile, `Unanswered` when there is none."""
        connection = await self._connection()

        async def done() -> Result:
            try:
                return await work(connection)
            except errors.UniqueViolation as error:
                raise NotUnique(str(error)) from error
            except (psycopg.OperationalError, errors.ReadOnlySqlTransaction) as error:
                if connection.broken:
                    raise Unsure("The connection to PostgreSQL was lost.") from error
                raise Unanswered(_line(error)) from error  # its disk is full, for one
            finally:
                await self._pool.putconn(connection)

        return await to_its_end(done)

    async def _connection(self) -> Connection:
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_SECONDS
        while loop.time() < until:
            with suppress(PoolTimeout):
                return await self._pool.getconn(TRY_SECONDS)
        raise Unanswered("PostgreSQL cannot be reached.")


def _single(statement: Statement) -> Callable[[Connection], Awaitable[list[list[Row]]]]:
    async def work(connection: Connection) -> list[list[Row]]:
        return [await _fetched(connection, statement)]

    return work


async def _transacted(
    connection: Connection, work: Callable[[Execute], Awaitable[Result]]
) -> Result:
    async def execute(sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        return await _fetched(connection, (sql, tuple(parameters)))

    try:
        await connection.execute(f"BEGIN; SELECT pg_advisory_xact_lock({ALONE})")
        result = await work(execute)
    except BaseException as error:
        if not connection.broken:
            await connection.execute("ROLLBACK")
        # Class 40: PostgreSQL has rolled it back by itself, because of a deadlock for one.
        if connection.broken or isinstance(error, errors.TransactionRollback):
            raise _Torn from error
        raise
    await connection.execute("COMMIT")
    return result


async def _fetched(connection: Connection, statement: Statement) -> list[Row]:
    cursor = await connection.execute(*_translated(statement))
    return list(await cursor.fetchall()) if cursor.description else []


def _translated(statement: Statement) -> tuple[bytes, tuple[Value, ...]]:
    sql, parameters = statement
    return _in_its_words(sql), tuple(map(_value, parameters))


@functools.lru_cache(maxsize=1024)
def _in_its_words(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()


def _value(value: Value) -> Value:
    # The text of PostgreSQL holds no NUL.
    return (
        str(value).replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value
    )


@asynccontextmanager
async def opened(url: PostgresUrl) -> AsyncIterator[PostgresDatabase]:
    """Open, check and migrate the database. Raises `DatabaseError` when it cannot be used."""
    settings = _settings(url)
    try:
        async with await _connected(settings) as connection:
            await _check(connection, url)
            await _migrate(connection, url)
    except (psycopg.Error, OSError) as error:
        raise DatabaseError(
            f"The database {url} cannot be used: {_line(error)}. Check that PostgreSQL runs there, that this user may "
            "create tables in the database, and REEL_DATABASE."
        ) from error
    async with _pooled(settings, CONNECTIONS) as pool:

        def connect() -> Awaitable[Connection]:
            return _connected(settings)

        notices = PostgresNotices(connect)
        database = PostgresDatabase(url, pool, connect, notices)
        async with notices.exchanged(database.write):
            yield database


@asynccontextmanager
async def looked_into(url: PostgresUrl) -> AsyncIterator[PostgresDatabase]:
    """The database for reading only, whether an app runs on it or not. Raises `DatabaseError`."""
    settings = _settings(url) | {"options": "-c default_transaction_read_only=on"}
    try:
        async with await _connected(settings):  # so that it is said at once when there is none
            pass
        async with _pooled(settings, 1) as pool:
            yield PostgresDatabase(url, pool, lambda: _connected(settings), Notices())
    except (psycopg.Error, OSError, Unanswered) as error:
        raise DatabaseError(
            f"The database {url} cannot be read: {_line(error)}. Check that PostgreSQL runs there, and REEL_DATABASE."
        ) from error


async def schema(database: PostgresDatabase) -> int:
    """The schema of the database; 0 where Reel has never been started on it."""
    [row] = await database.read("SELECT to_regclass('schema_version') IS NOT NULL AS begun")
    if not row["begun"]:
        return 0
    [row] = await database.read("SELECT version FROM schema_version")
    return int(row["version"])


def _settings(url: PostgresUrl) -> dict[str, Any]:
    try:
        given = conninfo.conninfo_to_dict(url.get_secret_value())
    except psycopg.ProgrammingError:  # its message may hold the password
        raise DatabaseError(
            f"REEL_DATABASE={url} is no URL that PostgreSQL takes, such as "
            "postgresql://user:password@host:5432/database; other characters in it are written as %40."
        ) from None
    return {**_DEFAULTS, **given}


async def _connected(settings: dict[str, Any]) -> Connection:
    connection = await AsyncConnection.connect(autocommit=True, row_factory=dict_row, **settings)
    try:
        await connection.execute(_SESSION)
    except BaseException:
        await connection.close()
        raise
    return connection


@asynccontextmanager
async def _pooled(settings: dict[str, Any], connections: int) -> AsyncIterator[Pool]:
    async def begun(connection: Connection) -> None:
        await connection.execute(_SESSION)

    pool: Pool = AsyncConnectionPool(
        kwargs={**settings, "autocommit": True, "row_factory": dict_row},
        min_size=1,
        max_size=connections,
        configure=begun,
        check=_alive,
        reconnect_timeout=0,  # whoever needs a connection makes it try again
        open=False,
    )
    async with pool:
        yield pool


async def _alive(connection: Connection) -> None:
    """Raises when the server has gone away since: all there is to be read from a connection that nobody uses is its end.
    To ask the server each time would cost as much as a statement.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await connection.close()
        raise psycopg.OperationalError("closed by the server")


async def _check(connection: Connection, url: PostgresUrl) -> None:
    cursor = await connection.execute("SHOW server_encoding")
    row = await cursor.fetchone()
    if row is not None and row["server_encoding"] not in {"UTF8", "SQL_ASCII"}:
        raise DatabaseError(
            f"The database {url} cannot hold every character ({row['server_encoding']}). "
            "Make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )


async def _migrate(connection: Connection, url: PostgresUrl) -> None:
    """Apply what is not applied yet, all of it or nothing; of several processes that start at once, one does."""
    async with connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({ALONE})")
        await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT)")
        cursor = await connection.execute("SELECT version FROM schema_version")
        row = await cursor.fetchone()
        version, known = (row["version"] if row else 0), migrations.newest()
        if version > known:
            raise DatabaseError(
                f"The database {url} was written by a newer Reel (schema {version}; this one knows {known}). "
                "Start that version, or set REEL_DATABASE to another one."
            )
        if row is None:
            await connection.execute("INSERT INTO schema_version VALUES (0)")
        for number, script in migrations.scripts(migrations.POSTGRES, after=version):
            await connection.execute(script.encode())
            await connection.execute("UPDATE schema_version SET version = %s", (number,))


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
