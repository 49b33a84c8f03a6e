"""The workspace's budget of edits: who edits next, and when."""

import asyncio
import itertools
from enum import IntEnum


class Urgency(IntEnum):
    """Who edits first when the budget is short."""

    FINAL = 0
    STAGE = 1
    REFRESH = 2


class EditBudget:
    """So many edits a minute for one workspace; the next turn goes to the most urgent, then the longest waiting.

    Slack counts per method, workspace and minute (`chat.update`: tier 3, 50 and more). A fifth of the budget may be used
    at once, the rest flows evenly, so that no minute ever sees more than the whole. Only who is next is woken: with
    thousands of cards in line, waking all of them for each edit would cost the square of their number.
    """

    def __init__(self, per_minute: int) -> None:
        self._burst = max(1.0, per_minute // 5)
        self._rate = max(per_minute - self._burst, 1.0) / 60
        self._turns = self._burst
        self._counted_at: float | None = None
        self._paused_until = 0.0
        # Dicts, since they keep the order in which one came and let go of anybody at once.
        self._line: dict[Urgency, dict[int, asyncio.Future[None]]] = {each: {} for each in Urgency}
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, urgency: Urgency) -> None:
        """Wait for the right to make one edit."""
        number, granted = next(self._numbers), asyncio.get_running_loop().create_future()
        self._line[urgency][number] = granted
        self._grant()
        try:
            await granted
        except asyncio.CancelledError:
            if not granted.cancelled():  # granted in the same moment, and never used
                self._unused()
            raise
        finally:
            self._line[urgency].pop(number, None)
            self._grant()

    async def pause(self, seconds: float) -> None:
        """Slack answered 429: no edit for so many seconds."""
        self._paused_until = max(self._paused_until, _clock() + seconds)

    def _unused(self) -> None:
        self._turns += 1

    def _grant(self) -> None:
        """Give out the turns there are; come again when the next one is due, if somebody waits for it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while (line := self._next()) is not None:
            if (wait := self._wait()) > 0:
                self._timer = asyncio.get_running_loop().call_later(wait, self._grant)
                return
            if granted_first(line):
                self._turns -= 1

    def _next(self) -> dict[int, asyncio.Future[None]] | None:
        """The line whose first one is next."""
        return next(filter(None, self._line.values()), None)

    def _wait(self) -> float:
        now = _clock()
        if self._counted_at is not None:
            grown = self._turns + (now - self._counted_at) * self._rate
            self._turns = min(self._burst, grown)
        self._counted_at = now
        missing = max(0.0, 1 - self._turns) / self._rate
        return max(missing, self._paused_until - now)


def granted_first(line: dict[int, asyncio.Future[None]]) -> bool:
    """Give the first one its turn; False when its task has been cancelled, and has not run since."""
    first = line.pop(next(iter(line)))
    if first.cancelled():
        return False
    first.set_result(None)
    return True


def _clock() -> float:
    return asyncio.get_running_loop().time()
