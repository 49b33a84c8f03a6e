"""The app's clock: epoch milliseconds that never jump, whatever is done to the machine's wall clock meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

LEAP_MS = 60_000
"""A wall clock that has gone so far from ours is worth a word: times are shown by ours."""

# The one that also counts while the machine sleeps, where there is one (Linux); elsewhere the other does, or sleeps too.
_STEADY = getattr(time, "CLOCK_BOOTTIME", None) or time.CLOCK_MONOTONIC


def wall_ms() -> int:
    """The machine's wall clock; it may be set at any moment."""
    return time.time_ns() // 1_000_000


def steady_ms() -> int:
    """Milliseconds since some moment; they only run forward."""
    return time.clock_gettime_ns(_STEADY) // 1_000_000


@dataclass(slots=True)
class Clock:
    """The wall clock as it was when this was made, carried on by a clock that only runs forward.

    A slot is free again a day after it was taken, so a wall clock that is set forward would free slots early, and one
    that is set back would hold them. Between two starts of the app the wall clock is all there is.
    """

    wall: Callable[[], int] = wall_ms
    steady: Callable[[], int] = steady_ms
    _ahead: int = field(init=False)

    def __post_init__(self) -> None:
        self._ahead = self.wall() - self.steady()

    def now(self) -> int:
        """Epoch milliseconds."""
        return self.steady() + self._ahead

    def leapt(self) -> int:
        """How far the wall clock has been set forward (or back: negative) since the start, in milliseconds."""
        return self.wall() - self.now()
