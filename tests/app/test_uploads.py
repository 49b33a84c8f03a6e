"""The way of a clip's octets, on real sockets: what travels with them, what stops them, how much is held of them."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot import uploads
from bot.jobs import JobState
from bot.messages import Messages, Unavailable
from bot.reka import errors
from bot.uploads import Ticket, Uploads
from storage.database import opened
from storage.files import FileStore
from storage.jobs import JobStore
from tests.app.job import clip
from tests.app.line import waiting
from tests.app.wire import Play, as_json, playing, reset, said, silence

TOKEN = "xoxb-secret"
PATIENCE = 60.0
"""Seconds a test waits for something to happen before it fails."""
LARGE = 500 * 1024 * 1024
PIECE = bytes(1024 * 1024)


@asynccontextmanager
async def opened_uploads(address: str) -> AsyncIterator[Uploads]:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(TOKEN, f"{address}/api/", session=session, retry_handlers=[])
        client.proxy = None
        yield Uploads(Messages(client))


async def pieces(*each: bytes) -> AsyncIterator[bytes]:
    for piece in each:
        yield piece


async def failing(error: Exception) -> AsyncIterator[bytes]:
    yield b"half"
    raise error


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield PIECE


async def test_the_token_goes_with_calls_and_not_with_the_octets() -> None:
    ticket = as_json(200, {"ok": True, "upload_url": "set below", "file_id": "F1"})
    async with (
        playing(ticket, said(200, b"OK"), as_json(200, {"ok": True, "files": []})) as slack,
        opened_uploads(slack.address) as sending,
    ):
        begun = await sending.begin("clip.mp4", 6)
        await sending.send(
            Ticket(f"{slack.address}/upload", begun.file_id), pieces(b"abc", b"def"), 6
        )
        await sending.complete("F1", "A clip", "C1", "1.0")
    begin, upload, complete = slack.requests
    assert TOKEN in begin.headers["authorization"]
    assert TOKEN in complete.headers["authorization"]
    assert TOKEN not in str(upload)
    assert (upload.method, upload.body) == ("POST", b"abcdef")
    assert upload.headers["content-length"] == "6"
    assert "transfer-encoding" not in upload.headers


@pytest.mark.parametrize(
    "play", [said(408), said(500), said(413), reset], ids=["408", "500", "413", "reset"]
)
async def test_an_upload_that_is_not_taken_is_unavailable(play: Play) -> None:
    async with playing(play) as slack, opened_uploads(slack.address) as sending:
        with pytest.raises(Unavailable):
            await sending.send(Ticket(slack.address, "F1"), pieces(b"abc"), 3)


async def test_a_source_that_fails_is_told_as_it_failed() -> None:
    broken = errors.Broken("ReadError")
    async with playing(silence) as slack, opened_uploads(slack.address) as sending:
        with pytest.raises(errors.Broken) as failure:
            await sending.send(Ticket(slack.address, "F1"), failing(broken), 100)
    assert failure.value is broken


async def test_a_place_that_stops_reading_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "STILL_SECONDS", 0.2)
    done = asyncio.Event()

    async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    place = await asyncio.start_server(deaf, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{place.sockets[0].getsockname()[1]}"
    async with opened_uploads(address) as sending, asyncio.timeout(PATIENCE):
        with pytest.raises(Unavailable, match="TimeoutError"):
            await sending.send(Ticket(address, "F1"), endless(), 2**40)
    done.set()
    place.close()


async def test_a_place_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "STILL_SECONDS", 0.2)
    async with playing(silence) as slack, opened_uploads(slack.address) as sending:
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(Unavailable, match="TimeoutError"):
                await sending.send(Ticket(slack.address, "F1"), pieces(b"abc"), 3)


@dataclass(slots=True)
class Ends:
    """Where a large clip comes from and where it goes to; `taken` octets have arrived."""

    address: str = ""
    taken: int = 0
    completed: list[str] = field(default_factory=list)

    async def clip(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "video/mp4", "Content-Length": str(LARGE)}
        )
        await response.prepare(request)
        for _ in range(LARGE // len(PIECE)):
            await response.write(PIECE)
        return response

    async def begin(self, _request: web.Request) -> web.Response:
        ticket = {"ok": True, "upload_url": f"{self.address}/upload", "file_id": "F1"}
        return web.json_response(ticket)

    async def upload(self, request: web.Request) -> web.Response:
        async for piece in request.content.iter_any():
            self.taken += len(piece)
        return web.Response(text="OK")

    async def complete(self, request: web.Request) -> web.Response:
        self.completed.append(request.query["files"])
        return web.json_response({"ok": True, "files": []})


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    both = Ends()
    application = web.Application()
    application.router.add_get("/1.mp4", both.clip)
    application.router.add_post("/upload", both.upload)
    application.router.add_post("/api/files.getUploadURLExternal", both.begin)
    application.router.add_post("/api/files.completeUploadExternal", both.complete)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    both.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield both
    await runner.cleanup()


async def test_memory_stays_flat_while_500_mb_pass_through(ends: Ends, tmp_path: Path) -> None:
    path = tmp_path / "reel.db"
    async with opened(path) as base:
        clips = (clip("A long one", url=f"{ends.address}/1.mp4"),)
        changes = {"thread_ts": "1.0", "reka_id": "r1", "clips": clips}
        job = await waiting(JobStore(base), "a", state=JobState.COMPLETED, **changes)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.app.passing", str(path), ends.address),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    printed, _ = await process.communicate()
    growth = int(printed.split()[-1])
    async with opened(path) as base:
        [file] = await FileStore(base).of(job)
    assert (ends.taken, len(ends.completed), file.shared_at) == (LARGE, 1, 1)
    assert growth < 60 * 1024 * 1024
