"""The wire to the world's Clip API, as an httpx transport: answers, broken answers, and answers that never come.

Raises what httpx raises over a real connection; the app's own time-outs are kept, since httpx leaves them to its transport.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextvars import ContextVar
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.simulation.reka import Generation, Post, Reka

FOLLOWED: ContextVar[str] = ContextVar("followed", default="?")
"""The job that the present task follows."""
_DEADLINE = 599.0
"""Seconds after which the app may give a POST up."""
_FOREVER = 7 * 24 * 3600.0
_REPEAT_SECONDS = 20.0
_HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"

_POST_FAULTS = (
    "post.refused",
    "post.connect time-out",
    "post.broke before it landed",
    "post.broke after it landed",
    "post.silence after it landed",
    "post.silence, not landed",
    "post.500 in HTML, not landed",
    "post.502 in HTML, landed",
    "post.429 of another tool",
    "post.422",
    "post.401",
    "post.garbled, landed",
    "post.first chunk broken",
)
CLIPS_HOST = "cdn.example"
_CLIP_FAULTS = (
    "clip.refused",
    "clip.silence",
    "clip.403",
    "clip.404",
    "clip.500 in HTML",
    "clip.HTML",
    "clip.no length",
    "clip.breaks",
)
_READ_FAULTS = (
    "read.refused",
    "read.broke",
    "read.silence",
    "read.502 in HTML",
    "read.429",
    "read.401",
    "read.404 by mistake",
    "read.garbled",
)


class Wire(httpx.AsyncBaseTransport):
    """One app's way to Reka."""

    def __init__(self, reka: Reka) -> None:
        self.reka = reka
        self.chance = reka.chance
        self.stopping = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, sooner or later."""
        if request.method == "POST":
            return await self._post(request)
        if request.url.host == CLIPS_HOST:
            return await self._clip(request)
        return await self._read(request)

    async def _post(self, request: httpx.Request) -> httpx.Response:
        post = self.reka.send(json.loads(request.content), FOLLOWED.get())
        try:
            return await self._answered(post, request)
        except asyncio.CancelledError:
            post.torn = not self.stopping and self.reka.clock.seconds - post.sent < _DEADLINE
            raise

    async def _answered(self, post: Post, request: httpx.Request) -> httpx.Response:
        fault = "post.401" if self.reka.is_revoked() else self.chance.pick(*_POST_FAULTS)
        if fault in {"post.refused", "post.connect time-out"}:
            await asyncio.sleep(0.1 if fault == "post.refused" else 10.0)
            post.cleared = True
            raise _unconnected(fault, request)
        if fault in _NOT_LANDING:
            return await self._not_landing(post, fault, request)
        return await self._landing(post, fault, request)

    async def _not_landing(self, post: Post, fault: str, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self.chance.latency())
        match fault:
            case "post.broke before it landed":
                raise httpx.ReadError("reset", request=request)
            case "post.silence, not landed":
                await _silence(request)
            case "post.500 in HTML, not landed":
                return _html(500, request)
            case "post.429 of another tool":
                post.cleared = True
                return _error(
                    429, "rate_limit_error", request, self.chance.random.choice((0, 30, 400))
                )
            case "post.422":
                post.cleared = True
                return _error(422, "validation_error", request)
        post.cleared = True
        return _error(401, "authentication_error", request)

    async def _landing(
        self, post: Post, fault: str | None, request: httpx.Request
    ) -> httpx.Response:
        slow = self.chance.hits("post.lands late")
        delay = self.chance.random.uniform(1, 50) if slow else self.chance.latency()
        # From here on it is on its way: it lands even if the app is gone by then.
        post.lands = self.reka.clock.seconds + delay
        await asyncio.sleep(delay)
        self.reka.settle()
        if post.landed is None:
            post.cleared = True
            return self._too_many(request)
        await asyncio.sleep(self.chance.latency())
        match fault:
            case "post.broke after it landed":
                raise httpx.ReadError("reset", request=request)
            case "post.silence after it landed":
                await _silence(request)
            case "post.502 in HTML, landed":
                return _html(502, request)
            case "post.garbled, landed":
                return httpx.Response(200, json={"ok": True}, request=request)
        return self._accepted(post, fault, request)

    def _accepted(self, post: Post, fault: str | None, request: httpx.Request) -> httpx.Response:
        generation = post.generation
        assert generation is not None
        if not post.body["stream"] or self.chance.hits("post.json, no stream"):
            shown = generation.shown(self.reka.clock.seconds)
            return httpx.Response(202, headers=self._quota(), json=shown, request=request)
        broken = fault == "post.first chunk broken"
        stream = _Events(self, generation, broken, request)
        headers = {"content-type": "text/event-stream", **self._quota()}
        return httpx.Response(200, headers=headers, stream=stream, request=request)

    def _quota(self) -> dict[str, str]:
        if self.chance.hits("reka.no quota headers"):
            return {}
        now = self.reka.clock.seconds
        return {
            "x-request-id": f"{self.chance.random.getrandbits(48):012x}",
            "x-ratelimit-requests-limit": str(self.reka.limit),
            "x-ratelimit-requests-remaining": str(self.reka.free(now)),
            "x-ratelimit-requests-reset": str(int(self.reka.next_free(now))),
            "retry-after": "0",
        }

    def _too_many(self, request: httpx.Request) -> httpx.Response:
        wait = int(self.reka.next_free(self.reka.clock.seconds)) + 1
        return _error(429, "rate_limit_error", request, wait)

    async def _read(self, request: httpx.Request) -> httpx.Response:
        self.reka.settle()
        fault = "read.401" if self.reka.is_revoked() else self.chance.pick(*_READ_FAULTS)
        await asyncio.sleep(self.chance.latency())
        match fault:
            case "read.refused":
                raise httpx.ConnectError("refused", request=request)
            case "read.broke":
                raise httpx.ReadError("reset", request=request)
            case "read.silence":
                await _silence(request)
            case "read.502 in HTML":
                return _html(502, request)
            case "read.429":
                return _error(
                    429, "rate_limit_error", request, self.chance.random.choice((1, 60, 600))
                )
            case "read.401":
                return _error(401, "authentication_error", request)
            case "read.404 by mistake":
                return _error(404, "not_found_error", request)
            case "read.garbled":
                return httpx.Response(200, text="]", request=request)
        return self._answer(request)

    async def _clip(self, request: httpx.Request) -> httpx.Response:
        fault = self.chance.pick(*_CLIP_FAULTS)
        await asyncio.sleep(self.chance.latency())
        match fault:
            case "clip.refused":
                raise httpx.ConnectError("refused", request=request)
            case "clip.silence":
                await _silence(request)
            case "clip.403" | "clip.404":
                return httpx.Response(int(fault[-3:]), text="<Error/>", request=request)
            case "clip.500 in HTML":
                return _html(500, request)
            case "clip.HTML":
                return _html(200, request)
        octets = clip_octets(request.url.path)
        headers = {"content-type": "video/mp4", "content-length": str(len(octets))}
        if fault == "clip.no length":
            headers.pop("content-length")
        stream = _Octets(self, octets, fault == "clip.breaks", request)
        return httpx.Response(200, headers=headers, stream=stream, request=request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        tail = request.url.path.removeprefix("/v1/clips").removeprefix("/v1/creator/reels")
        if tail in {"", "/"}:
            return self._list(request)
        generation = self.reka.find(tail.strip("/"))
        if generation is None:
            return _error(404, "not_found_error", request)
        self.reka.gets[generation.id] += 1
        shown = generation.shown(self.reka.clock.seconds)
        return httpx.Response(200, json=shown, headers=self._quota(), request=request)

    def _list(self, request: httpx.Request) -> httpx.Response:
        if not self.reka.lists or not request.url.path.startswith("/v1/clips"):
            return _error(404, "not_found_error", request)
        query = parse_qs(urlsplit(str(request.url)).query)
        offset, limit = (int(query.get(name, [str(usual)])[0]) for name, usual in _PAGE)
        newest = [job for job in reversed(self.reka.generations.values()) if self.reka.find(job.id)]
        now = self.reka.clock.seconds
        items = [
            {name: job.shown(now)[name] for name in ("id", "status", "video_urls", "prompt")}
            for job in newest[offset : offset + limit]
        ]
        return httpx.Response(200, json={"items": items}, request=request)


_PAGE = (("offset", 0), ("limit", 20))
_NOT_LANDING = {
    "post.broke before it landed",
    "post.silence, not landed",
    "post.500 in HTML, not landed",
    "post.429 of another tool",
    "post.422",
    "post.401",
}


def clip_octets(path: str) -> bytes:
    """What the clip at this path consists of: enough to tell it from all others."""
    return f"the clip {path}".encode()


class _Octets(httpx.AsyncByteStream):
    """A clip on its way, in two pieces."""

    def __init__(self, wire: Wire, octets: bytes, broken: bool, request: httpx.Request) -> None:
        self.wire, self.broken, self.request = wire, broken, request
        self.pieces = [octets[:9], octets[9:]]
        wire.reka.open_streams.add(id(self))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
            await asyncio.sleep(self.wire.chance.latency())
            if self.broken:
                raise httpx.ReadError("reset", request=self.request)

    async def aclose(self) -> None:
        """The app has let go of it."""
        self.wire.reka.open_streams.discard(id(self))


class _Events(httpx.AsyncByteStream):
    """The stream of a job: each stage as it comes, repeated while it lasts; and what can go wrong on the way."""

    def __init__(self, wire: Wire, job: Generation, broken: bool, request: httpx.Request) -> None:
        self.wire, self.job, self.request = wire, job, request
        self.chance = wire.chance
        self.broken = broken
        self.rest = b""
        self.last = False
        self.shown: str | None = None
        wire.reka.open_streams.add(id(self))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def aclose(self) -> None:
        """The app has closed the stream."""
        self.wire.reka.open_streams.discard(id(self))

    async def __anext__(self) -> bytes:
        if not self.rest:
            await self._wait()
            self.rest = self._event()
        cut = len(self.rest)
        if self.chance.hits("stream.cut anywhere"):
            cut = self.chance.random.randrange(1, len(self.rest) + 1)
        chunk, self.rest = self.rest[:cut], self.rest[cut:]
        return chunk

    async def _wait(self) -> None:
        if self.last:
            raise StopAsyncIteration
        if self.broken:
            raise httpx.RemoteProtocolError("peer closed", request=self.request)
        if self.shown is not None:
            match self.chance.pick("stream.ends early", "stream.breaks", "stream.stalls"):
                case "stream.ends early":
                    raise StopAsyncIteration
                case "stream.breaks":
                    raise httpx.ReadError("reset", request=self.request)
                case "stream.stalls":
                    await _silence(self.request)
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        now = self.wire.reka.clock.seconds
        later = [since for since, _ in self.job.stages if since > now]
        return min([_REPEAT_SECONDS, *(since - now for since in later)])

    def _event(self) -> bytes:
        now = self.wire.reka.clock.seconds
        shown = self.job.shown(now)
        self.last, self.shown = self.job.ended(now), shown["status"]
        event = f"data: {json.dumps(shown, ensure_ascii=False)}\n\n".encode()
        if self.chance.hits("stream.odd lines"):
            event = b": ping\nretry: 10\n\ndata: [DONE]\n\nevent: x\n" + event
        if self.chance.hits("stream.repeats"):
            event += event
        return event


async def _silence(request: httpx.Request) -> None:
    read = request.extensions.get("timeout", {}).get("read")
    await asyncio.sleep(_FOREVER if read is None else read)
    raise httpx.ReadTimeout("silence", request=request)


def _unconnected(fault: str, request: httpx.Request) -> httpx.TransportError:
    if fault == "post.refused":
        return httpx.ConnectError("refused", request=request)
    return httpx.ConnectTimeout("no answer", request=request)


def _html(status: int, request: httpx.Request) -> httpx.Response:
    return httpx.Response(status, html=_HTML, request=request)


def _error(
    status: int, kind: str, request: httpx.Request, retry_after: float | None = None
) -> httpx.Response:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    body = {"error": {"type": kind, "message": "No."}}
    return httpx.Response(status, headers=headers, json=body, request=request)
