"""The connection to an SQLite file: what waits together is done on one way to its thread, in one commit."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import aiosqlite

from storage.database import NotUnique, Row, Statement, to_its_end
from storage.intent import Intent

BUSY_MILLISECONDS = 5_000
"""How long another process is waited for that writes to the file."""


@contextmanager
def told() -> Iterator[None]:
    """The stores are told that something is there already; they know no driver."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode in _THERE_ALREADY:
            raise NotUnique(str(error)) from error
        raise


_THERE_ALREADY = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


@dataclass(slots=True, eq=False)
class Unit:
    """Statements of which all are done, or none; the others only if the first one has rows. `outcome` is what it came to."""

    statements: tuple[Statement, ...]
    intent: Intent
    outcome: list[Row] | BaseException | None = None


class Connection(aiosqlite.Connection):
    """A connection that can do several things on one visit to its thread: the way there and back costs more than a
    statement.
    """

    async def looked_up(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """The rows of each query."""
        found: list[list[Row]] = await self._execute(looked_up, self._conn, statements)  # type: ignore[no-untyped-call]
        return found

    async def begin(self) -> None:
        """Begin a transaction that writes, once no other process does."""
        await self._execute(_begun, self._conn)  # type: ignore[no-untyped-call]

    async def carry_out(self, units: Sequence[Unit]) -> None:
        """Do them all in one commit; each has its outcome then, an exception where it failed. Cancelled only after that,
        except where all are in a hurry.
        """
        try:
            await self._execute(_carried_out, self._conn, units)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            if not all(unit.intent.hurried for unit in units):
                # Its thread does it all the same, and one thing after the other: this comes last.
                await to_its_end(lambda: self._execute(_nothing), Intent(None))  # type: ignore[no-untyped-call]
            raise


def looked_up(connection: sqlite3.Connection, statements: Sequence[Statement]) -> list[list[Row]]:
    """The rows of each query."""
    return [_fetched(connection, statement) for statement in statements]


def _nothing() -> None:
    return


def _carried_out(connection: sqlite3.Connection, units: Sequence[Unit]) -> None:
    try:
        if len(units) == 1 and _at_once(connection, units[0]):
            return
        _begun(connection)
        for unit in units:
            if unit.intent.begins():
                _attempt(connection, unit)
            else:  # withdrawn: nobody waits for it
                unit.outcome = []
        connection.execute("COMMIT")
    except (sqlite3.Error, NotUnique) as error:  # nothing of it was kept; each of them raises it
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        for unit in units:
            unit.outcome = error


def _begun(connection: sqlite3.Connection) -> None:
    # Here alone a busy file is waited for, so that what waits can be withdrawn.
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    try:
        connection.execute("BEGIN IMMEDIATE")
    finally:
        connection.execute("PRAGMA busy_timeout = 0")


def _at_once(connection: sqlite3.Connection, unit: Unit) -> bool:
    """A single statement commits itself. False where there are several, or the file is busy."""
    if len(unit.statements) > 1 or not unit.intent.begins():
        return False
    try:
        unit.outcome = _fetched(connection, unit.statements[0])
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        unit.intent.begins_later()
        return False
    return True


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
    except Exception as error:  # a value that cannot be bound, too, is one unit's alone
        if not connection.in_transaction:  # a full disk, say: SQLite has undone all of it
            raise
        if also:
            connection.execute("ROLLBACK TO unit")
            connection.execute("RELEASE unit")
        unit.outcome = error


def _fetched(connection: sqlite3.Connection, statement: Statement) -> list[Row]:
    with told():
        return connection.execute(*statement).fetchall()
