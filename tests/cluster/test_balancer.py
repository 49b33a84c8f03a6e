"""The balancer before two fronts that are real servers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from local.cluster.balancer import Balancer, Front

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def hangs_up(request: web.Request) -> web.StreamResponse:
    """Take the request and end without an answer, as one that is killed."""
    assert request.transport is not None
    await request.read()
    request.transport.abort()
    return web.Response()


def says(name: str) -> Handler:
    """Answer with a name and what was asked."""

    async def handler(request: web.Request) -> web.StreamResponse:
        asked = f"{request.method} {request.path_qs} {await request.text()}"
        signature = request.headers.get("X-Slack-Signature", "")
        return web.Response(text=f"{name}: {asked} {signature}".strip(), headers={"X-Front": name})

    return handler


@asynccontextmanager
async def serving(handler: Handler, ready: int = 200) -> AsyncIterator[str]:
    """A front on a port of its own."""

    async def readyz(_: web.Request) -> web.StreamResponse:
        return web.Response(status=ready)

    app = web.Application()
    app.router.add_get("/readyz", readyz)
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


Ask = Callable[..., Awaitable[tuple[int, str]]]


@asynccontextmanager
async def balanced(*addresses: str, looked: bool = True) -> AsyncIterator[Ask]:
    """Requests through a balancer that has looked at the fronts once."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        balancer = Balancer([Front(address, address) for address in addresses], http)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", balancer.hand_on)
        server = await stack.enter_async_context(TestServer(app))
        if looked:
            await balancer.look()

        async def ask(body: str = "", **headers: str) -> tuple[int, str]:
            url = server.make_url("/slack/events?a=b")
            async with http.post(url, data=body, headers=headers) as answer:
                return answer.status, await answer.text()

        yield ask


async def test_the_fronts_take_turns_and_get_the_request_as_it_was_signed() -> None:
    async with (
        serving(says("one")) as one,
        serving(says("two")) as two,
        balanced(one, two) as ask,
    ):
        answers = [await ask("text=%2F", **{"X-Slack-Signature": "v0=abc"}) for _ in range(4)]
    said = "POST /slack/events?a=b text=%2F v0=abc"
    assert sorted(answers) == [(200, f"one: {said}")] * 2 + [(200, f"two: {said}")] * 2


@pytest.mark.parametrize("gone", ["refuses", "hangs up"])
async def test_the_next_front_answers_where_one_is_gone(gone: str) -> None:
    async with serving(says("two")) as two, serving(hangs_up) as breaking:
        one = breaking if gone == "hangs up" else "http://127.0.0.1:1"
        async with balanced(one, two) as ask:
            for _ in range(3):
                assert await ask("body") == (200, "two: POST /slack/events?a=b body")


async def test_who_is_not_ready_is_asked_only_when_nobody_is() -> None:
    async with (
        serving(says("draining"), ready=503) as draining,
        serving(says("ready")) as ready,
        balanced(draining, ready) as ask,
    ):
        assert {(await ask())[1].split(":")[0] for _ in range(4)} == {"ready"}
    async with (
        serving(says("draining"), ready=503) as draining,
        balanced(draining, looked=False) as ask,
    ):
        assert (await ask())[0] == 200


async def test_without_any_front_the_answer_says_so() -> None:
    async with balanced("http://127.0.0.1:1", looked=False) as ask:
        assert await ask() == (502, "No front answers.\n")
