"""Links become files, or sentences; no stranger's link reaches this machine or its network."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from local.reka.addresses import is_public
from local.reka.outcomes import GenerationFailed
from local.reka.sites import LIVE, NOT_INSTALLED, TOO_LARGE, fetch_from_site, sentence
from local.reka.sources import Downloads

VIDEO = b"\x00\x00\x00\x18ftypisom" + bytes(5000)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Host:
    """A web server on loopback that answers each path as it is told."""

    def __init__(self) -> None:
        self._app = web.Application()
        self._runner = web.AppRunner(self._app)
        self.headers: list[dict[str, str]] = []

    def answer(self, path: str, response: Callable[[], web.Response]) -> None:
        async def handler(request: web.Request) -> web.Response:
            self.headers.append(dict(request.headers))
            return response()

        self.handle(path, handler)

    def handle(self, path: str, handler: Handler) -> None:
        self._app.router.add_get(path, handler)

    def redirect(self, path: str, location: str) -> None:
        self.answer(path, lambda: web.Response(status=302, headers={"Location": location}))

    async def start(self) -> str:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host = Host()
    yield host
    await host.stop()


@pytest.fixture
def downloads(tmp_path: Path) -> Downloads:
    """Downloads that may go anywhere."""
    return Downloads(100_000, frozenset(), tmp_path / "talk.mp4", allow_private=True)


async def failure(downloads: Downloads, link: str, target: Path) -> str:
    with pytest.raises(GenerationFailed) as failed:
        await downloads.fetch(link, target / "source0")
    return str(failed.value)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "203.0.114.1",
        "2606:4700::1111",
        "64:ff9b::808:808",
    ],
)
def test_public_addresses_are_open(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.5",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "fc00::1",
        "fe80::1",
        "fe80::1%lo",
        "2606:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "localhost",
        "",
    ],
)
def test_every_other_address_is_closed(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "place", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1", "[::ffff:127.0.0.1]"]
)
async def test_no_spelling_of_loopback_is_connected_to(
    downloads: Downloads, host: Host, tmp_path: Path, place: str
) -> None:
    host.answer("/a.mp4", lambda: web.Response(body=VIDEO))
    port = (await host.start()).rsplit(":", 1)[1]
    message = await failure(
        replace(downloads, allow_private=False), f"http://{place}:{port}/a.mp4", tmp_path
    )
    assert not host.headers
    assert "private address" in message or "no proper answer" in message


async def test_a_redirect_to_a_private_address_is_not_followed(
    downloads: Downloads, host: Host, tmp_path: Path
) -> None:
    inner = Host()
    inner.answer("/secret.mp4", lambda: web.Response(body=VIDEO))
    host.redirect("/a.mp4", f"{await inner.start()}/secret.mp4")
    first = iter([True])  # the first hop stands for a public address
    guarded = replace(
        downloads,
        allow_private=False,
        is_allowed=lambda address: next(first, False) or is_public(address),
    )
    message = await failure(guarded, f"{await host.start()}/a.mp4", tmp_path)
    await inner.stop()
    assert "private address 127.0.0.1" in message
    assert (len(host.headers), inner.headers) == (1, [])


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("file:///etc/passwd", "neither http nor https"),
        ("ftp://example.com/a.mp4", "neither http nor https"),
        ("http://user:secret@127.0.0.1/a.mp4", "user name"),
        ("/a.mp4", "redirects more than 5 times"),
    ],
)
async def test_odd_redirects_end_in_a_sentence(
    downloads: Downloads, host: Host, tmp_path: Path, location: str, words: str
) -> None:
    host.redirect("/a.mp4", location)
    assert words in await failure(downloads, f"{await host.start()}/a.mp4", tmp_path)


async def test_a_video_is_written_to_disk_and_no_key_is_sent(
    downloads: Downloads, host: Host, tmp_path: Path
) -> None:
    host.redirect("/a.mp4", "/b")
    host.answer("/b", lambda: web.Response(body=VIDEO, content_type="video/mp4"))
    path = await downloads.fetch(f"{await host.start()}/a.mp4", tmp_path / "source0")
    assert path.read_bytes() == VIDEO
    sent = {name.lower() for headers in host.headers for name in headers}
    assert sent == {"host", "user-agent", "accept", "accept-encoding"}


ANSWERS: list[tuple[Callable[[], web.Response], str]] = [
    (lambda: web.Response(status=404), "The address 127.0.0.1 refused: 404 Not Found."),
    (lambda: web.Response(status=403), "private browser window"),
    (lambda: web.Response(text="hi", content_type="text/html"), "web page at 127.0.0.1"),
    (lambda: web.Response(body=b"\n<!DOCTYPE HTML><html>"), "web page at 127.0.0.1"),
    (lambda: web.Response(body=b""), "empty file"),
    (lambda: web.Response(body=bytes(200_000)), "larger than the 0.0954 MiB"),
]


@pytest.mark.parametrize(("response", "words"), ANSWERS)
async def test_what_is_no_video_is_said_in_a_sentence(
    downloads: Downloads,
    host: Host,
    tmp_path: Path,
    response: Callable[[], web.Response],
    words: str,
) -> None:
    host.answer("/a.mp4", response)
    assert words in await failure(downloads, f"{await host.start()}/a.mp4", tmp_path)


async def of_unknown_length(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(bytes(50_000))
    return response


async def cut_short(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "90000"})
    await response.prepare(request)
    await response.write(bytes(50_000))
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.mark.parametrize(
    ("handler", "words"), [(of_unknown_length, "larger than"), (cut_short, "broke the connection")]
)
async def test_a_stream_is_bounded_and_must_be_complete(
    downloads: Downloads, host: Host, tmp_path: Path, handler: Handler, words: str
) -> None:
    host.handle("/a.mp4", handler)
    assert words in await failure(downloads, f"{await host.start()}/a.mp4", tmp_path)


async def test_a_host_that_never_answers_is_given_up(
    downloads: Downloads, host: Host, tmp_path: Path
) -> None:
    given_up = asyncio.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(bytes(10))
        await given_up.wait()
        return response

    host.handle("/a.mp4", silent)
    impatient = replace(downloads, seconds=0.1)
    message = await failure(impatient, f"{await host.start()}/a.mp4", tmp_path)
    given_up.set()
    assert "127.0.0.1 did not send the video" in message


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.mp4", "Files in Slack"),
        ("https://acme.slack.com/archives/C1/p1", "Files in Slack"),
        ("http://127.0.0.1:1/a.mp4", "could not be reached"),
        ("https://host.invalid/a.mp4", "host.invalid was not found"),
    ],
)
async def test_links_that_cannot_work_say_why(
    downloads: Downloads, tmp_path: Path, link: str, words: str
) -> None:
    assert words in await failure(downloads, link, tmp_path)


@pytest.mark.parametrize("spelling", ["127.0.0.1", "localhost"])
async def test_the_service_s_own_sample_is_always_allowed(
    downloads: Downloads, tmp_path: Path, spelling: str
) -> None:
    own = replace(downloads, allow_private=False, own=frozenset({"http://127.0.0.1:8700"}))
    own.sample.write_bytes(VIDEO)
    link = f"http://{spelling}:8700/sample/talk.mp4"
    assert await own.fetch(link, tmp_path / "source0") == own.sample
    other = f"http://{spelling}:8701/sample/talk.mp4"
    assert "private address" in await failure(own, other, tmp_path)


async def test_a_page_of_no_known_video_site_is_left_to_the_plain_download(tmp_path: Path) -> None:
    pytest.importorskip("yt_dlp", reason="yt-dlp is not installed")
    page = "https://example.com/watch?v=U0Cd8jbj5zg"
    assert await fetch_from_site(page, tmp_path / "source0", 1000, allow_private=False) is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NOT_INSTALLED, "need yt-dlp"),
        (TOO_LARGE, "too large"),
        (LIVE, "still being broadcast"),
        ("ERROR: [x] 1: [Errno -2] Name or service not known", "could not be reached"),
        ("ERROR: Private video. Sign in\nmore (caused by X)", "Private video. Sign in. Is it pub"),
    ],
)
def test_the_site_downloader_s_complaints_become_sentences(error: str, words: str) -> None:
    assert words in sentence("youtube.com", error)
