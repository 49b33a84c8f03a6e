"""The clip service put together: opened in order, closed in reverse."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from local.reka.announcements import Announcements
from local.reka.archive import open_archive
from local.reka.cutting import Cutter
from local.reka.limits import Quota
from local.reka.outcomes import ClipMaker
from local.reka.server import ClipService
from local.reka.sources import Downloads
from local.reka.stand_in import StandIn
from local.reka.worker import open_worker

SAMPLE = Path(__file__).parent.parent / "sample" / "talk.mp4"
PIPELINE = (sys.executable, "-m", "local.reka.pipeline")
# Nobody works while a stand-in waits, so a thousand of them may wait together.
STAND_INS = 10_000


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decides; times are seconds."""

    data: Path
    port: int = 0
    host: str = "127.0.0.1"
    public_url: str | None = None
    keys: tuple[str, ...] = ()
    quota: Quota | None = None
    keepalive: float = 10.0
    fast: bool = False
    stage_seconds: float = 0.05
    jobs: int | None = None
    max_bytes: int = 4 * 1024**3
    allow_private_sources: bool = False
    pipeline: tuple[str, ...] = PIPELINE
    job_seconds: float = 7200.0
    sample: Path = SAMPLE


@asynccontextmanager
async def open_service(options: Options) -> AsyncIterator[str]:
    """Listen and work; yields the address, such as `http://127.0.0.1:8700`.

    Raises OSError when the port is taken and ArchiveInUse when the data folder is.
    """
    options.data.mkdir(parents=True, exist_ok=True)
    files = options.data / "files"
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(_bind(options.host, options.port))
        address = f"http://{_url_host(options.host)}:{listener.getsockname()[1]}"
        base_url = (options.public_url or address).rstrip("/")
        archive = await stack.enter_async_context(open_archive(options.data / "clips.db"))
        shutil.rmtree(options.data / "work", ignore_errors=True)  # left by a kill
        announcements = Announcements()
        maker, jobs = _maker(options, files, {address, base_url})
        worker = await stack.enter_async_context(open_worker(archive, announcements, maker, jobs))
        service = ClipService(
            archive, announcements, worker, files, options.sample, base_url,
            options.keys, options.quota, options.keepalive,
        )  # fmt: skip
        runner = web.AppRunner(service.app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        stack.callback(announcements.close)
        await web.SockSite(runner, listener, backlog=1024).start()
        yield address


def _maker(options: Options, files: Path, own: set[str]) -> tuple[ClipMaker, int]:
    if options.fast:
        return StandIn(files, options.stage_seconds), options.jobs or STAND_INS
    downloads = Downloads(
        options.max_bytes, frozenset(own), options.sample, options.allow_private_sources
    )
    cutter = Cutter(options.data / "work", files, downloads, options.pipeline, options.job_seconds)
    return cutter, options.jobs or 1


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _url_host(host: str) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    return f"[{reachable}]" if ":" in reachable else reachable
