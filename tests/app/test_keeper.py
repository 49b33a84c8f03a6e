"""Keeping clips through a crash between any two steps: each is shared exactly once, or it is known why not."""

import asyncio
import itertools
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot import keeper
from bot.jobs import ClipFile, Job, JobState
from bot.keeper import Keeper
from bot.messages import Messages
from bot.reka.client import RekaClient
from bot.uploads import Uploads
from local.slack import server
from local.slack.faults import Fault
from local.slack.platform import BOT_TOKEN, Platform, Settings
from storage.database import Database
from storage.files import FileStore
from storage.jobs import JobStore
from storage.sqlite import opened
from tests.app.job import NOW, clip
from tests.app.line import waiting
from tests.app.wire import as_json, playing, said

URLS = ("https://cdn.test/1.mp4", "https://cdn.test/2.mp4")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "RETRY_SECONDS", (0.01, 0.01, 0.01))
    monkeypatch.setattr(keeper, "LOOK_SECONDS", (0.01, 0.02, 0.05))


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Platform]:
    async with server.running(Settings(tmp_path / "workspace", rate_limit_factor=0)) as platform:
        yield platform


@dataclass(slots=True)
class Death:
    """Counts the steps of a life and ends it before one of them, with the database as it is on the disk then."""

    database: Path
    left: Path
    at: int
    steps: int = 0
    come: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def statement(self, _sql: str) -> None:
        """A step of the database's, in its own thread."""
        self.steps += 1
        if self.steps == self.at:
            self.left.parent.mkdir()
            for suffix in ("", "-wal"):
                shutil.copy(f"{self.database}{suffix}", f"{self.left}{suffix}")
            self._loop.call_soon_threadsafe(self.come.set)

    async def request(self, *_: object) -> None:
        """A step on the wire: a request that is about to leave, or an answer that has come. The dead take none."""
        self.statement("")
        if self.steps >= self.at:
            await asyncio.Event().wait()


def clips_host(request: httpx.Request) -> httpx.Response:
    """Every address is a clip; so Reka, if it were asked for anything, would answer nothing that can be read."""
    return httpx.Response(200, content=str(request.url).encode())


Host = Callable[[httpx.Request], httpx.Response]


@asynccontextmanager
async def keeping(
    base: Database, workspace: Platform, death: Death, host: Host
) -> AsyncIterator[Keeper]:
    """A keeper on real sockets to the workspace; what it does there is counted."""
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(death.request)
    trace.on_request_end.append(death.request)
    async with (
        RekaClient("https://reka.test", "key", transport=httpx.MockTransport(host)) as reka,
        aiohttp.ClientSession(trace_configs=[trace]) as session,
    ):
        slack = AsyncWebClient(
            BOT_TOKEN, f"{workspace.address}/api/", session=session, retry_handlers=[]
        )
        slack.proxy = None
        yield Keeper(FileStore(base), Uploads(Messages(slack)), reka, lambda: NOW)


async def lived(path: Path, workspace: Platform, death: Death, host: Host = clips_host) -> bool:
    """Keep the job's clips until all is done, or death has come; whether it was done."""
    async with opened(path) as base:
        [row] = await base.read("SELECT id FROM jobs")
        job = await JobStore(base).get(row["id"])
        assert job is not None
        async with keeping(base, workspace, death, host) as keeps:
            await base._writer.set_trace_callback(death.statement)
            work = asyncio.create_task(keeps.keep(job))
            coming = asyncio.create_task(death.come.wait())
            await asyncio.wait({work, coming}, return_when=asyncio.FIRST_COMPLETED)
            coming.cancel()
            while not work.done():
                work.cancel()
                await asyncio.sleep(0.001)
            await base._writer.set_trace_callback(lambda _: None)
            return not death.come.is_set() and work.result()


async def begun(path: Path, workspace: Platform) -> Job:
    """A finished job on a new database, with a thread of its own."""
    path.parent.mkdir()
    async with aiohttp.ClientSession() as session:
        slack = AsyncWebClient(BOT_TOKEN, f"{workspace.address}/api/", session=session)
        slack.proxy = None
        channels = workspace.workspace.channels.values()
        channel = next(each.id for each in channels if each.name == "general")
        root = await slack.chat_postMessage(channel=channel, text="root")
    clips = tuple(clip(f"Clip {number}", url=url) for number, url in enumerate(URLS, start=1))
    async with opened(path) as base:
        changes = {"channel_id": channel, "thread_ts": root["ts"], "reka_id": "r1"}
        return await waiting(JobStore(base), "a", state=JobState.COMPLETED, clips=clips, **changes)


async def files(path: Path, job: Job) -> tuple[ClipFile, ...]:
    async with opened(path) as base:
        return await FileStore(base).of(job)


def seen(workspace: Platform, job: Job) -> Counter[str]:
    """How often each clip is in the job's thread, by the address it came from."""
    return Counter(
        workspace.contents.path(file["id"]).read_text()
        for message in workspace.workspace.messages[job.channel_id].values()
        if message.thread_ts == job.thread_ts
        for file in message.files
    )


FAULTS: dict[str, tuple[Fault, ...]] = {
    "all goes well": (),
    "the completion's answer is lost": (
        Fault(method="files.completeUploadExternal", drop=True, when="after"),
    ),
    "the completion does not arrive": (
        Fault(method="files.completeUploadExternal", drop=True, when="before"),
    ),
    "the upload's answer is lost, the look takes its time": (
        Fault(method="upload", drop=True, when="after"),
        Fault(method="share", delay=0.05),
    ),
}


@pytest.mark.parametrize("faults", FAULTS)
async def test_a_crash_between_any_two_steps_shares_no_clip_twice_and_loses_none(
    faults: str, workspace: Platform, tmp_path: Path
) -> None:
    for at in itertools.count(1):
        first, left = tmp_path / f"{at}" / "reel.db", tmp_path / f"{at}-left" / "reel.db"
        job = await begun(first, workspace)
        workspace.faults.clear()
        for fault in FAULTS[faults]:
            workspace.faults.order(fault)
        death = Death(first, left, at)
        if done := await lived(first, workspace, death):
            left = first
        else:
            assert await lived(left, workspace, Death(left, left, 1_000_000))
        await asyncio.gather(*workspace.background._tasks)
        kept = await files(left, job)
        assert [file.shared_at for file in kept] == [NOW, NOW], (at, kept)
        assert seen(workspace, job) == Counter(URLS), (at, kept)
        if done:
            break
    assert at > 15  # a life has as many steps, or nothing was counted


def surprising_host(request: httpx.Request) -> httpx.Response:
    """A fault of a kind that nobody thought of, for the first clip."""
    if str(request.url) == URLS[0]:
        raise RuntimeError("nobody thought of this")
    return clips_host(request)


async def test_a_fault_of_one_clip_that_nobody_thought_of_leaves_the_others_their_files(
    workspace: Platform, tmp_path: Path
) -> None:
    path = tmp_path / "life" / "reel.db"
    job = await begun(path, workspace)
    assert await lived(path, workspace, Death(path, path, 1_000_000), surprising_host)
    await asyncio.gather(*workspace.background._tasks)
    kept = await files(path, job)
    assert [(file.skipped, file.shared_at) for file in kept] == [
        ("not_available", None),
        (None, NOW),
    ]
    assert seen(workspace, job) == Counter(URLS[1:])


async def test_a_fault_after_the_mark_says_that_nobody_knows_whether_it_arrived(
    tmp_path: Path,
) -> None:
    """Slack answers the completion with something that is no answer at all."""

    async def ticket(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = {"ok": True, "upload_url": f"{slack.address}/upload", "file_id": "F1"}
        await as_json(200, place)(reader, writer)

    async with (
        playing(ticket, said(200, b"OK"), as_json(200, ["neither", "nor"])) as slack,
        opened(tmp_path / "reel.db") as base,
        aiohttp.ClientSession() as session,
        RekaClient("https://reka.test", "key", transport=httpx.MockTransport(clips_host)) as reka,
    ):
        changes = {"thread_ts": "1.0", "reka_id": "r1", "clips": (clip("Clip", url=URLS[0]),)}
        job = await waiting(JobStore(base), "a", state=JobState.COMPLETED, **changes)
        client = AsyncWebClient(
            BOT_TOKEN, f"{slack.address}/api/", session=session, retry_handlers=[]
        )
        client.proxy = None
        keeps = Keeper(FileStore(base), Uploads(Messages(client)), reka, lambda: NOW)
        assert await keeps.keep(job)
        [file] = await FileStore(base).of(job)
    assert (file.file_id, file.marked_at, file.skipped) == ("F1", NOW, "unsure")
    assert len(slack.requests) == 3
