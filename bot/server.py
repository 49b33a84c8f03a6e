"""An HTTP server inside the app's own loop: uvicorn without its signal handlers, since the app ends by itself."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import h11
import structlog
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.breaker import Breaker
from bot.workspace import CannotStart

LAST_REQUESTS_SECONDS = 4
"""What is in flight when the app stops may take so long: Slack waits for 3 s, nobody for longer."""
KEEP_ALIVE_SECONDS = 75
"""Longer than the 60 s that load balancers keep an idle connection, so that none is closed under a request."""
HEAD_SECONDS = 10
"""A connection that has not sent a whole head by then is closed: uvicorn would wait for ever."""
CONNECTIONS = 500
"""More at once get 503; a process may often open no more than 1,024 files, and the database and Reka need some."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An ASGI application: https://asgi.readthedocs.io/en/latest/specs/www.html"""

log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the app's: it stops listening first, and then everything else in order."""
        yield


class _Protocol(H11Protocol):
    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        # The rest of a body that nobody wanted: uvicorn would take it for a reason to keep the connection for ever.
        if self.conn.their_state is h11.SEND_BODY and self.cycle.response_complete:
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._cancel()
        elif self._head is None:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _cancel(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None


@asynccontextmanager
async def serving(
    application: Application, host: str, port: int, breaker: Breaker
) -> AsyncIterator[None]:
    """Serve until the block is left; then take no further request, and let those in flight be answered.

    Raises `CannotStart`. A server that ends by itself trips the breaker.
    """
    listener = _bound(host, port)
    server = _Server(
        uvicorn.Config(
            application,
            interface="asgi3",  # it takes a bound method for the version before
            http=_Protocol,
            limit_concurrency=CONNECTIONS,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=LAST_REQUESTS_SECONDS,
        )
    )

    def ended(task: asyncio.Task[None]) -> None:
        if not server.should_exit:
            log.error("server_failed", exc_info=None if task.cancelled() else task.exception())
            breaker.trip(f"Nothing listens on {host}:{port} any more.")

    task = asyncio.create_task(server.serve(sockets=[listener]), name=f"port {port}")
    task.add_done_callback(ended)
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({task})
        for listening in getattr(server, "servers", ()):  # closed, unless the server has failed
            listening.close()
        listener.close()


def _bound(host: str, port: int) -> socket.socket:
    try:
        [(family, _, _, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        return socket.create_server(address, family=family)
    except OSError as error:
        raise CannotStart(
            f"The app cannot listen on {host}:{port}: {error}. "
            "Check REEL_HTTP_HOST, REEL_HTTP_PORT, REEL_HEALTH_HOST and REEL_HEALTH_PORT."
        ) from None


async def answer(
    send: Send, status: int, text: str, content_type: str = "text/plain; charset=utf-8"
) -> None:
    """Send a whole response."""
    body = text.encode()
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
