"""News of generations, handed from the worker to the open streams."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from local.reka.generations import Generation

# A listener's news in order; None says that the service closes.
News = asyncio.Queue[Generation | None]


class Announcements:
    """Who listens to which generation. Every listener gets every change, in order."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[News]] = {}

    @contextmanager
    def listen(self, generation_id: str) -> Iterator[News]:
        """The changes of one generation from here on."""
        news = News()
        listeners = self._listeners.setdefault(generation_id, set())
        listeners.add(news)
        try:
            yield news
        finally:
            listeners.discard(news)
            if not listeners:
                self._listeners.pop(generation_id, None)

    def publish(self, generation: Generation) -> None:
        """Tell the generation's listeners how it stands now."""
        for news in self._listeners.get(generation.id, ()):
            news.put_nowait(generation)

    def close(self) -> None:
        """Send every listener home."""
        for listeners in self._listeners.values():
            for news in listeners:
                news.put_nowait(None)
