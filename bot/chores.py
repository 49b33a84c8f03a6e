"""What the app does now and then besides following jobs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler

from bot.breaker import Breaker
from bot.clock import LEAP_MS, Clock
from storage.jobs import JobStore
from storage.results import ResultStore
from storage.slots import SlotStore

DEAD_SOCKET_SECONDS = 120.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Purge:
    """Forgets what is older than the operator wants kept."""

    jobs: JobStore
    slots: SlotStore
    results: ResultStore
    keep_ms: int
    now: Callable[[], int]

    async def work(self) -> None:
        """Delete old settled jobs, slots that no window counts any more, and what was offered."""
        before = self.now() - self.keep_ms
        if purged := await self.jobs.purge(before):
            log.info("purged", jobs=purged)
        await self.slots.purge(before)
        await self.results.purge(before)


@dataclass(slots=True)
class ClockWatch:
    """Looks whether the machine's wall clock was set since the app started."""

    clock: Clock
    told: int = 0

    async def look(self) -> None:
        """Say once that it was, for each time."""
        leapt = self.clock.leapt()
        if abs(leapt - self.told) > LEAP_MS:
            self.told = leapt
            log.warning(
                "clock_leapt",
                by_seconds=leapt // 1000,
                why="times go on as before; restart to take it over",
            )


@dataclass(slots=True)
class Watch:
    """Looks whether Slack can still reach us; a socket that stays dead ends the process."""

    socket: AsyncSocketModeHandler
    breaker: Breaker
    dead_since: float | None = None

    async def look(self) -> None:
        """Trip the breaker when the socket has been dead for too long."""
        now = asyncio.get_running_loop().time()
        if await self.socket.client.is_connected():
            self.dead_since = None
        elif self.dead_since is None:
            self.dead_since = now
        elif now - self.dead_since > DEAD_SOCKET_SECONDS:
            self.breaker.trip("Slack's Socket Mode connection is dead and does not come back.")
