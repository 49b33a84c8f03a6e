"""Socket Mode, Slack's side: tickets, up to ten sockets, envelopes out, acks back.

Protocol: https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

import asyncio
import json
import time
from collections import deque
from typing import Any

from aiohttp import WSMsgType, web

from local.slack import strict_json
from local.slack.changes import ChangeLog
from local.slack.envelopes import ACK_TIMEOUT_S, Delivery, Envelope, ack_payload
from local.slack.excerpt import excerpt
from local.slack.faults import Faults
from local.slack.mint import Mint

MAX_SOCKETS = 10
PING_INTERVAL_S = 20.0
GRACE_S = {"warning": 10.0}  # between the disconnect frame and the end of the connection
OTHER_GRACE_S = 1.0
_Ack = tuple[int, dict[str, Any] | None]  # the socket it came in on, and its payload


class Socket:
    """One connection of the app. A draining one gets no further envelopes."""

    def __init__(self, number: int, request: web.Request) -> None:
        self.number = number
        self.request = request
        self.ws = web.WebSocketResponse(heartbeat=PING_INTERVAL_S)
        self.draining = False

    def abort(self) -> None:
        """Break the connection without a word, as a network does."""
        if self.request.transport is not None:
            self.request.transport.abort()


class SocketMode:
    """The app's sockets, the envelopes that wait for one, and the acks that are awaited.

    An ack counts wherever it arrives: slack_sdk closes its old socket before it opens a new one,
    so acks of envelopes in flight come in on the new one.
    """

    def __init__(
        self,
        app_id: str,
        changes: ChangeLog,
        faults: Faults,
        mint: Mint,
        *,
        ack_timeout: float = ACK_TIMEOUT_S,
    ) -> None:
        self._app_id = app_id
        self._changes = changes
        self._faults = faults
        self._mint = mint
        self._ack_timeout = ack_timeout
        self._tickets: set[str] = set()
        self._sockets: deque[Socket] = deque()
        self._opened = 0
        self._queue: deque[Envelope] = deque()
        self._awaited: dict[str, tuple[Envelope, asyncio.Future[_Ack]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # --- the way in

    def ticket(self) -> str:
        """A single-use ticket for one connection."""
        ticket = self._mint.secret()
        self._tickets.add(ticket)
        return ticket

    @property
    def open(self) -> int:
        """How many sockets are connected."""
        return len(self._sockets)

    async def link(self, request: web.Request) -> web.StreamResponse:
        """`GET /link?ticket=...`: become a WebSocket, and stay until either side leaves."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="This ticket is unknown or was used already.\n")
        self._tickets.discard(ticket)
        self._opened += 1
        socket = Socket(self._opened, request)
        await socket.ws.prepare(request)
        if self.open >= MAX_SOCKETS:
            await self._send(socket, self._farewell("too_many_websockets"))
            await socket.ws.close()
            return socket.ws
        await self._serve(socket)
        return socket.ws

    async def _serve(self, socket: Socket) -> None:
        self._sockets.append(socket)
        self._changes.add("socket", event="open", socket=socket.number, open=self.open)
        try:
            await self._send(socket, self._hello())
            await self._flush()
            async for message in socket.ws:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(message.data, socket)
        finally:
            self._sockets.remove(socket)
            self._changes.add("socket", event="close", socket=socket.number, open=self.open)

    # --- envelopes out, acks back

    async def deliver(self, envelope: Envelope, deliveries: int = 1) -> Delivery:
        """Hand an envelope to one socket and wait for its ack, at most the time-out.

        While no socket is open it waits in the queue; once timed out it leaves it, since Slack
        does not redeliver commands and interactions.
        """
        future: asyncio.Future[_Ack] = asyncio.get_running_loop().create_future()
        self._awaited[envelope.id] = (envelope, future)
        started = time.perf_counter()
        socket, payload = None, None
        try:
            async with asyncio.timeout(self._ack_timeout):
                for _ in range(deliveries):
                    await self._hand_over(envelope)
                socket, payload = await future
        except TimeoutError:
            self._queue = deque(queued for queued in self._queue if queued.id != envelope.id)
        finally:
            del self._awaited[envelope.id]
        latency_ms = (time.perf_counter() - started) * 1000
        delivery = Delivery(envelope.id, socket is not None, payload, latency_ms)
        self._log_ack(delivery, socket)
        return delivery

    async def _hand_over(self, envelope: Envelope) -> None:
        """Give it to the next socket in turn; one that turns out dead is passed over."""
        for _ in range(len(self._sockets)):
            socket = self._sockets[0]
            self._sockets.rotate(-1)
            if not socket.draining and await self._send(socket, envelope.frame()):
                self._log_envelope(envelope, socket.number)
                return
        self._log_envelope(envelope, None)
        self._queue.append(envelope)

    async def _flush(self) -> None:
        queued, self._queue = self._queue, deque()
        for envelope in queued:
            await self._hand_over(envelope)

    def _acknowledge(self, text: str, socket: Socket) -> None:
        awaited = self._awaited.get(_acked_id(text))
        if awaited is None or awaited[1].done():  # too late, or the same one twice
            self._log_stray("unawaited_ack", text, socket)
        elif self._faults.take_ack():
            self._log_stray("lost_ack", text, socket)
        else:
            envelope, future = awaited
            future.set_result((socket.number, ack_payload(envelope, json.loads(text))))

    # --- the way out

    async def disconnect(self, reason: str) -> int:
        """Ask every socket to reconnect; those that don't are closed. Returns how many were asked.

        A `warning` comes about ten seconds before the end, other reasons shortly before it.
        """
        sockets = list(self._sockets)
        for socket in sockets:
            socket.draining = True
            await self._send(socket, self._farewell(reason))
            self._changes.add("socket", event="disconnect", socket=socket.number, reason=reason)
            task = asyncio.create_task(_close_later(socket, reason))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(sockets)

    def abort(self) -> int:
        """Break every connection at once, without a disconnect frame."""
        for socket in self._sockets:
            socket.abort()
        return len(self._sockets)

    async def close(self) -> None:
        """Close every socket."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in list(self._sockets):
            await socket.ws.close()

    # --- frames

    async def _send(self, socket: Socket, frame: dict[str, Any]) -> bool:
        try:
            await socket.ws.send_json(frame)
        except ConnectionError:
            return False
        return True

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "connection_info": {"app_id": self._app_id},
            "num_connections": self.open,
            "debug_info": {
                "host": "applink-local",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
        }

    def _farewell(self, reason: str) -> dict[str, Any]:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local"}}

    def _log_envelope(self, envelope: Envelope, socket: int | None) -> None:
        self._changes.add(
            "envelope",
            envelope_id=envelope.id,
            kind=envelope.kind,
            socket=socket,
            queued=socket is None,
            retry_attempt=envelope.retry_attempt,
            payload=excerpt(envelope.payload),
        )

    def _log_ack(self, delivery: Delivery, socket: int | None) -> None:
        self._changes.add(
            "ack",
            envelope_id=delivery.envelope_id,
            acked=delivery.acked,
            socket=socket,
            payload=excerpt(delivery.payload),
            latency_ms=delivery.latency_ms,
        )

    def _log_stray(self, event: str, text: str, socket: Socket) -> None:
        """A frame that ends no wait; `text` is the frame as it came."""
        self._changes.add(
            "socket",
            event=event,
            socket=socket.number,
            envelope_id=_acked_id(text) or None,
            text=excerpt(text),
        )


def _acked_id(text: str) -> str:
    """The `envelope_id` of a frame; empty when there is none."""
    try:
        frame = strict_json.loads(text)
    except ValueError:
        return ""
    return str(frame.get("envelope_id")) if isinstance(frame, dict) else ""


async def _close_later(socket: Socket, reason: str) -> None:
    await asyncio.sleep(GRACE_S.get(reason, OTHER_GRACE_S))
    await socket.ws.close()
