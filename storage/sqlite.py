"""One SQLite file, one process: a writer connection, one for reads, and one for what is read in passing.

Three traps were measured, each has its rule here: `UPDATE … RETURNING` is durable only once fetched, so every row is
fetched where it is executed; a cancelled await may still have written, so writes are shielded; on a shared connection
one task's ROLLBACK takes another's row, so transactions hold the writer's lock.

Writes that wait at the same moment share one commit, and one way to the writer's thread and back, which costs more than
a statement.
"""

import asyncio
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass, field, replace
from pathlib import Path

from storage import migrations
from storage.database import (
    TOUCH,
    DatabaseError,
    Execute,
    Result,
    Row,
    Statement,
    Value,
    to_its_end,
)
from storage.intent import Intent
from storage.notices import Notices
from storage.sqlite_connection import BUSY_MILLISECONDS, Connection, Unit, looked_up, told


@dataclass(slots=True)
class SqliteDatabase:
    """An open file. Get one from `opened`."""

    _writer: Connection
    _reader: Connection
    _at_once: sqlite3.Connection | None = None
    notices: Notices = field(default_factory=Notices)
    shared: bool = False
    _patience: float | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: list[Unit] = field(default_factory=list)

    def hurried(self, seconds: float) -> "SqliteDatabase":
        """The same file for what a person waits for: what is not begun in that time, since the file is busy, is withdrawn."""
        return replace(self, _patience=seconds)

    async def read(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Rows of a query."""
        async with Intent(self._patience):
            return list(await self._reader.execute_fetchall(sql, parameters))

    async def reads(self, *statements: Statement) -> list[list[Row]]:
        """Rows of several quick queries, each as `read` gives them.

        Asked on the event loop: a few rows found by an index take 10 µs, and the way to a thread and back 80. Only where
        the file is busy does the reader's thread wait for it.
        """
        if self._at_once is not None:
            with suppress(sqlite3.OperationalError):
                return looked_up(self._at_once, statements)
        async with Intent(self._patience):
            return await self._reader.looked_up(statements)

    async def write(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """One statement, durable when this returns; the rows of its RETURNING. It ends even if the caller is cancelled."""
        return await self.guarded((sql, tuple(parameters)))

    async def alone(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """The same: here every write is alone."""
        return await self.write(sql, parameters)

    async def guarded(self, guard: Statement, *also: Statement) -> list[Row]:
        """The rows of `guard`, and with them all of `also`; where it has no rows, nothing else is done. Durable as `write`."""
        unit = Unit((guard, *also), Intent(self._patience))
        async with unit.intent:
            if self._lock.locked() or self._waiting:
                await to_its_end(lambda: self._in_turn(unit), unit.intent)
            else:  # at once: a task of its own would cost half as much again
                async with self._lock:
                    self._waiting.append(unit)
                    await self._carry_out()
        if isinstance(unit.outcome, BaseException):
            raise unit.outcome
        return unit.outcome or []

    async def _in_turn(self, unit: "Unit") -> None:
        self._waiting.append(unit)
        async with self._lock:
            if unit.outcome is None:  # nobody who had the lock before has carried it out
                await self._carry_out()

    async def _carry_out(self) -> None:
        units = self._waiting[:]
        self._waiting.clear()
        try:
            await self._writer.carry_out(units)
        except Exception as error:  # it was never begun, and nobody will come again for the others
            for unit in units:
                unit.outcome = error
            raise

    async def transaction(self, work: Callable[[Execute], Awaitable[Result]]) -> Result:
        """Several statements, all of them or none; `work` gets a function that executes one and returns its rows."""
        intent = Intent(self._patience)

        async def execute() -> Result:
            async with self._lock:
                try:
                    await self._writer.begin()
                    result = await work(self._fetched)
                    intent.begin()
                    await self._fetched("COMMIT")
                except BaseException:
                    if self._writer.in_transaction:
                        await self._writer.rollback()
                    raise
                return result

        async with intent:
            return await to_its_end(execute, intent)

    def sole(
        self, _lost: Callable[[str], None], *, shared: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """It is, by the lock beside the file."""
        return nullcontext()

    async def ping(self) -> None:
        """Returns when the database has taken a write: a full disk can still be read."""
        await self.write(TOUCH)

    async def _fetched(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        with told():
            return list(await self._writer.execute_fetchall(sql, parameters))

    async def script(self, sql: str) -> None:
        """Statements in one transaction, for migrations: all of them or none."""

        async def execute() -> None:
            async with self._lock:
                try:
                    await self._writer.executescript(
                        f"PRAGMA busy_timeout = {BUSY_MILLISECONDS};\nBEGIN IMMEDIATE;\n{sql}\nCOMMIT;"
                    )
                except BaseException:
                    if self._writer.in_transaction:
                        await self._writer.rollback()
                    raise

        await to_its_end(execute, Intent(None))


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteDatabase]:
    """Open, check and migrate the file at `path`. Raises `DatabaseError` when it cannot be used.

    WAL with `synchronous=FULL`: what was committed survives a power cut. About 4,000 such commits a second were
    measured, a hundred times the need.
    """
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(_alone(path))
            _can_be_opened(path)
            database = SqliteDatabase(
                await stack.enter_async_context(_connected(path)),
                await stack.enter_async_context(_connected(path)),
                stack.enter_context(_waiting_for_nobody(path)),
            )
            await _check(database, path)
            await _migrate(database, path)
            await database.write(
                "PRAGMA busy_timeout = 0"
            )  # from here on it is its connection that waits
        except (sqlite3.Error, OSError) as error:
            raise DatabaseError(
                f"The database {path} cannot be used: {error}. Check that the folder exists, that this user may write "
                "to it and that the disk has room, or set REEL_DATABASE to another path."
            ) from error
        yield database


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that dies with this process, so that two apps never drive the same jobs."""
    with Path(f"{path}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseError(
                f"Another Reel is running on the database {path}. Stop it first, or set REEL_DATABASE to another path."
            ) from None
        yield


def _can_be_opened(path: Path) -> None:
    # First without aiosqlite: when its connect fails, its thread outlives the event loop and says so on standard error.
    with closing(sqlite3.connect(path, timeout=BUSY_MILLISECONDS / 1000)) as connection:
        connection.execute("PRAGMA schema_version")


@asynccontextmanager
async def _connected(path: Path) -> AsyncIterator[Connection]:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, isolation_level=None)

    connection = Connection(connect, iter_chunk_size=64)
    async with connection:
        connection.row_factory = sqlite3.Row
        for pragma in (
            f"busy_timeout = {BUSY_MILLISECONDS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        yield connection


@contextmanager
def _waiting_for_nobody(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


async def _check(database: SqliteDatabase, path: Path) -> None:
    if (verdict := await damage(database)) is not None:
        raise DatabaseError(
            f"The database {path} is damaged: {verdict}. Restore a backup, or move the file away to start afresh."
        )
    # A file that can only be read is found now, not in the first job. It takes a real write: on such a file even BEGIN
    # IMMEDIATE succeeds, as a read transaction.
    version = await schema(database)
    await database.write(f"PRAGMA user_version = {version:d}")


async def _migrate(database: SqliteDatabase, path: Path) -> None:
    """Apply the numbered files that are not applied yet, each with its number in one transaction."""
    version, known = await schema(database), migrations.newest()
    if version > known:
        raise DatabaseError(
            f"The database {path} was written by a newer Reel (schema {version}; this one knows {known}). "
            "Start that version, or set REEL_DATABASE to another path."
        )
    for number, script in migrations.scripts(migrations.SQLITE, after=version):
        await database.script(f"{script}\nPRAGMA user_version = {number:d};")


async def schema(database: SqliteDatabase) -> int:
    """The schema of the file."""
    [row] = await database.read("PRAGMA user_version")
    return int(row["user_version"])


async def damage(database: SqliteDatabase) -> str | None:
    """What is wrong with the file; None when nothing is."""
    [row] = await database.read("PRAGMA quick_check(1)")
    return None if row["quick_check"] == "ok" else str(row["quick_check"])
