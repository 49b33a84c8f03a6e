"""The operator's port: `/healthz`, `/readyz` and `/metrics`."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from bot.breaker import Breaker
from bot.metrics import Metrics
from bot.runner import Runner
from bot.server import Receive, Scope, Send, answer
from storage.database import Database
from storage.figures import Figures
from storage.intent import Unanswered

DATABASE_SECONDS = 1.0
SILENT_DATABASE = "The database does not answer."
_UNANSWERED = (sqlite3.Error, Unanswered, ValueError, TimeoutError)
"""A closed connection is a ValueError."""


@dataclass(slots=True)
class Health:
    """What a load balancer, an orchestrator and Prometheus ask. `heard`: the app takes Slack's requests."""

    database: Database
    runner: Runner
    metrics: Metrics
    breaker: Breaker
    heard: bool = False

    @contextmanager
    def hearing(self) -> Iterator[None]:
        """Ready from here on; not any more once the block is left, before the last requests are answered."""
        self.heard = True
        try:
            yield
        finally:
            self.heard = False

    async def unready(self) -> str | None:
        """Why no request should be sent here now; None when one may."""
        if self.breaker.reason is not None:  # a token that Slack has revoked, for one
            return self.breaker.reason
        if not self.heard:
            return "The app is starting or stopping."
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                await self.database.ping()
        except _UNANSWERED:
            return SILENT_DATABASE
        return None

    async def application(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """The ASGI application."""
        match scope["path"]:
            case "/healthz":  # that it is answered shows that the process and its loop live
                await answer(send, 200, "alive\n")
            case "/readyz":
                reason = await self.unready()
                await answer(send, 503 if reason else 200, f"{reason or 'ready'}\n")
            case "/metrics":
                await self._metrics(send)
            case _:
                await answer(send, 404, "There are /healthz, /readyz and /metrics.\n")

    async def _metrics(self, send: Send) -> None:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                text = await self.metrics.exposed(Figures(self.database), self.runner)
        except _UNANSWERED:
            await answer(send, 503, f"{SILENT_DATABASE}\n")
        else:
            await answer(send, 200, text, CONTENT_TYPE_PLAIN_0_0_4)
