"""The workspace's budget of edits where several processes share it: one row of the database counts for all of them."""

import asyncio
import math
from collections.abc import Callable

import structlog

from bot.budget import EditBudget, granted_first
from storage.edits import EditStore
from storage.intent import Unanswered

AGAIN_SECONDS = 1.0
"""The pause before the next try when the database is away."""

log = structlog.get_logger(__name__)


class SharedBudget(EditBudget):
    """The same budget, burst and even flow; who is next is decided in each process, and when, by the shared row.

    For the first in line an edit is promised there, at most one at a time, and the turn is given when it is due, to
    whoever is first by then. A promise that nobody waits for any more is lost rather than used later. `now` is the wall
    clock in epoch ms: clocks that differ by a second make a pause end a second early, and never the budget larger.
    """

    def __init__(self, per_minute: int, store: EditStore, now: Callable[[], int]) -> None:
        super().__init__(per_minute)
        self._store = store
        self._now = now
        self._share_ms = math.ceil(1000 / self._rate)
        self._at_once_ms = int(self._burst) * self._share_ms
        self._giving: asyncio.Task[None] | None = None

    async def pause(self, seconds: float) -> None:
        """Slack answered 429: no edit for so many seconds, whichever process makes it."""
        await self._store.pause(self._now() + math.ceil(seconds * 1000))

    def _unused(self) -> None:
        """It stays lost."""

    def _grant(self) -> None:
        """Give turns for as long as somebody waits for one."""
        if self._next() is None:
            if self._giving is not None:
                self._giving.cancel()
            self._giving = None
        elif self._giving is None or self._giving.done():
            self._giving = asyncio.create_task(self._give(), name="turns of edits")

    async def _give(self) -> None:
        while self._next() is not None:
            try:
                await self._due()
            except Unanswered:
                log.warning("turns_interrupted")
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if (line := self._next()) is not None:
                granted_first(line)

    async def _due(self) -> None:
        promised_until, paused_until = await self._store.promise(self._share_ms, self._now())
        due = max(promised_until - self._at_once_ms, paused_until)
        while (wait := due - self._now()) > 0:
            await asyncio.sleep(wait / 1000)
            due = await self._store.paused_until()
