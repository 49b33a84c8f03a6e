"""A look at the database from beside the app: read-only, without the app's lock, and it makes no file."""

import fcntl
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from storage.database import MIGRATIONS, Connection, Database, DatabaseError

BUSY_SECONDS = 2.0


@asynccontextmanager
async def looked_into(path: Path) -> AsyncIterator[Database]:
    """The database at `path` for reading, whether an app runs on it or not.

    Raises `DatabaseError` when there is none, or when it cannot be read.
    """
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
            yield Database(connection, connection)
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


async def damage(database: Database) -> str | None:
    """What is wrong with the file; None when nothing is."""
    [[verdict]] = await database.read("PRAGMA quick_check(1)")
    return None if verdict == "ok" else str(verdict)


async def schema(database: Database) -> tuple[int, int]:
    """(the schema of the file, the newest that this Reel knows)."""
    [[version]] = await database.read("PRAGMA user_version")
    return int(version), len(list(MIGRATIONS.glob("[0-9]*.sql")))


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
