"""The log of everything that happened in the workspace, in order, for tests and a page to follow."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

from local.slack.mint import Clock


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened. `at` is epoch milliseconds, `seq` counts from 1 without gaps."""

    seq: int
    at: int
    type: str
    data: dict[str, Any]

    def json(self) -> dict[str, Any]:
        """As `GET /changes` shows it."""
        return {"seq": self.seq, "at": self.at, "type": self.type, **self.data}


class ChangeLog:
    """The newest changes (`keep` of them) and a way to wait for the next."""

    def __init__(self, clock: Clock, keep: int = 20_000) -> None:
        self._clock = clock
        self._kept: deque[Change] = deque(maxlen=keep)
        self._grown = asyncio.Event()
        self.seq = 0

    def add(self, change: str, /, **data: Any) -> None:
        """Record a change and wake whoever waits."""
        self.seq += 1
        self._kept.append(Change(self.seq, int(self._clock() * 1000), change, data))
        self._grown.set()
        self._grown = asyncio.Event()

    def after(self, seq: int) -> list[Change]:
        """The kept changes newer than `seq`, oldest first."""
        new = min(max(self.seq - seq, 0), len(self._kept))
        return [self._kept[index] for index in range(len(self._kept) - new, len(self._kept))]

    async def wait_after(self, seq: int, seconds: float) -> list[Change]:
        """Like `after`, but wait up to `seconds` for the first one."""
        try:
            async with asyncio.timeout(seconds):
                while self.seq <= seq:
                    await self._grown.wait()
        except TimeoutError:
            pass
        return self.after(seq)
