"""Where the clips lie: a host of its own on a real socket, whose every answer is written by the test."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.scenarios.wire import Answer

CLIP_OCTETS = bytes(range(256)) * 64


@dataclass(slots=True)
class ClipHost:
    """Each GET of a path is answered by the next of its `answers`, the last one for ever. `headers` are what came."""

    address: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)

    def at(self, path: str, *answers: Answer) -> str:
        """Answer a path in this way; its address."""
        self.answers[path] = list(answers)
        return self.address + path

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        answers = self.answers[request.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return await answer(request)


@asynccontextmanager
async def clip_host() -> AsyncIterator[ClipHost]:
    """A host that listens."""
    host = ClipHost()
    application = web.Application()
    application.router.add_get("/{path:.*}", host._get)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield host
    finally:
        await runner.cleanup()


def video(octets: bytes = CLIP_OCTETS) -> Answer:
    """The clip, with its length."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=octets, content_type="video/mp4")

    return answer


def page(status: int) -> Answer:
    """A page in place of the clip."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="<html>Sign in</html>", content_type="text/html")

    return answer


def moved(to: str) -> Answer:
    """It is to be had elsewhere."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(to)

    return answer


def packed(encoding: str) -> Answer:
    """The clip as a host packs it that does not listen to what we accept; its length is that of the packed octets."""
    octets = gzip.compress(CLIP_OCTETS) if encoding == "gzip" else CLIP_OCTETS[::2]

    async def answer(_request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "video/mp4", "Content-Encoding": encoding}
        return web.Response(body=octets, headers=headers)

    return answer


def chunked() -> Answer:
    """The clip, without a word about its length."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(CLIP_OCTETS)
        return response

    return answer


def torn(until: asyncio.Event | None = None) -> Answer:
    """Half of the clip, then the connection is lost; at once, or when it may be."""

    async def answer(request: web.Request) -> web.StreamResponse:
        length = {"Content-Type": "video/mp4", "Content-Length": str(len(CLIP_OCTETS))}
        response = web.StreamResponse(headers=length)
        await response.prepare(request)
        await response.write(CLIP_OCTETS[: len(CLIP_OCTETS) // 2])
        if until is not None:
            await until.wait()
        assert request.transport is not None
        request.transport.abort()
        return response

    return answer
