"""What is asked of a database for somebody who cannot wait: begun by whoever does it, or withdrawn by whoever asked."""

import asyncio
import threading
from types import TracebackType
from typing import Self


class Unanswered(Exception):
    """The database is not there, or went away. Nothing of what was asked was done."""

    may_be_done = False
    """Whether it may be, in a subclass: then a commit was on its way."""


class Unsure(Unanswered):
    """The database went away in the moment of a commit: it was done wholly, or not at all."""

    may_be_done = True


class Overdue(Unanswered):
    """A commit was on its way when the time was over: it may be done yet. To look is no use, the database being slow."""

    may_be_done = True


class Intent:
    """One thing that is asked for. `seconds`: so long it is waited for; None: to its end."""

    __slots__ = ("_decided", "_time", "_withdrawn", "seconds")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._decided = threading.Lock()
        self._withdrawn = False
        self._time: asyncio.Timeout | None = None

    @property
    def hurried(self) -> bool:
        """Whether it is waited for only so long."""
        return self.seconds is not None

    def begins(self) -> bool:
        """It comes to its commit now, in any thread; False when it was withdrawn."""
        return self._decided.acquire(blocking=False) or not self._withdrawn

    def begins_later(self) -> None:
        """It did not come to it, and may be withdrawn again."""
        self._decided.release()

    def begin(self) -> None:
        """The same. Raises `Unanswered` when it was withdrawn."""
        if not self.begins():
            raise Unanswered("Withdrawn: whoever asked has stopped waiting.")

    def withdraw(self) -> bool:
        """It is not to be done any more; False when it had begun."""
        self._withdrawn = self._decided.acquire(blocking=False)
        return self._withdrawn

    async def __aenter__(self) -> Self:
        """Wait for it in the block, as long as there is time."""
        if self.seconds is not None:
            self._time = asyncio.timeout(self.seconds)
            await self._time.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raises `Unanswered` when it was withdrawn in time, `Overdue` when it had begun."""
        if self._time is None:
            return
        try:
            await self._time.__aexit__(kind, error, trace)
        except TimeoutError:
            if self.withdraw():
                raise Unanswered("The database does not answer in time.") from None
            raise Overdue("The database does not answer in time.") from None
