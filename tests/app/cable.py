"""Between the app and PostgreSQL: a connection that is cut at the worst moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from bot.postgres_url import PostgresUrl


class Cut(Enum):
    """When the connection is cut: before the server hears the statement, while it is at it, or after it has answered."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


@dataclass(slots=True)
class Cable:
    """Between the app and the server. It is cut, once, at the first statement with these words in it."""

    port: int
    words: bytes | None = None
    cut: Cut = Cut.AFTER
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def cut_at(self, words: str, cut: Cut) -> None:
        self.words, self.cut = words.encode(), cut

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            self._tasks.add(task)
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        answers = asyncio.create_task(_piped(there, writer))
        try:
            while asked := await reader.read(65536):
                if self.words is not None and self.words in asked:
                    self.words = None
                    answers.cancel()
                    await asyncio.wait({answers})
                    await self._answered(asked, there, back)
                    break
                back.write(asked)
        finally:
            answers.cancel()
            for end in (writer, back):
                end.close()
            await asyncio.wait({answers})

    async def _answered(
        self, asked: bytes, there: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> None:
        if self.cut is not Cut.BEFORE:
            back.write(asked)
            await back.drain()
        if self.cut is Cut.AFTER:
            await there.read(65536)  # by then it is done

    async def away(self) -> None:
        """End every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _piped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while said := await reader.read(65536):
            writer.write(said)
    writer.close()


@asynccontextmanager
async def laid(url: PostgresUrl) -> AsyncIterator[tuple[Cable, PostgresUrl]]:
    """A cable, and the URL at its near end."""
    port = urlsplit(url.get_secret_value()).port or 0
    cable = Cable(port)
    near = await asyncio.start_server(cable.carry, "127.0.0.1", 0)
    address = near.sockets[0].getsockname()[1]
    yield cable, PostgresUrl(url.get_secret_value().replace(f":{port}/", f":{address}/"))
    near.close()
    await cable.away()
