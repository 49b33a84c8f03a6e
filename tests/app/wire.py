"""A server that plays bytes: for each request it notes what came and plays the next piece."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """What one request brought; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Wire:
    """A running player. The last piece is played for every further request."""

    plays: tuple[Play, ...]
    address: str = ""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    #: Set when a connection has ended, from either side.
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if task := asyncio.current_task():
            self._tasks.add(task)
        try:
            self.requests.append(await _request(reader))
            await self.plays[min(len(self.requests), len(self.plays)) - 1](reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self.ended.set()


@asynccontextmanager
async def playing(*plays: Play) -> AsyncIterator[Wire]:
    """A player on a free port of 127.0.0.1."""
    wire = Wire(plays)
    server = await asyncio.start_server(wire._serve, "127.0.0.1", 0)
    wire.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        for task in wire._tasks:
            task.cancel()
        await asyncio.gather(*wire._tasks, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *fields = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    method, target, _ = line.split(" ")
    return Request(
        method, target, headers, await reader.readexactly(int(headers.get("content-length", 0)))
    )


def said(status: int, body: bytes = b"", /, **headers: str) -> Play:
    """A whole answer; `content_type="text/html"` becomes `content-type: text/html`."""

    async def play(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(_head(status, {"content_length": str(len(body)), **headers}) + body)
        await writer.drain()

    return play


def as_json(status: int, value: object, **headers: str) -> Play:
    return said(status, json.dumps(value).encode(), content_type="application/json", **headers)


def streamed(*pieces: bytes, end: Play | None = None) -> Play:
    """An event stream, each piece a chunk of its own; `end` takes the place of the last chunk."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind = {"content_type": "text/event-stream", "transfer_encoding": "chunked"}
        writer.write(_head(200, kind))
        for piece in pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await (end or raw(b"0\r\n\r\n"))(reader, writer)

    return play


def raw(content: bytes) -> Play:
    """Just these bytes, then the connection is closed."""

    async def play(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return play


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Nothing more, with the connection open until the other side leaves."""
    await writer.drain()
    await reader.read()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """RST in place of an orderly end."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def event(**job: object) -> bytes:
    """A job as one event, as Reka writes it."""
    return b"data: " + json.dumps(job, ensure_ascii=False).encode() + b"\n\n"


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status} Said", "connection: close", *lines, "", ""]).encode()
