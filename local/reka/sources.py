"""Source videos: from a link to a file on this disk, or a sentence about why not.

Links are strangers' input. Only http and https are followed; each hop of a redirect is checked
anew; addresses that are not public are refused; no key, cookie or proxy is used; size and time
are bounded.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import SplitResult, urlsplit

import aiohttp
import structlog
from yarl import URL

from local.reka.addresses import GuardedSockets, is_public
from local.reka.outcomes import GenerationFailed
from local.reka.sites import fetch_from_site

log = structlog.get_logger()

SAMPLE_PATH = "/sample/talk.mp4"
MAX_REDIRECTS = 5
_CHUNK = 1024 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MEDIA = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ts"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADERS = {
    "User-Agent": "reel-clip-service",
    "Accept": "video/*, application/octet-stream;q=0.9, */*;q=0.1",
    "Accept-Encoding": "identity",
}
_TRY_PRIVATE_WINDOW = "Check that the link opens in a private browser window."


@dataclass(frozen=True, slots=True)
class Downloads:
    """How links are fetched: at most `max_bytes` each, within `seconds`.

    `own` holds the service's addresses, whose sample is always allowed.
    """

    max_bytes: int
    own: frozenset[str]
    sample: Path
    allow_private: bool = False
    is_allowed: Callable[[str], bool] = is_public
    seconds: float = 1800.0

    async def fetch(self, link: str, target: Path) -> Path:
        """The video of `link`, at `target` or near it; raises GenerationFailed with a sentence."""
        if self._is_own_sample(link):
            return self.sample
        _refuse_slack(link)
        try:
            async with asyncio.timeout(self.seconds):
                if not _is_file(link):
                    found = await fetch_from_site(
                        link, target, self.max_bytes, allow_private=self.allow_private
                    )
                    if found is not None:
                        return found
                return await self._fetch_file(link, target)
        except TimeoutError as error:
            raise GenerationFailed(
                f"{_host(link)} did not send the video within {self.seconds / 60:.0f} minutes."
                " Try again, or use a smaller file."
            ) from error
        except OSError as error:
            raise _disk_failure(error) from error

    def _is_own_sample(self, link: str) -> bool:
        parts = urlsplit(link)
        if parts.path != SAMPLE_PATH or not self.sample.is_file():
            return False
        return any(_same_place(parts, urlsplit(address)) for address in self.own)

    async def _fetch_file(self, link: str, target: Path) -> Path:
        sockets = GuardedSockets(self.is_allowed)
        connector = aiohttp.TCPConnector(socket_factory=None if self.allow_private else sockets)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=60)
        session = aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        async with session:
            try:
                return await self._follow(session, URL(link), target)
            except (aiohttp.ClientError, ValueError) as error:
                raise _network_failure(_host(link), sockets, error) from error

    async def _follow(self, session: aiohttp.ClientSession, url: URL, target: Path) -> Path:
        for _ in range(MAX_REDIRECTS + 1):
            _refuse_odd(url)
            async with session.get(url, allow_redirects=False) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or location is None:
                    await self._save(response, target)
                    return target
                url = url.join(URL(location))
        raise GenerationFailed(
            f"The link redirects more than {MAX_REDIRECTS} times. Use the address it ends at."
        )

    async def _save(self, response: aiohttp.ClientResponse, target: Path) -> None:
        host = response.url.host
        if response.status != 200:
            raise GenerationFailed(
                f"The address {host} refused: {response.status} {response.reason}."
                f" {_TRY_PRIVATE_WINDOW}"
            )
        if response.content_type in {"text/html", "application/xhtml+xml"}:
            raise _web_page(host)
        if (response.content_length or 0) > self.max_bytes:
            raise self._too_large(host)
        await self._write(response, target)

    async def _write(self, response: aiohttp.ClientResponse, target: Path) -> None:
        size = 0
        with target.open("wb") as file:
            async for chunk in response.content.iter_chunked(_CHUNK):
                if size == 0 and _looks_like_html(chunk):
                    raise _web_page(response.url.host)
                size += len(chunk)
                if size > self.max_bytes:
                    raise self._too_large(response.url.host)
                await asyncio.to_thread(file.write, chunk)
        if size == 0:
            raise GenerationFailed(f"{response.url.host} sent an empty file. Check the link.")
        log.info("downloaded", host=response.url.host, bytes=size)

    def _too_large(self, host: str | None) -> GenerationFailed:
        return GenerationFailed(
            f"The video at {host} is larger than the {_size(self.max_bytes)} this service takes."
            " Use a smaller file."
        )


def _size(count: int) -> str:
    return f"{count / 1024**3:.3g} GiB" if count >= 1024**3 else f"{count / 1024**2:.3g} MiB"


def _host(link: str) -> str:
    return urlsplit(link).hostname or "The address"


def _is_file(link: str) -> bool:
    """True for links that name a video file, which no video site has to be asked about."""
    parts = urlsplit(link)
    host = parts.hostname or ""
    if PurePosixPath(parts.path).suffix.lower() in _MEDIA or host in _LOOPBACK_NAMES:
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _same_place(one: SplitResult, other: SplitResult) -> bool:
    hosts = {one.hostname, other.hostname}
    same_host = len(hosts) == 1 or hosts <= _LOOPBACK_NAMES
    return same_host and (one.scheme, one.port) == (other.scheme, other.port)


def _refuse_slack(link: str) -> None:
    host = _host(link)
    if host == "slack.com" or host.endswith(".slack.com"):
        raise GenerationFailed(
            "Files in Slack can only be opened by people who are signed in there."
            " Put the video where anyone with the link can open it, and use that link."
        )


def _refuse_odd(url: URL) -> None:
    if url.scheme not in {"http", "https"} or not url.host:
        raise GenerationFailed("The link leads to something that is neither http nor https.")
    if url.user is not None or url.password is not None:
        raise GenerationFailed("The link leads to an address with a user name in it.")


def _looks_like_html(chunk: bytes) -> bool:
    return chunk[:256].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _web_page(host: str | None) -> GenerationFailed:
    return GenerationFailed(
        f"The link leads to a web page at {host}, not to a video."
        " Use a link to the video file itself, or to a public video on YouTube, Vimeo or Twitch."
    )


def _network_failure(host: str, sockets: GuardedSockets, error: Exception) -> GenerationFailed:
    if sockets.refused:
        return GenerationFailed(
            f"The link leads to the private address {sockets.refused[0]}, which this service does"
            " not open. Use a public link, or start the service with --allow-private-sources."
        )
    log.warning("download_failed", host=host, error=repr(error))
    match error:
        case aiohttp.ClientConnectorDNSError():
            return GenerationFailed(f"The address {host} was not found. Check the link.")
        case aiohttp.ClientSSLError():
            return GenerationFailed(f"The certificate of {host} is not valid. Use another link.")
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError():
            return GenerationFailed(
                f"{host} broke the connection before the video was complete. Please try again."
            )
        case aiohttp.ClientConnectionError():
            return GenerationFailed(f"{host} could not be reached. Check the link, then try again.")
        case _:
            return GenerationFailed(f"{host} gave no proper answer. {_TRY_PRIVATE_WINDOW}")


def _disk_failure(error: OSError) -> GenerationFailed:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return GenerationFailed("The clip service's disk is full. Free some space, then try again.")
    log.error("source_not_written", error=repr(error))
    return GenerationFailed("The clip service could not write the video to its disk.")
