"""Time that passes only when nothing else can happen: one clock for the world, and an event loop that jumps along it."""

import asyncio
import heapq
import selectors
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EPOCH_MS = 1_790_000_000_000
"""Wall clock, in epoch milliseconds, at the world's second zero."""


_STEP_SECONDS = 2e-5
"""What a callback takes. Time that stood still would keep a wait for the next instant from ever ending."""


class Stuck(Exception):
    """The app waits for something that will never come, or spins."""


@dataclass(slots=True)
class Clock:
    """The world's time. It outlives the processes that look at it."""

    seconds: float = 0.0
    #: (from second, milliseconds that the app's wall clock is off from then on), in order.
    jumps: list[tuple[float, int]] = field(default_factory=list)

    def true_ms(self) -> int:
        """Epoch milliseconds as the services outside see them."""
        return EPOCH_MS + int(self.seconds * 1000)

    def wall_ms(self) -> int:
        """Epoch milliseconds as the app's own machine shows them; they may jump."""
        off = 0
        for since, milliseconds in self.jumps:
            if since <= self.seconds:
                off = milliseconds
        return self.true_ms() + off


class _Nothing(selectors.BaseSelector):
    """A selector without files: the simulation has no sockets."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        raise RuntimeError("the simulation opens no socket")

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        raise KeyError(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}


class JumpingLoop(asyncio.SelectorEventLoop):
    """One callback a step. Without a ready callback the clock jumps to the next timer; at `crash_at` all stops.

    Overrides the private `_run_once` of CPython's loop (3.11 to 3.14), since asyncio has no public step.
    """

    #: More than any life takes that does not spin.
    most_steps = 1_500_000

    def __init__(self, clock: Clock, crash_at: int | None = None) -> None:
        self.clock = clock
        self.crash_at = crash_at
        self.steps = 0
        self.crashed = False
        super().__init__(_Nothing())

    def time(self) -> float:
        """Seconds of the world."""
        return self.clock.seconds

    def abandon(self) -> None:
        """End like a killed process: no callback runs any more, nothing is cancelled or closed."""
        self.crashed = True
        self.stop()

    def _run_once(self) -> None:
        loop: Any = self
        ready, timers = loop._ready, loop._scheduled
        while timers and (timers[0]._cancelled or timers[0]._when <= self.clock.seconds):
            timer = heapq.heappop(timers)
            timer._scheduled = False
            if not timer._cancelled:
                ready.append(timer)
        if not ready:
            if not timers:
                raise Stuck("nothing is ready and no timer runs")
            self.clock.seconds = timers[0]._when
            return
        self.steps += 1
        self.clock.seconds += _STEP_SECONDS
        if self.steps > self.most_steps:
            raise Stuck("it spins: far more steps than any life takes")
        if self.steps == self.crash_at:
            self.abandon()
            return
        callback = ready.popleft()
        if not callback._cancelled:
            callback._run()

    # No self-pipe: nothing wakes this loop from outside.
    def _make_self_pipe(self) -> None:
        loop: Any = self
        loop._ssock = loop._csock = None
        loop._internal_fds = 0

    def _close_self_pipe(self) -> None:
        pass

    def _write_to_self(self) -> None:
        pass
