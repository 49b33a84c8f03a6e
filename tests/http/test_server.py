"""The server inside the app's loop."""

import asyncio

import pytest

from bot import server
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


@pytest.mark.parametrize("before", [0, 1], ids=["as its first", "after an answer"])
@pytest.mark.parametrize("half", [b"", b"POST /slack/ev"], ids=["no head", "half a head"])
async def test_a_connection_without_a_whole_head_is_not_kept(
    before: int, half: bytes, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.05)
    monkeypatch.setattr(server, "KEEP_ALIVE_SECONDS", 0.1 if not half else 60)
    async with serving(hello, "127.0.0.1", ports.health, Breaker()):
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.health)
        async with asyncio.timeout(10):
            for _ in range(before):
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                await reader.readuntil(b"hello")
            writer.write(half)
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


async def test_what_comes_of_a_body_after_its_answer_does_not_keep_the_connection(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "KEEP_ALIVE_SECONDS", 0.1)
    async with serving(hello, "127.0.0.1", ports.health, Breaker()):
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.health)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\na")
        await reader.readuntil(b"hello")
        writer.write(b"a")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


async def test_a_head_that_is_whole_may_take_its_answers_time(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.05)
    loop = asyncio.get_running_loop()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        late = asyncio.Event()
        loop.call_later(0.2, late.set)
        await late.wait()
        await hello(scope, receive, send)

    async with serving(slow, "127.0.0.1", ports.health, Breaker()):
        assert await ports.asks("/") == (200, "hello")


async def test_more_connections_than_it_holds_are_turned_away(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 2)
    async with serving(hello, "127.0.0.1", ports.health, Breaker()):
        _, writer = await asyncio.open_connection("127.0.0.1", ports.health)
        assert (await ports.asks("/"))[0] == 503
        writer.close()
        await writer.wait_closed()
