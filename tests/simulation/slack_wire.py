"""The wire to the world's workspace: a stand-in for the aiohttp session that slack_sdk is given.

Raises what aiohttp raises over a real connection, its total time-out of 30 s included.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Generator
from types import TracebackType
from typing import Any, cast

import aiohttp
from aiohttp.client_reqrep import ConnectionKey

from tests.simulation.slack import Slack
from tests.simulation.slack_files import HOST

_TOTAL_SECONDS = 30.0
_FAULTS = (
    "slack.refused",
    "slack.429",
    "slack.502 in HTML",
    "slack.lost before",
    "slack.lost after",
    "slack.time-out before",
    "slack.time-out after",
    "slack.internal_error",
    "slack.internal_error after",
    "slack.text/plain",
)
_UPLOAD_FAULTS = (
    "upload.refused",
    "upload.lost before",
    "upload.lost after",
    "upload.408 though stored",
    "upload.500 though stored",
)
_COMPLETE = "files.completeUploadExternal"
_PLACE = ConnectionKey("slack.example", 443, True, True, None, None, None)


class Reply:
    """An answer, as slack_sdk reads it."""

    def __init__(self, status: int, body: str, content_type: str, headers: dict[str, str]) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers

    async def json(self) -> Any:
        """The body; raises what aiohttp does for another content type."""
        if self.content_type != "application/json":
            raise aiohttp.ContentTypeError(cast("Any", None), (), message=self.content_type)
        return json.loads(self.body)

    async def text(self) -> str:
        """The body as it came."""
        return self.body


class Call:
    """One request, as an async context manager."""

    def __init__(self, answer: Awaitable[Reply]) -> None:
        self.answer = answer

    async def __aenter__(self) -> Reply:
        return await self.answer

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        return None

    def __await__(self) -> Generator[Any, None, Reply]:
        return self.__aenter__().__await__()


class Wire:
    """One app's way to Slack."""

    closed = False

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self.chance = slack.chance

    def request(self, _verb: str, url: str, **arguments: Any) -> Call:
        """What `aiohttp.ClientSession.request` is to slack_sdk."""
        return Call(self.answer(url, arguments))

    def post(self, url: str, *, data: AsyncIterator[bytes], **_: Any) -> Call:
        """What `aiohttp.ClientSession.post` is to an upload: the body is taken as it comes."""
        return Call(self._uploaded(url, data))

    async def _uploaded(self, url: str, data: AsyncIterator[bytes]) -> Reply:
        fault = self.chance.pick(*_UPLOAD_FAULTS)
        await asyncio.sleep(self.chance.latency())
        if fault == "upload.refused":
            raise aiohttp.ClientConnectorError(_PLACE, OSError(111, "refused"))
        if fault == "upload.lost before":
            await anext(data, None)
            raise aiohttp.ServerDisconnectedError
        status = self.slack.files.store(url.removeprefix(HOST), await _taken(data))
        await asyncio.sleep(self.chance.latency())
        match fault:
            case "upload.lost after":
                raise aiohttp.ServerDisconnectedError
            case "upload.408 though stored":
                status = 408
            case "upload.500 though stored":
                status = 500
        return Reply(status, "OK", "text/plain", {})

    async def answer(self, url: str, arguments: dict[str, Any]) -> Reply:
        """Answer a request, sooner or later."""
        fault = self.chance.pick(*_FAULTS)
        if fault and "/hooks/" in url:
            self.slack.unheard.add(url)
        await asyncio.sleep(self.chance.latency())
        if early := await self._before(fault):
            return early
        if url.endswith(_COMPLETE) and self.chance.hits("slack.completes late"):
            self.slack.files.leave(_content(arguments))
            raise aiohttp.ServerDisconnectedError
        reply = self._effect(url, arguments)
        await asyncio.sleep(self.chance.latency())
        match fault:
            case "slack.lost after":
                raise aiohttp.ServerDisconnectedError
            case "slack.time-out after":
                await asyncio.sleep(_TOTAL_SECONDS)
                raise TimeoutError
            case "slack.internal_error after":
                return _json({"ok": False, "error": "internal_error"})
        return reply

    async def _before(self, fault: str | None) -> Reply | None:
        match fault:
            case "slack.refused":
                raise aiohttp.ClientConnectorError(_PLACE, OSError(111, "refused"))
            case "slack.429":
                seconds = self.chance.random.choice((1, 5, 30, 300))
                return _json(
                    {"ok": False, "error": "ratelimited"}, 429, {"Retry-After": f"{seconds}"}
                )
            case "slack.502 in HTML":
                return Reply(502, "<html>Bad Gateway</html>", "text/html", {})
            case "slack.lost before":
                raise aiohttp.ServerDisconnectedError
            case "slack.time-out before":
                await asyncio.sleep(_TOTAL_SECONDS)
                raise TimeoutError
            case "slack.internal_error":
                return _json({"ok": False, "error": "internal_error"})
            case "slack.text/plain":
                return Reply(503, "upstream connect error", "text/plain", {})
        return None

    def _effect(self, url: str, arguments: dict[str, Any]) -> Reply:
        if "/hooks/" in url:
            status = self.slack.whisper(url, json.loads(arguments["data"]))
            return Reply(status, "ok" if status == 200 else "expired_url", "text/plain", {})
        return _json(self.slack.call(url.rsplit("/", 1)[1], _content(arguments)))


def _content(arguments: dict[str, Any]) -> dict[str, Any]:
    return arguments.get("json") or arguments.get("data") or arguments.get("params") or {}


async def _taken(data: AsyncIterator[bytes]) -> bytes:
    try:
        return b"".join([chunk async for chunk in data])
    except Exception as error:
        raise aiohttp.ClientConnectionError("Failed to send bytes") from error


def _json(
    answer: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> Reply:
    return Reply(status, json.dumps(answer), "application/json", headers or {})
