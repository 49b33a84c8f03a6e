"""What goes on after an answer was given: deliveries of events, the scan of an upload."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Tasks that nobody waits for, owned until they end or the workspace closes."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine soon, in the order of the calls."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cancel what still runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
