"""Ends the process, with a reason, when going on makes no sense; its supervisor starts it again."""

import asyncio

import structlog

log = structlog.get_logger(__name__)


class Breaker:
    """`trip` once, from anywhere; whoever runs the app waits for `tripped`."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._tripped = asyncio.Event()

    def trip(self, reason: str) -> None:
        """The first reason counts."""
        if self.reason is None:
            self.reason = reason
            log.error("breaker_tripped", reason=reason)
            self._tripped.set()

    async def tripped(self) -> None:
        """Wait until somebody has tripped it."""
        await self._tripped.wait()
