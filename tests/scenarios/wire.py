"""A Clip API on a real socket whose every answer is written by the test, byte by byte where it matters."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

ID = "0b6f2c1e-6f0d-4a57-9a0b-3f5a3f1f7c11"
CLIP = {
    "title": "Top Moments",
    "video_url": "https://cdn.example.com/clip.mp4",
    "caption": "The best bits",
    "hashtags": ["#clip"],
    "ai_score": 85,
}


@dataclass(slots=True)
class Wire:
    """`on_post` and `on_get` answer in turn; the last one goes on answering. `posts` are the bodies that arrived."""

    on_post: list[Answer] = field(default_factory=list)
    on_get: list[Answer] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    gets: int = 0
    address: str = ""
    _runner: web.AppRunner | None = None
    _made: dict[str, object] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def start(self) -> None:
        """Listen; again on the same port after `stop`."""
        application = web.Application()
        application.router.add_post("/{path:.*}", self._post)
        application.router.add_get("/{path:.*}", self._get)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        port = int(self.address.rsplit(":", 1)[1]) if self.address else 0
        await web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True).start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Refuse connections."""
        assert self._runner is not None
        await self._runner.cleanup()

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def accepts_and_cuts(self, **change: object) -> Answer:
        """Take the POST, make the job, lose the answer; list and GET know the job then, with `change`."""

        async def answer(request: web.Request) -> web.StreamResponse:
            body = self.posts[-1]
            self._made = {
                **generation("completed", output=[CLIP], created_at=datetime.now(UTC).isoformat()),
                **{name: body[name] for name in body if name != "stream"},
                **change,
            }
            if not self.on_get:
                self.serve_list()
            return await cut()(request)

        return answer

    def serve_list(self) -> None:
        """GET answers with the list of the one job, or with the job."""

        async def answer(request: web.Request) -> web.StreamResponse:
            is_list = request.path.endswith("/clips")
            return web.json_response({"items": [self._made]} if is_list else self._made)

        self.on_get = [answer]

    async def _post(self, request: web.Request) -> web.StreamResponse:
        self.posts.append(await request.json())
        return await _next(self.on_post)(request)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self.gets += 1
        return await _next(self.on_get or [_UNKNOWN])(request)


def _next(answers: list[Answer]) -> Answer:
    return answers.pop(0) if len(answers) > 1 else answers[0]


def generation(status: str, **more: object) -> dict[str, object]:
    """A job object as Reka sends it."""
    return {"id": ID, "status": status, "video_urls": [], "output": [], **more}


def stream(*statuses: str, ending: str = "close", **last: object) -> Answer:
    """Events with these statuses, then the end: `close`, `break` (the connection is cut) or `silence`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number, status in enumerate(statuses, start=1):
            more = last if number == len(statuses) else {}
            event = json.dumps(generation(status, **more))
            await response.write(f"data: {event}\n\n".encode())
        if ending == "break":
            _cut(request)
        if ending == "silence":
            await asyncio.Event().wait()
        return response

    return answer


def as_json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """A JSON answer."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return answer


_UNKNOWN = as_json({"error": {"type": "not_found_error", "message": "not known"}}, 404)


def as_html(status: int) -> Answer:
    """What a proxy says when what is behind it is not there."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(
            text="<html>Bad Gateway</html>", status=status, content_type="text/html"
        )

    return answer


def cut() -> Answer:
    """The body is read, then the connection is lost without an answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        _cut(request)
        await asyncio.Event().wait()
        raise AssertionError

    return answer


def _cut(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()


def held(until: asyncio.Event, then: Answer | None = None) -> Answer:
    """Accepts, but answers only when it may; `then` is the answer, an accepted job unless it says otherwise."""

    async def answer(request: web.Request) -> web.StreamResponse:
        await until.wait()
        return await (then or as_json(generation("queued")))(request)

    return answer
