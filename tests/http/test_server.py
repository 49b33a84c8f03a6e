"""The server inside the app's loop."""

import asyncio

from bot.breaker import Breaker
from bot.server import Receive, Scope, Send, answer, serving
from tests.http.slack import Ports


async def hello(_scope: Scope, _receive: Receive, send: Send) -> None:
    await answer(send, 200, "hello")


async def test_it_serves_until_the_block_is_left(ports: Ports) -> None:
    breaker = Breaker()
    for _ in range(2):  # and the port is free again at once
        async with serving(hello, "127.0.0.1", ports.health, breaker):
            assert await ports.asks("/") == (200, "hello")
    assert breaker.reason is None


async def test_one_that_ends_by_itself_ends_the_app(ports: Ports) -> None:
    breaker = Breaker()
    async with serving(hello, "127.0.0.1", ports.health, breaker):
        assert await ports.asks("/") == (200, "hello")
        [server] = [t for t in asyncio.all_tasks() if t.get_name() == f"port {ports.health}"]
        server.cancel()
        await breaker.tripped()
    assert breaker.reason == f"Nothing listens on 127.0.0.1:{ports.health} any more."
