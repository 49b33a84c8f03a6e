"""`python -m bench.slack`: a Slack that only takes messages and hands out commands, where the local workspace is too slow.

The local workspace checks, keeps and logs all that happens; for one command that costs more than the app itself. Here a
message is a number and the moment it came. Orders come over `/control/…`; times are of the system-wide monotonic clock.
"""

import asyncio
import itertools
import json
import re
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

IDENTITY = {
    "ok": True,
    "url": "https://bench.slack.example/",
    "team": "Bench",
    "user": "reel",
    "team_id": "T0BENCH",
    "user_id": "U0BENCHBOT",
    "bot_id": "B0BENCHBOT",
}
PEOPLE = 50
HELLO = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0BENCH"}}
_STAGE = re.compile(r"stage-\d+")


@dataclass(slots=True)
class Slack:
    """The workspace: one socket, the updates that came, the acks that are awaited."""

    holds_posts: bool = False
    socket: web.WebSocketResponse | None = None
    #: (the stage that the message tells, when it came).
    updates: list[tuple[str, float]] = field(default_factory=list)
    acks: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def called(self, request: web.Request) -> web.Response:
        """`/api/<method>`."""
        came = time.monotonic()
        method = request.match_info["method"]
        if method == "apps.connections.open":
            return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})
        if method == "auth.test":
            return web.json_response(IDENTITY)
        if method == "chat.update":
            stage = _STAGE.search(await request.text())
            self.updates.append((stage[0] if stage else "", came))
        elif self.holds_posts:
            await asyncio.Event().wait()
        ts = f"{next(self.numbers):010d}.000100"
        return web.json_response({"ok": True, "channel": "C0BENCH", "ts": ts})

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        """The app's Socket Mode connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(HELLO)
        self.socket = socket
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                ack = self.acks.get(json.loads(message.data).get("envelope_id"))
                if ack is not None and not ack.done():
                    ack.set_result(time.monotonic())
        return socket

    async def dispatch(self, count: int, in_flight: int) -> list[float]:
        """So many `/reel` commands, `in_flight` at a time; the seconds from each to its ack."""
        places = asyncio.Semaphore(in_flight)

        async def one() -> float:
            async with places:
                return await self._typed()

        return await asyncio.gather(*(one() for _ in range(count)))

    async def _typed(self) -> float:
        if self.socket is None:
            raise RuntimeError("no app is connected")
        number = next(self.numbers)
        envelope = f"envelope-{number}"
        frame = json.dumps(_command(number, envelope))
        ack: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.acks[envelope] = ack
        began = time.monotonic()
        await self.socket.send_str(frame)
        came = await ack
        return came - began

    async def seen(self) -> list[tuple[str, float]]:
        """The updates since this was asked last."""
        seen, self.updates = self.updates, []
        return seen

    async def connected(self) -> bool:
        """Wait for the app."""
        while self.socket is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return True

    async def hold_posts(self) -> bool:
        """Answer no post from now on."""
        self.holds_posts = True
        return True


def _command(number: int, envelope: str) -> dict[str, Any]:
    payload = {
        "token": "t",
        "team_id": "T0BENCH",
        "team_domain": "bench",
        "channel_id": "C0BENCH",
        "channel_name": "bench",
        "user_id": f"U0PERSON{number % PEOPLE}",
        "user_name": "robin",
        "command": "/reel",
        "text": f"https://example.com/{number}.mp4 wish {number} clips:1",
        "api_app_id": "A0BENCH",
        "is_enterprise_install": "false",
        "response_url": "http://127.0.0.1:9/response",
        "trigger_id": f"trigger-{number}",
    }
    return {
        "envelope_id": envelope,
        "type": "slash_commands",
        "accepts_response_payload": True,
        "payload": payload,
    }


ORDERS: dict[str, Callable[..., Awaitable[object]]] = {
    "dispatch": Slack.dispatch,
    "seen": Slack.seen,
    "connected": Slack.connected,
    "hold_posts": Slack.hold_posts,
}


async def serve() -> None:
    """Listen until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    slack = Slack()

    async def ordered(request: web.Request) -> web.Response:
        order = ORDERS[request.match_info["order"]]
        return web.json_response(await order(slack, **await request.json()))

    app = web.Application()
    app.add_routes(
        [
            web.post("/api/{method}", slack.called),
            web.get("/link", slack.link),
            web.post("/control/{order}", ordered),
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"slack listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)  # noqa: T201
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve())
