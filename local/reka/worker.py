"""The queue: generations are worked on first come, first served, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from local.reka.announcements import Announcements
from local.reka.archive import Archive
from local.reka.generations import Generation
from local.reka.outcomes import ClipMaker, GenerationFailed

log = structlog.get_logger()

UNEXPECTED = "The clip service met an error of its own. Its log says more; please try again."


class Worker:
    """Takes generations through their life; every change is written down, then announced."""

    def __init__(
        self, archive: Archive, announcements: Announcements, maker: ClipMaker, jobs: int
    ) -> None:
        self._archive = archive
        self._announcements = announcements
        self._maker = maker
        self._places = asyncio.Semaphore(jobs)
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, generation: Generation) -> None:
        """Queue a generation. The semaphore lets its waiters in by their order."""
        task = asyncio.create_task(self._work(generation), name=f"generation {generation.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop all work. What was under way is taken up at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self, generation: Generation) -> None:
        async with self._places:
            try:
                await self._make(generation)
            except GenerationFailed as failure:
                await self._fail(generation.id, str(failure))
            except Exception:
                log.exception("generation_crashed", generation=generation.id)
                await self._fail(generation.id, UNEXPECTED)

    async def _make(self, generation: Generation) -> None:
        async def enter(stage: str, count: int | None = None) -> None:
            self._announce(await self._archive.enter(generation.id, stage, count))

        await enter("starting")
        made = await self._maker.make(generation, enter)
        self._announce(await self._archive.complete(generation.id, made.clips, made.measurements))

    async def _fail(self, generation_id: str, message: str) -> None:
        self._announce(await self._archive.fail(generation_id, message))

    def _announce(self, generation: Generation | None) -> None:
        if generation is not None:
            log.info("stage", generation=generation.id, status=generation.status)
            self._announcements.publish(generation)


@asynccontextmanager
async def open_worker(
    archive: Archive, announcements: Announcements, maker: ClipMaker, jobs: int
) -> AsyncIterator[Worker]:
    """A worker that first takes up what a stop has interrupted; leaving it stops all work."""
    worker = Worker(archive, announcements, maker, jobs)
    try:
        for generation in await archive.requeue():
            worker.take(generation)
        yield worker
    finally:
        await worker.close()
