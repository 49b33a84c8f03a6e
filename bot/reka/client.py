"""The Clip API in both dialects. All httpx lives in this package.

A submission runs on a client, and so a connection, of its own: a connection that was kept alive can be closed by the
server under the POST, which nobody could tell from a POST that landed; and many streams in one client cost the square
of their number. Reads share one further client.
"""

import math
import ssl
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote

import httpx
import httpx_sse
import stamina
from pydantic import ValidationError

from bot.reka import retry
from bot.reka.connection import CONNECT_SECONDS, READ_SECONDS, on_this_machine, translated
from bot.reka.download import Download, downloading
from bot.reka.errors import Fault, Garbled, NotFound, status_error
from bot.reka.models import Generation, Listing, RateLimit, Receipt, from_json, storable

PATHS = {"reels": "/v1/creator/reels", "clips": "/v1/clips"}
"""The two dialects: same body, same answers. Only `clips` documents a list and a delete."""

SUBMIT_SECONDS = 600.0
"""How long a submission may stay silent before httpx gives up. The follower has its own, shorter patience."""


@dataclass(frozen=True, slots=True)
class Submission:
    """An accepted POST: what its headers said, and the job as it goes on, event by event (one event for JSON)."""

    receipt: Receipt
    generations: AsyncIterator[Generation]


@dataclass(slots=True)
class RekaClient:
    """Use as an async context manager. `transport` stands in for the network in tests; `hooks` are httpx's event hooks."""

    base_url: str
    api_key: str = field(repr=False)
    dialect: str = "reels"
    transport: httpx.AsyncBaseTransport | None = None
    hooks: Mapping[str, list[Callable[..., Any]]] = field(default_factory=dict)
    _ssl: ssl.SSLContext = field(init=False, repr=False)
    _reads: httpx.AsyncClient = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._ssl = httpx.create_ssl_context()
        self._reads = self._client(READ_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reads.aclose()

    def _client(self, read_seconds: float) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.base_url.rstrip("/"),
            headers={"X-Api-Key": self.api_key, "User-Agent": "reel"},
            timeout=httpx.Timeout(CONNECT_SECONDS, read=read_seconds, write=READ_SECONDS),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            verify=self._ssl,
            trust_env=not on_this_machine(self.base_url),
            transport=self.transport,
            event_hooks=self.hooks,
        )

    @asynccontextmanager
    async def submit(
        self, body: Mapping[str, object], *, stream: bool = True
    ) -> AsyncIterator[Submission]:
        """POST a request once and yield what comes back; never sent again from here.

        A JSON answer with any 2xx is an acceptance too: its one generation is yielded. Raises `NotLanded`, `Broken` or
        a `StatusError` on entering; the iteration raises `Broken` when the stream does not end cleanly.
        """
        payload = {**body, "stream": stream}
        async with AsyncExitStack() as stack:
            with translated():
                client = await stack.enter_async_context(self._client(SUBMIT_SECONDS))
                request = client.build_request("POST", PATHS[self.dialect], json=payload)
                if stream:
                    request.headers["Accept"] = "text/event-stream"
                response = await client.send(request, stream=True)
                stack.push_async_callback(response.aclose)
                generations = await self._answered(response)
                # Not left to the garbage collector, which would close it at a moment of its own.
                stack.push_async_callback(generations.aclose)
            yield Submission(_receipt(response), generations)

    async def _answered(self, response: httpx.Response) -> AsyncGenerator[Generation, None]:
        # Status and content type first: a 502 in HTML is not a stream, and a 202 in JSON is an acceptance.
        if not response.is_success:
            await response.aread()
            raise status_error(_fault(response))
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return _events(response)
        await response.aread()
        return _once(_generation(response.content))

    async def get(self, generation_id: str) -> Generation:
        """The job as it stands. Read errors, 429 and 5xx are tried again a few times."""
        try:
            response = await self._read("GET", self._path_of(generation_id))
        except NotFound as error:
            if error.fault.kind or error.fault.message:
                raise
            # A gateway's page says nothing about the job.
            raise Garbled("a 404 that is not Reka's") from error
        return _generation(response.content)

    async def list(self, *, offset: int = 0, limit: int = 20) -> tuple[Generation, ...]:
        """A page of this key's jobs. Only the newer dialect documents it, so it is always asked there."""
        response = await self._read("GET", f"{PATHS['clips']}?offset={offset}&limit={limit}")
        try:
            return Listing.model_validate(from_json(response.content)).items
        except ValueError as error:
            raise Garbled("the list cannot be read") from error

    async def delete(self, generation_id: str) -> None:
        """Delete a completed or failed job (newer dialect). The answer's body is not read: 2xx is enough."""
        await self._read("DELETE", self._path_of(generation_id))

    async def knock(self) -> str | None:
        """Ask once for a job that nobody has: free, and tells whether the key is accepted. The answer's Date header.

        Raises `RekaError` for every answer but the API's own 404.
        """
        with translated():
            response = await self._reads.get(self._path_of(str(uuid.uuid4())))
        error = status_error(_fault(response))
        if not isinstance(error, NotFound):
            raise error
        if not _error_object(response.content):
            raise Garbled("a 404 that is not the Clip API's")
        return _string(response.headers.get("date"))

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator[Download]:
        """The octets of a clip, as they come. Our key stays here: the clip's host is not Reka. Raises as `downloading`."""
        async with downloading(url, self._ssl, self.transport) as download:
            yield download

    @property
    def can_list(self) -> bool:
        """True where the dialect documents a list."""
        return self.dialect == "clips"

    @property
    def can_translate(self) -> bool:
        """True where the dialect documents `translated_subtitles_target_language`."""
        return self.dialect == "clips"

    def _path_of(self, generation_id: str) -> str:
        return f"{PATHS[self.dialect]}/{quote(generation_id, safe='')}"

    async def _read(self, method: str, path: str) -> httpx.Response:
        async for attempt in stamina.retry_context(
            on=retry.again,
            attempts=retry.ATTEMPTS,
            timeout=None,
            wait_initial=retry.WAIT_INITIAL,
            wait_max=retry.WAIT_MAX,
        ):
            with attempt:
                return await self._read_once(method, path)
        raise AssertionError("stamina ends with a result or an exception")

    async def _read_once(self, method: str, path: str) -> httpx.Response:
        with translated():
            response = await self._reads.request(method, path)
        if not response.is_success:
            raise status_error(_fault(response))
        return response


async def _events(response: httpx.Response) -> AsyncGenerator[Generation, None]:
    """Each `data:` of the stream as a job, whatever the event's name; what is no job (odd JSON, `[DONE]`) is skipped."""
    events = httpx_sse.EventSource(response).aiter_sse()
    with translated():
        async with aclosing(events):
            async for event in events:
                if event.data and (generation := _lenient_generation(event.data)) is not None:
                    yield generation


async def _once(generation: Generation) -> AsyncGenerator[Generation, None]:
    yield generation


def _generation(content: bytes) -> Generation:
    try:
        return Generation.model_validate(from_json(content))
    except ValueError as error:
        raise Garbled("the answer is no job") from error


def _lenient_generation(data: str) -> Generation | None:
    try:
        return Generation.model_validate(from_json(data))
    except ValueError:
        return None


def _receipt(response: httpx.Response) -> Receipt:
    return Receipt(
        status=response.status_code,
        request_id=response.headers.get("x-request-id"),
        rate_limit=_rate_limit(response.headers),
    )


def _rate_limit(headers: httpx.Headers) -> RateLimit | None:
    try:
        return RateLimit.model_validate(
            {
                name: headers.get(f"x-ratelimit-requests-{name}")
                for name in ("limit", "remaining", "reset")
            }
        )
    except ValidationError:
        return None


def _fault(response: httpx.Response) -> Fault:
    error = _error_object(response.content)
    return Fault(
        status=response.status_code,
        kind=_string(error.get("type")) or _string(error.get("code")),
        message=_string(error.get("message")) or "",
        request_id=response.headers.get("x-request-id"),
        retry_after=_seconds(response.headers.get("retry-after")),
        rate_limit=_rate_limit(response.headers),
    )


def _error_object(content: bytes) -> dict[str, object]:
    """The `error` object of Reka's envelope; {} for anything else, since proxies answer in HTML."""
    try:
        envelope = from_json(content)
    except ValueError:
        return {}
    error = envelope.get("error") if isinstance(envelope, dict) else None
    if isinstance(error, str):
        return {"message": error}
    return error if isinstance(error, dict) else {}


def _string(value: object) -> str | None:
    return storable(value) or None if isinstance(value, str) else None


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
