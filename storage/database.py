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
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import aiosqlite

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MILLISECONDS = 5_000

Value = str | int | float | None
Row = sqlite3.Row
Result = TypeVar("Result")
Execute = Callable[..., Awaitable[list[Row]]]
"""Executes a statement with its parameters inside a transaction."""
Statement = tuple[str, tuple[Value, ...]]


class DatabaseError(Exception):
    """The database cannot be used. The message names the file, what is wrong and what to do."""


@dataclass(slots=True)
class Database:
    """An open database. Get one from `opened`."""

    _writer: "Connection"
    _reader: "Connection"
    _at_once: sqlite3.Connection | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: "list[Unit]" = field(default_factory=list)

    async def read(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Rows of a query."""
        return list(await self._reader.execute_fetchall(sql, parameters))

    async def reads(self, *statements: Statement) -> list[list[Row]]:
        """Rows of several quick queries, each as `read` gives them.

        Asked on the event loop: a few rows found by an index take 10 µs, and the way to a thread and back 80. Only where
        the file is busy does the reader's thread wait for it.
        """
        if self._at_once is not None:
            with suppress(sqlite3.OperationalError):
                return _looked_up(self._at_once, statements)
        return await self._reader.looked_up(statements)

    async def write(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """One statement, durable when this returns; the rows of its RETURNING. It ends even if the caller is cancelled."""
        return await self.guarded((sql, tuple(parameters)))

    async def guarded(self, guard: Statement, *also: Statement) -> list[Row]:
        """The rows of `guard`, and with them all of `also`; where it has no rows, nothing else is done. Durable as `write`."""
        unit = Unit((guard, *also))
        if self._lock.locked() or self._waiting:
            await _to_its_end(lambda: self._in_turn(unit))
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

        async def execute() -> Result:
            async with self._lock:
                try:
                    await self._fetched("BEGIN IMMEDIATE")
                    result = await work(self._fetched)
                    await self._fetched("COMMIT")
                except BaseException:
                    if self._writer.in_transaction:
                        await self._writer.rollback()
                    raise
                return result

        return await _to_its_end(execute)

    async def ping(self) -> None:
        """Returns when the database has answered."""
        await self.read("SELECT 1")

    async def _fetched(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        return list(await self._writer.execute_fetchall(sql, parameters))

    async def script(self, sql: str) -> None:
        """Statements in one transaction, for migrations: all of them or none."""

        async def execute() -> None:
            async with self._lock:
                try:
                    await self._writer.executescript(f"BEGIN IMMEDIATE;\n{sql}\nCOMMIT;")
                except BaseException:
                    if self._writer.in_transaction:
                        await self._writer.rollback()
                    raise

        await _to_its_end(execute)


@dataclass(slots=True, eq=False)
class Unit:
    """Statements of which all are done, or none; the others only if the first one has rows. `outcome` is what it came to."""

    statements: tuple[Statement, ...]
    outcome: list[Row] | BaseException | None = None


class Connection(aiosqlite.Connection):
    """A connection that can do several things on one visit to its thread: the way there and back costs more than a
    statement.
    """

    async def looked_up(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """The rows of each query."""
        found: list[list[Row]] = await self._execute(_looked_up, self._conn, statements)  # type: ignore[no-untyped-call]
        return found

    async def carry_out(self, units: Sequence[Unit]) -> None:
        """Do them all in one commit; each has its outcome then, an exception where it failed. Cancelled only after that."""
        try:
            await self._execute(_carried_out, self._conn, units)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            # Its thread does it all the same, and one thing after the other: this comes last.
            await _to_its_end(lambda: self._execute(_nothing))  # type: ignore[no-untyped-call]
            raise


def _looked_up(connection: sqlite3.Connection, statements: Sequence[Statement]) -> list[list[Row]]:
    return [_fetched(connection, statement) for statement in statements]


def _nothing() -> None:
    return


def _carried_out(connection: sqlite3.Connection, units: Sequence[Unit]) -> None:
    try:
        if len(units) == 1 and len(units[0].statements) == 1:  # commits itself
            units[0].outcome = _fetched(connection, units[0].statements[0])
            return
        connection.execute("BEGIN IMMEDIATE")
        for unit in units:
            _attempt(connection, unit)
        connection.execute("COMMIT")
    except sqlite3.Error as error:  # nothing of it was kept; each of them raises it
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        for unit in units:
            unit.outcome = error


def _attempt(connection: sqlite3.Connection, unit: Unit) -> None:
    """One unit of several; when it fails, it alone is undone."""
    guard, *also = unit.statements
    try:
        if not also:  # a single statement undoes itself
            unit.outcome = _fetched(connection, guard)
            return
        connection.execute("SAVEPOINT unit")
        rows = _fetched(connection, guard)
        for statement in also if rows else ():
            _fetched(connection, statement)
        connection.execute("RELEASE unit")
        unit.outcome = rows
    except sqlite3.Error as error:
        if not connection.in_transaction:  # a full disk, say: SQLite has undone all of it
            raise
        if also:
            connection.execute("ROLLBACK TO unit")
            connection.execute("RELEASE unit")
        unit.outcome = error


def _fetched(connection: sqlite3.Connection, statement: Statement) -> list[Row]:
    return connection.execute(*statement).fetchall()


async def _to_its_end(work: Callable[[], Awaitable[Result]]) -> Result:
    """Await `work` shielded; a cancellation is passed on only after the work has ended."""
    task = asyncio.ensure_future(work())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while (
            not task.done()
        ):  # cancelled again meanwhile: the connection must not be closed under the work
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        raise


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    """Open, check and migrate the database at `path`. Raises `DatabaseError` when it cannot be used.

    WAL with `synchronous=FULL`: what was committed survives a power cut. About 4,000 such commits a second were
    measured, a hundred times the need.
    """
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(_alone(path))
            _can_be_opened(path)
            database = Database(
                await stack.enter_async_context(_connected(path)),
                await stack.enter_async_context(_connected(path)),
                stack.enter_context(_waiting_for_nobody(path)),
            )
            await _check(database, path)
            await _migrate(database, path)
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


async def _check(database: Database, path: Path) -> None:
    [[verdict]] = await database.read("PRAGMA quick_check(1)")
    if verdict != "ok":
        raise DatabaseError(
            f"The database {path} is damaged: {verdict}. Restore a backup, or move the file away to start afresh."
        )
    # A file that can only be read is found now, not in the first job. It takes a real write: on such a file even BEGIN
    # IMMEDIATE succeeds, as a read transaction.
    [[version]] = await database.read("PRAGMA user_version")
    await database.write(f"PRAGMA user_version = {version:d}")


async def _migrate(database: Database, path: Path) -> None:
    """Apply the numbered files that are not applied yet, each with its number in one transaction."""
    [[version]] = await database.read("PRAGMA user_version")
    scripts = sorted(MIGRATIONS.glob("[0-9]*.sql"))
    if version > len(scripts):
        raise DatabaseError(
            f"The database {path} was written by a newer Reel (schema {version}; this one knows {len(scripts)}). "
            "Start that version, or set REEL_DATABASE to another path."
        )
    for number, script in enumerate(scripts, start=1):
        if number > version:
            await database.script(f"{script.read_text()}\nPRAGMA user_version = {number};")
