"""What everybody in line sees, read once for all who look at the same moment. A look is free; a turn is taken elsewhere."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.bell import Bell
from bot.jobs import Job
from bot.line import Line
from bot.slots import Standing
from storage.slots import SlotStore

FRESH_MS = 1_000
"""What rings no bell is seen after so long."""


@dataclass(slots=True)
class Outlook:
    """Reads the line anew after each ring of the bell: a thousand jobs that wake at once would else read it a thousand
    times.
    """

    slots: SlotStore
    bell: Bell
    now: Callable[[], int]
    _line: Line | None = None
    _rung: asyncio.Event | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def standing(self, job: Job) -> Standing:
        """Why and until when a waiting job waits; it may have changed by the time that this returns."""
        if standing := await self.slots.unqueued(job, self.now()):
            return standing
        async with self._lock:
            rung, now = self.bell.listen(), self.now()
            if self._line is None or rung is not self._rung or not self._is_fresh(self._line, now):
                self._line, self._rung = await self.slots.line(now), rung
            return self._line.standing(job)

    def _is_fresh(self, line: Line, now: int) -> bool:
        return line.read_at <= now < min(line.read_at + FRESH_MS, line.holds_until)
