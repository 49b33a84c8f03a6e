"""The workspace's budget of edits: who edits next, and when."""

import asyncio
import heapq
import itertools
from contextlib import suppress
from enum import IntEnum


class Urgency(IntEnum):
    """Who edits first when the budget is short."""

    FINAL = 0
    STAGE = 1
    REFRESH = 2


class EditBudget:
    """So many edits a minute for one workspace; the next turn goes to the most urgent, then the longest waiting.

    Slack counts per method, workspace and minute (`chat.update`: tier 3, 50 and more). A fifth of the budget may be used
    at once, the rest flows evenly, so that no minute ever sees more than the whole.
    """

    def __init__(self, per_minute: int) -> None:
        self._burst = max(1.0, per_minute // 5)
        self._rate = max(per_minute - self._burst, 1.0) / 60
        self._turns = self._burst
        self._counted_at: float | None = None
        self._paused_until = 0.0
        self._queue: list[tuple[Urgency, int]] = []
        self._numbers = itertools.count()
        self._moved = asyncio.Condition()

    async def turn(self, urgency: Urgency) -> None:
        """Wait for the right to make one edit."""
        async with self._moved:
            # Queued only with the lock in hand: who is cancelled while waiting for it must leave no ticket behind.
            ticket = (urgency, next(self._numbers))
            heapq.heappush(self._queue, ticket)
            try:
                while (wait := self._wait_of(ticket)) is None or wait > 0:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(wait):
                            await self._moved.wait()
                self._turns -= 1
            finally:
                self._queue.remove(ticket)
                heapq.heapify(self._queue)
                self._moved.notify_all()

    def pause(self, seconds: float) -> None:
        """Slack answered 429: no edit for so many seconds."""
        self._paused_until = max(self._paused_until, _clock() + seconds)

    def _wait_of(self, ticket: tuple[Urgency, int]) -> float | None:
        """Seconds until it may be this ticket's turn; None while another one is before it."""
        return self._wait() if self._queue[0] == ticket else None

    def _wait(self) -> float:
        now = _clock()
        if self._counted_at is not None:
            grown = self._turns + (now - self._counted_at) * self._rate
            self._turns = min(self._burst, grown)
        self._counted_at = now
        missing = max(0.0, 1 - self._turns) / self._rate
        return max(missing, self._paused_until - now)


def _clock() -> float:
    return asyncio.get_running_loop().time()
