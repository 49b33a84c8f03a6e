"""The log of everything that happened in the workspace, in order, for tests and a page to follow."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from local.slack.mint import Clock

KEPT = 20_000
KEPT_CHARACTERS = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened. `seq` counts from 1 without gaps; `json` is what `/changes` shows."""

    seq: int
    json: str


class ChangeLog:
    """The newest changes and a way to wait for the next.

    At most `keep` of them and `characters` of JSON, the newest one always. They are kept as text:
    later changes of what they tell of do not reach them, and their memory is what it says.
    """

    def __init__(self, clock: Clock, keep: int = KEPT, characters: int = KEPT_CHARACTERS) -> None:
        self._clock = clock
        self._keep = keep
        self._characters = characters
        self._kept: deque[Change] = deque()
        self._held = 0
        self._grown = asyncio.Event()
        self.seq = 0

    def add(self, change: str, /, **data: Any) -> None:
        """Record a change, with its time in epoch milliseconds, and wake whoever waits."""
        self.seq += 1
        head = {"seq": self.seq, "at": int(self._clock() * 1000), "type": change}
        self._kept.append(Change(self.seq, json.dumps(head | data)))
        self._held += len(self._kept[-1].json)
        while len(self._kept) > self._keep or (
            self._held > self._characters and len(self._kept) > 1
        ):
            self._held -= len(self._kept.popleft().json)
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
