"""What followers have done, in the order in which they did it; a file, so that several processes can note it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.scenarios.people import PATIENCE

LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Notes:
    """Lines of words. A line is appended in one write, so none is torn."""

    path: Path

    def add(self, *words: str) -> None:
        """Note something."""
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{' '.join(words)}\n".encode())

    def all(self, *words: str) -> list[tuple[str, ...]]:
        """What was noted that begins with these words."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        found = [tuple(line.split()) for line in lines]
        return [each for each in found if each[: len(words)] == words]

    async def see(self, count: int, *words: str) -> list[tuple[str, ...]]:
        """Wait until so many lines begin with these words."""
        await until(lambda: len(self.all(*words)) >= count)
        return self.all(*words)


async def until(true: Callable[[], bool]) -> None:
    """Wait until it is true, for as long as a test waits."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110  a file, of other processes too
            await asyncio.sleep(LOOK_SECONDS)
