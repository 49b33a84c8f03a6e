"""Who follows jobs without an engine that several processes share is the only one on the database, as with a file.

So those who have such an engine hold the same lock, together.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection

from storage.database import DatabaseError

AGAIN_SECONDS = 1.0
"""The pause before the next try when the server is away."""
PATIENCE_SECONDS = 30.0
"""The server may take so long to see that a connection of ours has ended."""
_LOCK = 0x501E
"""The number of the advisory lock; it belongs to the database, and ends with the connection that holds it."""

Connect = Callable[[], Awaitable[AsyncConnection[Any]]]
Hold = Callable[[], Awaitable[AsyncConnection[Any] | None]]
"""A connection that holds the lock; None when another one does."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def sole(
    connect: Connect, name: str, lost: Callable[[str], None], *, shared: bool = False
) -> AsyncIterator[None]:
    """Nobody else holds this while the block runs, but those who do so `shared` too. Raises `DatabaseError`.

    `lost` gets a sentence when another process has taken it while the server was away.
    """
    hold = partial(
        _holding, connect, "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
    )
    connection = await hold()
    if connection is None:
        other = "Another Reel, without REEL_TEMPORAL," if shared else "Another Reel"
        raise DatabaseError(
            f"{other} is running on the database {name}. Stop it first, or set REEL_DATABASE to another one."
        )
    task = asyncio.create_task(_kept(hold, connection, name, lost), name="sole on the database")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        await connection.close()


async def _kept(
    hold: Hold, connection: AsyncConnection[Any], name: str, lost: Callable[[str], None]
) -> None:
    while True:
        await _ended(connection)
        again = await _again(hold)
        if again is None:
            return lost(f"Another Reel has taken over the database {name}.")
        connection = again


async def _ended(connection: AsyncConnection[Any]) -> None:
    """Returns when the server has gone away; nothing else is ever said on this connection."""
    try:
        async with connection:
            async for _ in connection.notifies():
                pass
    except psycopg.Error as error:
        log.warning("sole_interrupted", error=type(error).__name__)


async def _again(hold: Hold) -> AsyncConnection[Any] | None:
    """A connection that holds the lock; None when somebody else keeps it."""
    refused = 0.0
    while refused < PATIENCE_SECONDS:
        await asyncio.sleep(AGAIN_SECONDS)
        try:
            if (connection := await hold()) is not None:
                return connection
            refused += AGAIN_SECONDS
        except (psycopg.Error, OSError):
            refused = 0.0
    return None


async def _holding(connect: Connect, lock: str) -> AsyncConnection[Any] | None:
    connection = await connect()
    try:
        cursor = await connection.execute(f"SELECT {lock}({_LOCK}) AS taken")
        row = await cursor.fetchone()
    except BaseException:
        await connection.close()
        raise
    if row and row["taken"]:
        return connection
    await connection.close()
    return None
