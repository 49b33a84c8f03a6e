"""Keeps jobs going: follow, afresh, every, watch; and once, for what is no job. Knows no job's inside."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, Self

import structlog

Work = Callable[[], Awaitable[None]]

log = structlog.get_logger(__name__)


class Engine(Protocol):
    """What is asked of an engine. Each verb returns at once; what it asks for happens beside the asker."""

    def follow(self, job_id: str) -> None:
        """Follow a job from where it stands; nothing happens when it is being followed."""

    def afresh(self, job_id: str) -> None:
        """Follow a job from where it stands now: whoever follows it lets go of it first."""

    def every(self, seconds: float, work: Work, name: str) -> None:
        """Run `work` now, and again and again, once for the whole installation."""

    def watch(self, seconds: float, work: Work, name: str) -> None:
        """Run `work` now, and then again `seconds` after it has ended, for this process: it looks at what is in it."""

    def once(self, work: Work, name: str) -> None:
        """Run `work` now, in this process; nothing happens while one of that name is under way."""


class LocalEngine:
    """All in this process, which is the whole installation: asyncio tasks, each with an owner and a name.

    Runs `follow(job_id)` once at a time for each job. Use as an async context manager; leaving it stops all.
    """

    def __init__(
        self, follow: Callable[[str], Awaitable[None]], grace_seconds: float = 10.0
    ) -> None:
        self._follow = follow
        self._grace = grace_seconds
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
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
            _let_go(task)
        if tasks:
            for late in (await asyncio.wait(tasks, timeout=self._grace))[1]:
                late.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def follow(self, job_id: str) -> None:
        """As `Engine.follow`."""
        if job_id not in self._jobs and not self._closing:
            task = asyncio.create_task(self._followed(job_id), name=f"follow {job_id}")
            self._jobs[job_id] = task
            task.add_done_callback(lambda _: self._ended(job_id))

    def afresh(self, job_id: str) -> None:
        """As `Engine.afresh`. What must not be torn ends first."""
        if task := self._jobs.get(job_id):
            self._again.add(job_id)
            _let_go(task)
        else:
            self.follow(job_id)

    def _ended(self, job_id: str) -> None:
        del self._jobs[job_id]
        if job_id in self._again:
            self._again.discard(job_id)
            self.follow(job_id)

    def every(self, seconds: float, work: Work, name: str) -> None:
        """As `Engine.every`, with the pause after each end."""
        self.watch(seconds, work, name)

    def watch(self, seconds: float, work: Work, name: str) -> None:
        """As `Engine.watch`."""
        self._chores.append(asyncio.create_task(self._repeated(seconds, work, name), name=name))

    def once(self, work: Work, name: str) -> None:
        """As `Engine.once`."""
        if name not in self._errands and not self._closing:
            task = asyncio.create_task(tried(work, name), name=name)
            self._errands[name] = task
            task.add_done_callback(lambda _: self._errands.pop(name, None))

    async def _followed(self, job_id: str) -> None:
        try:
            await self._follow(job_id)
        except (
            Exception
        ):  # the one boundary: a job's fault must not stop the others; it is taken up again later
            log.exception("follow_failed", job_id=job_id)

    async def _repeated(self, seconds: float, work: Work, name: str) -> None:
        while True:
            await tried(work, name)
            await asyncio.sleep(seconds)


async def tried(work: Work, name: str) -> None:
    """Run what is no job; its fault is logged, and stops nothing else."""
    try:
        await work()
    except Exception:
        log.exception("chore_failed", chore=name)


def _let_go(task: asyncio.Task[None]) -> None:
    if not task.cancelling():  # a second time would tear what must not be torn
        task.cancel()
