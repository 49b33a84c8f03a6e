"""Connections to PostgreSQL, and a statement on one of them in the words of its driver."""

import asyncio
import functools
import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from bot.postgres_url import PostgresUrl
from storage.database import DatabaseError, Row, Statement, Value

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
SESSION = (
    "SET idle_in_transaction_session_timeout = '5s'; "
    "SET default_transaction_isolation = 'read committed'"
)

Connection = AsyncConnection[dict[str, Any]]
Pool = AsyncConnectionPool[Connection]


def settings_of(url: PostgresUrl) -> dict[str, Any]:
    """What libpq is given. Raises `DatabaseError`."""
    try:
        given = conninfo.conninfo_to_dict(url.get_secret_value())
    except (psycopg.ProgrammingError, UnicodeDecodeError):  # its message may hold the password
        given = None
    # With an @ or / in the password libpq takes the rest of it for a place, and would name it as such.
    if given is None or any("@" in str(given.get(name)) for name in ("host", "dbname")):
        raise DatabaseError(
            f"REEL_DATABASE={url} is no URL that PostgreSQL takes, such as "
            "postgresql://user:password@host:5432/database; other characters in it are written as %40."
        )
    return {**_DEFAULTS, **given}


def only_reading(settings: dict[str, Any]) -> dict[str, Any]:
    """The same for connections that change nothing."""
    options = f"{settings.get('options', '')} -c default_transaction_read_only=on"
    return {**settings, "options": options}


async def connected(settings: dict[str, Any]) -> Connection:
    """A connection of its own, which the caller closes."""
    connection = await AsyncConnection.connect(autocommit=True, row_factory=dict_row, **settings)
    try:
        await connection.execute(SESSION)
    except BaseException:
        await connection.close()
        raise
    return connection


@asynccontextmanager
async def pooled(settings: dict[str, Any], connections: int) -> AsyncIterator[Pool]:
    """Connections that are kept open, and opened again when somebody needs one."""

    async def begun(connection: Connection) -> None:
        await connection.execute(SESSION)

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


async def lent(pool: Pool, seconds: float) -> Connection:
    """A connection, which the caller puts back. Raises `PoolTimeout` when there is none in time."""
    task = asyncio.current_task()
    cancelled = task.cancelling() if task else 0
    connection = await pool.getconn(seconds)
    if task and task.cancelling() > cancelled:
        # The pool uses wait_for: before Python 3.12 it swallows a cancellation that meets the connection.
        await pool.putconn(connection)
        raise asyncio.CancelledError
    return connection


async def _alive(connection: Connection) -> None:
    """Raises when the server has gone away since: all there is to be read from a connection that nobody uses is its end.
    To ask the server each time would cost as much as a statement.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await connection.close()
        raise psycopg.OperationalError("closed by the server")


async def fetched(connection: Connection, statement: Statement) -> list[Row]:
    """The rows of a statement, where it has any."""
    cursor = await connection.execute(*translated(statement))
    return list(await cursor.fetchall()) if cursor.description else []


def translated(statement: Statement) -> tuple[bytes, tuple[Value, ...]]:
    """A statement of the stores as psycopg takes it."""
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


def line_of(error: BaseException) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
