"""A look at the database from beside the app: read-only, without the app's lock, and it makes no file."""

import fcntl
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.postgres_url import PostgresUrl
from storage import sqlite
from storage.database import Address, Database, DatabaseError, postgres_of_scale
from storage.migrations import newest
from storage.sqlite import SqliteDatabase
from storage.sqlite_connection import Connection

BUSY_SECONDS = 2.0


@asynccontextmanager
async def looked_into(address: Address) -> AsyncIterator[Database]:
    """The database for reading, whether an app runs on it or not.

    Raises `DatabaseError` when there is none, when it cannot be read, or when its schema is not the one that this Reel
    reads.
    """
    async with seen(address) as (database, version):
        known = newest()
        if version > known:
            raise DatabaseError(
                f"The database {address} was written by a newer Reel (schema {version}; this one knows {known}). "
                "Use that version, or set REEL_DATABASE to another path."
            )
        if version < known:
            raise DatabaseError(
                f"The database {address} was written by an older Reel (schema {version}; this one reads {known}). "
                "Start this Reel once; it brings the database up to date."
            )
        yield database


@asynccontextmanager
async def seen(address: Address) -> AsyncIterator[tuple[Database, int]]:
    """The database and its schema, whichever that is. Raises `DatabaseError`."""
    if isinstance(address, PostgresUrl):
        postgres = postgres_of_scale()
        from storage.postgres_schema import schema

        async with postgres.looked_into(address) as server:
            yield server, await schema(server)
    else:
        async with file(address) as opened:
            yield opened, await sqlite.schema(opened)


@asynccontextmanager
async def file(path: Path) -> AsyncIterator[SqliteDatabase]:
    """The file at `path`. Raises `DatabaseError` when there is none, or when it cannot be read."""
    if not path.is_file():  # noqa: ASYNC240  one stat
        raise DatabaseError(
            f"There is no database {path} yet. Reel makes it when it starts; if it runs already, "
            "set REEL_DATABASE to the path it uses."
        )
    try:
        # Where it cannot be opened at all, aiosqlite's thread would outlive the loop and print a traceback.
        _connected(path).close()
        connection = Connection(lambda: _connected(path), iter_chunk_size=64)
        async with connection:
            connection.row_factory = sqlite3.Row
            yield SqliteDatabase(connection, connection)
    except sqlite3.Error as error:
        raise DatabaseError(
            f"The database {path} cannot be read: {error}. Run this as the user that runs Reel, "
            "and see that no other program holds the file."
        ) from error


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(_address(path), uri=True, isolation_level=None, timeout=BUSY_SECONDS)


def _address(path: Path) -> str:
    # As a URI, since SQLite takes mode=ro only there; as_uri escapes what has a meaning in one.
    return f"{path.absolute().as_uri()}?mode=ro"


def is_driven(path: Path) -> bool:
    """True while a running Reel holds the database. Its lock is only felt, for an instant, never kept."""
    try:
        with Path(f"{path}.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # nobody ever started one here, or it is not ours to ask
        return False
    return False
