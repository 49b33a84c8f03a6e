"""What the stores ask of a database: an SQLite file for one process, or PostgreSQL for several.

Both understand every statement of the stores. What a single statement changes by the row that it writes (`write`,
`guarded`) is safe on both: whoever comes second looks at that row again. What is decided by other rows is safe only when
nobody else decides at that moment: that goes through `transaction` or `alone`.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, TypeVar

from bot.postgres_url import PostgresUrl
from storage.intent import Intent
from storage.notices import Notices

Value = str | int | float | None
Result = TypeVar("Result")
Statement = tuple[str, tuple[Value, ...]]
Address = Path | PostgresUrl
"""Where a database is: the path of an SQLite file, or the URL of PostgreSQL."""


class Row(Protocol):
    """A row, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...

    def keys(self) -> Iterable[str]:
        """The names."""


Execute = Callable[..., Awaitable[list[Row]]]
"""Executes a statement with its parameters inside a transaction."""


TOUCH = "UPDATE presence SET alive_at = alive_at"
"""A write that changes nothing."""


class DatabaseError(Exception):
    """The database cannot be used. The message names the database, what is wrong and what to do."""


class NotUnique(Exception):
    """The statement would have made a second one of what there is only one of; nothing was changed."""


class Database(Protocol):
    """An open database. Get one from `opened`."""

    #: What the processes on one database tell each other.
    notices: Notices
    #: Whether other processes may be on it at the same moment.
    shared: bool

    def hurried(self, seconds: float) -> "Database":
        """The same database for what a person waits for: what has not come to its commit in that time is withdrawn.

        Then `Unanswered` is raised; where the commit is on its way, `Overdue`.
        """

    async def read(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Rows of a query."""

    async def reads(self, *statements: Statement) -> list[list[Row]]:
        """Rows of several queries, each as `read` gives them, for the way of one."""

    async def write(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """One statement, durable when this returns; the rows of its RETURNING. Once begun it ends even if the caller is
        cancelled. Raises `NotUnique`.
        """

    async def alone(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """As `write`, for a statement that decides by other rows than the one it writes."""

    async def guarded(self, guard: Statement, *also: Statement) -> list[Row]:
        """The rows of `guard`, and with them all of `also`; where it has no rows, nothing else is done. Durable as `write`."""

    async def transaction(self, work: Callable[[Execute], Awaitable[Result]]) -> Result:
        """Several statements, all of them or none; `work` gets a function that executes one and returns its rows.

        No other transaction runs at the same time. `work` may be called again when the database went away in it.
        """

    async def ping(self) -> None:
        """Returns when the database has taken a write."""

    def sole(
        self, lost: Callable[[str], None], *, shared: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """Hold the database as the only process that follows its jobs. Raises `DatabaseError` when another one does.

        `shared`: as one of those whose engine gives each job one owner; they and the only one shut each other out.
        `lost` gets a sentence when another one has come in between.
        """


@asynccontextmanager
async def opened(address: Address) -> AsyncIterator[Database]:
    """Open, check and migrate the database. Raises `DatabaseError` when it cannot be used."""
    if isinstance(address, PostgresUrl):
        opening: AbstractAsyncContextManager[Database] = postgres_of_scale().opened(address)
    else:
        from storage import sqlite

        opening = sqlite.opened(address)
    async with opening as database:
        yield database


def postgres_of_scale() -> ModuleType:
    """The module for PostgreSQL, whose driver not everybody has. Raises `DatabaseError` without it."""
    try:
        return importlib.import_module("storage.postgres")
    except ImportError as error:
        raise DatabaseError(
            "REEL_DATABASE is on PostgreSQL, and its driver is not installed here. "
            "Install it with make .venv/scale or pip install -r requirements/scale.txt, or set REEL_DATABASE to a path."
        ) from error


async def to_its_end(work: Callable[[], Awaitable[Result]], intent: Intent) -> Result:
    """Await `work` shielded; a cancellation is passed on only after the work has ended, if whoever asked has the time."""
    task = asyncio.ensure_future(work())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if intent.hurried:
            task.add_done_callback(_let_go)
            raise
        while (
            not task.done()
        ):  # cancelled again meanwhile: the connection must not be closed under the work
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        raise


def _let_go(task: asyncio.Future[Any]) -> None:
    """Nobody waits for its outcome any more."""
    if not task.cancelled():
        task.exception()


def in_list(values: Sequence[Value]) -> str:
    """As many placeholders as there are values, for an IN (…)."""
    return ", ".join("?" * len(values)) or "NULL"
