"""Notices among the processes on one PostgreSQL: NOTIFY tells, and one connection of each process listens.

Source: https://www.postgresql.org/docs/current/sql-notify.html
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection

from storage.intent import Unanswered
from storage.notices import Hear, Notices, Topic

AGAIN_SECONDS = 1.0
"""The pause before the next try when the server is away."""
_CHANNEL = "reel"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class PostgresNotices(Notices):
    """Notices of one process, known to the others by a random name, since the server tells everybody their own too."""

    connect: Callable[[], Awaitable[AsyncConnection[Any]]]
    _heard: dict[Topic, Hear] = field(default_factory=dict)
    #: What is to be told: each once, however often it was said since the last way to the server.
    _untold: dict[str, None] = field(default_factory=dict)
    _said: asyncio.Event = field(default_factory=asyncio.Event)
    _listening: asyncio.Event = field(default_factory=asyncio.Event)
    _interrupted: bool = False
    _me: str = field(default_factory=lambda: secrets.token_hex(4))

    def tell(self, topic: Topic, subject: str = "") -> None:
        """Tell the others, soon."""
        self._untold[f"{self._me} {topic} {subject}"] = None
        self._said.set()

    def hear(self, topic: Topic, heard: Hear) -> None:
        """Call `heard` for each notice of the others, and with "" once the connection was away."""
        self._heard[topic] = heard

    @asynccontextmanager
    async def exchanged(self, write: Callable[..., Awaitable[object]]) -> AsyncIterator[None]:
        """Listen and tell while the block runs; it begins when the process listens."""
        tasks = [
            asyncio.create_task(self._listen(), name="notices heard"),
            asyncio.create_task(self._tell(write), name="notices told"),
        ]
        try:
            await self._listening.wait()
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _tell(self, write: Callable[..., Awaitable[object]]) -> None:
        while True:
            await self._said.wait()
            self._said.clear()
            told, self._untold = list(self._untold), {}
            for notice in told:
                try:
                    await write("SELECT pg_notify(?, ?)", (_CHANNEL, notice))
                except (
                    Unanswered
                ):  # perhaps for this process alone: then nobody looks for themselves
                    self._untold[notice] = None
                    self._said.set()
                    await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        while True:
            try:
                async with await self.connect() as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}")
                    if self._interrupted:
                        log.info("notices_resumed")
                        self._interrupted = False
                    self._listening.set()
                    self._missed()
                    async for notice in connection.notifies():
                        self._take(notice.payload)
            except (psycopg.Error, OSError) as error:
                if not self._interrupted:  # once for each outage, however often it is tried
                    log.warning("notices_interrupted", error=type(error).__name__)
                self._interrupted = True
            await asyncio.sleep(AGAIN_SECONDS)

    def _missed(self) -> None:
        for heard in self._heard.values():
            heard("")

    def _take(self, payload: str) -> None:
        sender, _, said = payload.partition(" ")
        topic, _, subject = said.partition(" ")
        known = topic in set(Topic)  # a newer version may say more
        if sender != self._me and known and (heard := self._heard.get(Topic(topic))):
            heard(subject)
