"""`python -m bench.clip_service`: a clip service that only emits events, written on bare sockets so that it costs next to nothing.

A POST to a job path opens a stream and brings its first event; a GET answers that the job is being worked on. What the
streams say next is ordered over `/control/…`. Times are of the system-wide monotonic clock, in seconds.
"""

import asyncio
import itertools
import json
import resource
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

TICK_SECONDS = 0.01
"""How often it is looked whether the other side has done its part."""
_JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
_STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_OUTPUT = {
    "title": "The moment",
    "video_url": "https://cdn.example/clip.mp4",
    "caption": "It happens here",
    "hashtags": ["#clip"],
    "ai_score": 90,
}


def event(job: str, status: str) -> bytes:
    """A job as the Clip API tells it, as one chunk of a stream."""
    output = [_OUTPUT] if status == "completed" else []
    body = {"id": job, "status": status, "output": output, "error_message": None}
    data = b"data: %s\n\n" % json.dumps(body).encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


@dataclass(slots=True)
class Streams:
    """The open streams by job, and what is to be known about them afterwards."""

    open: dict[str, asyncio.Transport] = field(default_factory=dict)
    closed: int = 0
    #: When each id was asked for first.
    asked: dict[str, float] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def begin(self, transport: asyncio.Transport) -> str:
        """A new job, and its stream with the first event."""
        job = f"gen-{next(self.numbers):08d}"
        self.open[job] = transport
        transport.write(_STREAM + event(job, "queued"))
        return job

    def forget(self, job: str) -> None:
        """The other side has closed the stream."""
        self.open.pop(job, None)
        self.closed += 1

    async def emit(self, count: int, rate: float, first: int) -> list[tuple[str, float]]:
        """So many events, `rate` a second at the most, each with a stage of its own, over the streams in turn: (stage, when it left).

        One that is late is not caught up with: events that come in one bunch cost the other side less.
        """
        left: list[tuple[str, float]] = []
        for number, job in enumerate(itertools.islice(itertools.cycle(list(self.open)), count)):
            await asyncio.sleep(1 / rate)
            stage = f"stage-{first + number}"
            left.append((stage, time.monotonic()))
            self.open[job].write(event(job, stage))
        return left

    async def finish(self) -> float:
        """Complete every job; the seconds until the other side has closed every stream."""
        began = time.monotonic()
        for job, transport in list(self.open.items()):
            transport.write(event(job, "completed") + b"0\r\n\r\n")
        return await _when(lambda: not self.open) - began


class Connection(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._received = b""
        self._job: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._job is not None:
            self._streams.forget(self._job)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (request := self._taken()) is not None:
            self._answer(*request)

    def _taken(self) -> tuple[str, str, bytes] | None:
        """Method, path and body of the next whole request."""
        head, found, rest = self._received.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.lower()[:15] == _LENGTH), 0)
        if not found or len(rest) < length:
            return None
        self._received = rest[length:]
        method, path, _ = lines[0].decode().split(" ")
        return method, path, rest[:length]

    def _answer(self, method: str, path: str, body: bytes) -> None:
        if path.startswith("/control/"):
            task = asyncio.create_task(self._ordered(path.rsplit("/", 1)[1], json.loads(body)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif method == "POST":
            self._job = self._streams.begin(self._transport)
        else:
            job = path.rsplit("/", 1)[1]
            self._streams.asked.setdefault(job, time.monotonic())
            self._json({"id": job, "status": "processing", "output": []})

    async def _ordered(self, name: str, body: dict[str, Any]) -> None:
        self._json(await ORDERS[name](self._streams, **body))

    def _json(self, answer: object) -> None:
        content = json.dumps(answer).encode()
        self._transport.write(_JSON % (len(content), content))


_LENGTH = b"content-length:"


async def _opened(streams: Streams, count: int) -> float:
    """When `count` streams are open."""
    return await _when(lambda: len(streams.open) >= count)


async def _followed(streams: Streams, count: int) -> float:
    """When so many ids have been asked for; and no sooner than the last of them."""
    await _when(lambda: len(streams.asked) >= count)
    return max(streams.asked.values())


async def _when(true: Callable[[], bool]) -> float:
    while not true():  # noqa: ASYNC110  no event is set on the way of what is measured
        await asyncio.sleep(TICK_SECONDS)
    return time.monotonic()


ORDERS: dict[str, Callable[..., Awaitable[object]]] = {
    "emit": Streams.emit,
    "finish": Streams.finish,
    "opened": _opened,
    "followed": _followed,
}


async def serve() -> None:
    """Listen until SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    streams = Streams()
    server = await loop.create_server(lambda: Connection(streams), "127.0.0.1", 0, backlog=8192)
    async with server:
        print(f"clip service listening on {_address(server.sockets)}", flush=True)  # noqa: T201
        await stop.wait()


def _address(sockets: Iterable[Any]) -> str:
    [listener] = sockets
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(serve())
