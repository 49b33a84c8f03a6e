"""Wakes everybody who waits for a slot when something about the slots has changed."""

import asyncio
from collections.abc import Callable


class Bell:
    """`ring` wakes all that listen at that moment; `tell` carries it on to other processes, where there are any."""

    def __init__(self, tell: Callable[[], None] = lambda: None) -> None:
        self._tell = tell
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody."""
        self.wake()
        self._tell()

    def wake(self) -> None:
        """Wake everybody in this process."""
        self._rung.set()
        self._rung = asyncio.Event()

    def listen(self) -> asyncio.Event:
        """Set by the next ring. Taken before one looks, so that no ring is missed between looking and waiting."""
        return self._rung


async def heard(rung: asyncio.Event, seconds: float) -> None:
    """Wait for the ring, or so long."""
    try:
        async with asyncio.timeout(seconds):
            await rung.wait()
    except TimeoutError:
        return
