"""aiosqlite without its thread: each call runs at once in the loop, with a chance for other tasks before and after.

With the thread, runs with crashes do not replay. What stays as it is there: a call whose await is cancelled is made all
the same, and a statement that was executed but not fetched is not durable.
"""

import asyncio
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiosqlite


@dataclass(slots=True)
class Connections:
    """The connections opened in one process of the simulation."""

    random: Random
    opened: list[aiosqlite.Connection] = field(default_factory=list)

    def left_open(self) -> int:
        """How many were not closed."""
        return sum(connection._connection is not None for connection in self.opened)

    def drop(self) -> None:
        """Let go of what a killed process left, without a warning."""
        for connection in self.opened:
            if (left := connection._connection) is not None:
                connection._connection = None
                left.close()


@contextmanager
def inline(connections: Connections) -> Iterator[None]:
    """While the block runs, every aiosqlite connection is one of these."""

    async def pause() -> None:
        for _ in range(connections.random.choice((1, 1, 1, 2, 3))):
            await asyncio.sleep(0)

    async def execute(self: aiosqlite.Connection, fn: Callable[..., Any], *args: Any) -> Any:
        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        try:
            await pause()
        except asyncio.CancelledError:
            fn(*args)  # the thread would have run it all the same
            raise
        result = fn(*args)
        await pause()
        return result

    async def connect(self: aiosqlite.Connection) -> aiosqlite.Connection:
        await pause()
        self._connection = self._connector()
        connections.opened.append(self)
        await pause()
        return self

    def awaited(self: aiosqlite.Connection) -> Generator[Any, None, aiosqlite.Connection]:
        return connect(self).__await__()

    def stop(self: aiosqlite.Connection) -> None:
        self._running = False

    replaced = {"_execute": execute, "_connect": connect, "__await__": awaited, "stop": stop}
    kept = {name: getattr(aiosqlite.Connection, name) for name in replaced}
    for name, function in replaced.items():
        setattr(aiosqlite.Connection, name, function)
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(aiosqlite.Connection, name, function)
