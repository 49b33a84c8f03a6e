"""What the workspace saw while the cluster ran: every edit, and every call that it refused for want of budget."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

MINUTE_MS = 60_000


@dataclass(slots=True)
class Watched:
    """`edits`: when each card was edited, in epoch milliseconds. `refused`: by method, the calls answered with 429."""

    edits: list[int] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    commands: int = 0

    def take(self, change: dict[str, object]) -> None:
        """Note one change."""
        if change["type"] != "api_call":
            return
        method = str(change["method"])
        if change["status"] == 429:
            self.refused[method] += 1
        elif method == "chat.update":
            self.edits.append(int(str(change["at"])))

    def most_edits_a_minute(self) -> int:
        """Of all spans of a minute, the fullest."""
        most = first = 0
        for last, at in enumerate(self.edits):
            while at - self.edits[first] >= MINUTE_MS:
                first += 1
            most = max(most, last - first + 1)
        return most


@asynccontextmanager
async def watched(workspace: str) -> AsyncIterator[Watched]:
    """Follow the workspace's changes until the block is left."""
    seen = Watched()
    async with aiohttp.ClientSession(workspace) as http:
        task = asyncio.create_task(_follow(http, seen), name="watch")
        try:
            yield seen
        finally:
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled() and (error := task.exception()):
                raise error


async def _follow(http: aiohttp.ClientSession, seen: Watched) -> None:
    after = 0
    while True:
        async with http.get("/changes", params={"after": after, "wait": 5}) as response:
            changes = (await response.json())["changes"]
        if changes and changes[0]["seq"] != after + 1:
            raise LookupError("the workspace forgot changes before they were read")
        for change in changes:
            seen.take(change)
            after = change["seq"]
