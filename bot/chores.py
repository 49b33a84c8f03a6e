"""What the app does now and then besides following jobs."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from storage.deliveries import DeliveryStore
from storage.jobs import JobStore
from storage.slots import SlotStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Purge:
    """Forgets what is older than the operator wants kept."""

    jobs: JobStore
    slots: SlotStore
    deliveries: DeliveryStore
    keep_ms: int
    now: Callable[[], int]

    async def work(self) -> None:
        """Delete old settled jobs, slots that no window counts any more, and what Slack delivered."""
        before = self.now() - self.keep_ms
        if purged := await self.jobs.purge(before):
            log.info("purged", jobs=purged)
        await self.slots.purge(before)
        await self.deliveries.purge(before)
