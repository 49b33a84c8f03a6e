"""A clip from its host, which is not Reka: without our key, never packed, never into a private network."""

import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import cast

import httpx

from bot.hosts import is_private
from bot.reka.connection import CONNECT_SECONDS, READ_SECONDS, on_this_machine, translated
from bot.reka.errors import Fault, Garbled, status_error

CHUNK = 256 * 1024
"""Octets of a clip held at once."""
MAX_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Download:
    """A clip on its way: its length in octets, None where its host does not say, and the octets."""

    length: int | None
    chunks: AsyncIterator[bytes]


@asynccontextmanager
async def downloading(
    url: str, context: ssl.SSLContext, transport: httpx.AsyncBaseTransport | None
) -> AsyncIterator[Download]:
    """The octets of a clip, as they come. Our key stays here: the clip's host is not Reka.

    Raises `NotLanded`, `Broken` (`Garbled` for a page in place of a clip) or a `StatusError` on entering; the
    iteration raises `Broken`.
    """
    async with AsyncExitStack() as stack:
        with translated():
            client = await stack.enter_async_context(_keyless(url, context, transport))
            response = await stack.enter_async_context(client.stream("GET", url))
        # An error's page is not read: nobody knows how long it is.
        if not response.is_success:
            raise status_error(Fault(response.status_code, ""))
        if _is_page(response):
            raise Garbled("a page in place of a clip")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Garbled("a clip that is packed, so that its length is not known")
        chunks = _chunks(response)
        stack.push_async_callback(chunks.aclose)
        yield Download(_length(response.headers.get("content-length")), chunks)


def _keyless(
    url: str, context: ssl.SSLContext, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    home = httpx.URL(url).host

    async def stay_outside(request: httpx.Request) -> None:
        if request.url.host != home and not _is_public(request.url):
            raise httpx.UnsupportedProtocol("a clip's host redirects into a private place")

    return httpx.AsyncClient(
        timeout=httpx.Timeout(CONNECT_SECONDS, read=READ_SECONDS),
        verify=context,
        trust_env=not on_this_machine(url),
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        headers={"User-Agent": "reel", "Accept-Encoding": "identity"},
        event_hooks={"request": [stay_outside]},
        transport=transport,
    )


def _is_public(url: httpx.URL) -> bool:
    """Whether an address may be one of the outside world: https, and no address or name of a private network."""
    return url.scheme == "https" and not is_private(url.host)


async def _chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    with translated():
        chunks = cast("AsyncGenerator[bytes, None]", response.aiter_bytes(CHUNK))
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk


def _is_page(response: httpx.Response) -> bool:
    """A login page or an error's text can come with status 200."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in {"application/json", "application/xml"}


def _length(header: str | None) -> int | None:
    return int(header) if header and header.isascii() and header.isdigit() else None
