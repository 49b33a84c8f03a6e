"""What the app does now and then besides following jobs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.clock import LEAP_MS, Clock
from bot.engine import Engine
from bot.operator import Operator
from bot.patience import Patience
from bot.render import answers
from storage.deliveries import DeliveryStore
from storage.jobs import JobStore
from storage.results import ResultStore
from storage.slots import SlotStore

RESUMED_AT_ONCE = 20
RESUME_PAUSE_SECONDS = 0.2
"""After a restart, so that a thousand jobs do not open their connections in one moment."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Purge:
    """Forgets what is older than the operator wants kept."""

    jobs: JobStore
    slots: SlotStore
    results: ResultStore
    deliveries: DeliveryStore
    keep_ms: int
    now: Callable[[], int]

    async def work(self) -> None:
        """Delete old settled jobs, slots that no window counts any more, what was offered, and what Slack delivered."""
        before = self.now() - self.keep_ms
        if purged := await self.jobs.purge(before):
            log.info("purged", jobs=purged)
        await self.slots.purge(before)
        await self.results.purge(before)
        await self.deliveries.purge(before)


@dataclass(frozen=True, slots=True)
class Resume:
    """Takes up again what nobody follows."""

    jobs: JobStore
    engine: Engine
    patience: Patience

    async def work(self) -> None:
        """Follow every job that is still owed something, oldest first and paced.

        Those being followed are left alone, and for a while those for which Slack could not be spoken to.
        """
        for number, job_id in enumerate(await self.jobs.unsettled(), start=1):
            if not self.patience.holds(job_id):
                self.engine.follow(job_id)
            if number % RESUMED_AT_ONCE == 0:
                await asyncio.sleep(RESUME_PAUSE_SECONDS)


@dataclass(slots=True)
class ClockWatch:
    """Looks whether the machine's wall clock was set since the app started."""

    clock: Clock
    operator: Operator
    told: int = 0

    async def look(self) -> None:
        """Say once that it was, for each time, also to whoever runs Reel."""
        leapt = self.clock.leapt()
        if abs(leapt - self.told) > LEAP_MS:
            self.told = leapt
            log.warning(
                "clock_leapt",
                by_seconds=leapt // 1000,
                why="times go on as before; restart to take it over",
            )
            await self.operator.tell(answers.clock_set(leapt))
