"""What the app does now and then besides following jobs."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from storage.jobs import JobStore
from storage.slots import SlotStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Purge:
    """Forgets what is older than the operator wants kept."""

    jobs: JobStore
    slots: SlotStore
    keep_ms: int
    now: Callable[[], int]

    async def work(self) -> None:
        """Delete old settled jobs, and slots that no window counts any more."""
        before = self.now() - self.keep_ms
        if purged := await self.jobs.purge(before):
            log.info("purged", jobs=purged)
        await self.slots.purge(before)
