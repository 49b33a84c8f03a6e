"""Keeps jobs going: follow, cancel, every; and once, for what is no job. Knows no job's inside; each task has an owner and a name."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

import structlog

log = structlog.get_logger(__name__)


class Engine:
    """Runs `follow(job_id)` once at a time for each job. Use as an async context manager; leaving it stops all."""

    def __init__(
        self, follow: Callable[[str], Awaitable[None]], grace_seconds: float = 10.0
    ) -> None:
        self._follow = follow
        self._grace = grace_seconds
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._chores: list[asyncio.Task[None]] = []
        self._errands: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything. What must not be torn gets the grace period; the rest stays in the database."""
        self._closing = True
        tasks: list[asyncio.Task[None]] = [
            *self._chores,
            *self._errands.values(),
            *self._jobs.values(),
        ]
        for task in tasks:
            task.cancel()
        if tasks:
            for late in (await asyncio.wait(tasks, timeout=self._grace))[1]:
                late.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def follow(self, job_id: str) -> None:
        """Follow a job from where it stands; nothing happens when it is being followed."""
        if job_id not in self._jobs and not self._closing:
            task = asyncio.create_task(self._followed(job_id), name=f"follow {job_id}")
            self._jobs[job_id] = task
            task.add_done_callback(lambda done: self._forget(job_id, done))

    def _forget(self, job_id: str, done: asyncio.Task[None]) -> None:
        if self._jobs.get(job_id) is done:
            del self._jobs[job_id]

    async def cancel(self, job_id: str) -> None:
        """Stop following a job, and wait until that is so. What it has committed stays."""
        if task := self._jobs.get(job_id):
            task.cancel()
            await asyncio.wait({task})
            self._forget(job_id, task)

    def every(self, seconds: float, work: Callable[[], Awaitable[None]], name: str) -> None:
        """Run `work` now and then again `seconds` after it has ended, for as long as the engine runs."""
        self._chores.append(asyncio.create_task(self._repeated(seconds, work, name), name=name))

    def once(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        """Run `work` now, beside whoever asks for it; nothing happens while one of that name is under way."""
        if name not in self._errands and not self._closing:
            task = asyncio.create_task(self._run(work, name), name=name)
            self._errands[name] = task
            task.add_done_callback(lambda _: self._errands.pop(name, None))

    async def _followed(self, job_id: str) -> None:
        try:
            await self._follow(job_id)
        except (
            Exception
        ):  # the one boundary: a job's fault must not stop the others; it is taken up again later
            log.exception("follow_failed", job_id=job_id)

    async def _repeated(
        self, seconds: float, work: Callable[[], Awaitable[None]], name: str
    ) -> None:
        while True:
            await self._run(work, name)
            await asyncio.sleep(seconds)

    async def _run(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        try:
            await work()
        except Exception:  # the same boundary, for what is no job
            log.exception("chore_failed", chore=name)
