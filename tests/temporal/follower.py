"""A worker with jobs that only note what becomes of them: in the test's process, or `python -m tests.temporal.follower` as one
of its own, which a test may kill and freeze.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client

from bot import log
from bot.breaker import Breaker
from bot.temporal import Namespace, TemporalEngine, runtime
from bot.unbroken import unbroken
from bot.worker import taking
from tests.temporal.notes import LOOK_SECONDS, Notes

HEARTBEAT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Follower:
    """Follows jobs until a note says `go <job>`. One named `post…` is not torn, one named `bad…` fails the first time."""

    name: str
    notes: Notes

    async def follow(self, job_id: str) -> None:
        """Note the beginning, and how it ended: `done`, or `let-go`."""
        self.notes.add("begun", job_id, self.name)
        if job_id.startswith("bad") and len(self.notes.all("begun", job_id)) == 1:
            raise RuntimeError("a secret that must not leave the process")
        work = self._told_to_go(job_id)
        try:
            await (unbroken(work) if job_id.startswith("post") else work)
        except asyncio.CancelledError:
            self.notes.add("let-go", job_id, self.name)
            raise
        self.notes.add("done", job_id, self.name)

    async def _told_to_go(self, job_id: str) -> None:
        while not self.notes.all("go", job_id):  # noqa: ASYNC110  another process may say it
            await asyncio.sleep(LOOK_SECONDS)
        self.notes.add("gone", job_id, self.name)


async def engine(
    address: str, name: str, notes: Notes, heartbeat_seconds: int = HEARTBEAT_SECONDS
) -> TemporalEngine:
    """An engine whose jobs are a `Follower`'s."""
    client = await Client.connect(address, runtime=runtime())
    place = Namespace(client, "tests", heartbeat_seconds)
    return TemporalEngine(place, Follower(name, notes).follow, grace_seconds=5)


@asynccontextmanager
async def at_work(
    address: str, name: str, notes: Notes, grace_seconds: float = 5
) -> AsyncIterator[TemporalEngine]:
    """An engine and a worker in this process."""
    breaker = Breaker()
    async with await engine(address, name, notes) as made, taking(made, breaker, grace_seconds):
        notes.add("working", name)
        yield made
    assert breaker.reason is None


async def main(address: str, name: str, path: str) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with at_work(address, name, Notes(Path(path))):
        await stop.wait()


if __name__ == "__main__":
    log.configure("info", "text")
    asyncio.run(main(*sys.argv[1:]))
    gc.collect()  # as the command line does
