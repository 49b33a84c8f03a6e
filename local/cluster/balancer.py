"""`python -m local.cluster.balancer`: one address in front of several, as any load balancer has it.

A request goes to the fronts in turn, to those first that say that they are ready. Where a front is gone before it has
answered, the next one gets the same request: Reel knows a delivery that it has seen, so twice is once.
"""

import asyncio
import itertools
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp
import typer
from aiohttp import web

LOOK_SECONDS = 0.5
"""How often each front is asked whether it is ready."""
ANSWER = aiohttp.ClientTimeout(total=3, connect=1)
READY = aiohttp.ClientTimeout(total=1)
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}
"""Headers of one connection, not of the request (RFC 9110, 7.6.1), and those that aiohttp writes itself."""


@dataclass(slots=True, eq=False)
class Front:
    """One of those that answer: where it takes requests, and where it says whether it is ready."""

    address: str
    health: str
    ready: bool = False


@dataclass(slots=True)
class Balancer:
    """Hands requests on. Use `watch` beside it, so that it knows who is ready."""

    fronts: Sequence[Front]
    http: aiohttp.ClientSession
    _turns: "itertools.count[int]" = field(default_factory=itertools.count)

    async def hand_on(self, request: web.Request) -> web.Response:
        """The answer of the first front that gives one; 502 when none does."""
        body = await request.read()
        for front in self._order():
            try:
                return await self._asked(front, request, body)
            except (aiohttp.ClientConnectionError, TimeoutError):
                front.ready = False
        return web.Response(status=502, text="No front answers.\n")

    def _order(self) -> list[Front]:
        turn = next(self._turns) % len(self.fronts)
        in_turn = [*self.fronts[turn:], *self.fronts[:turn]]
        return sorted(in_turn, key=lambda front: not front.ready)

    async def _asked(self, front: Front, request: web.Request, body: bytes) -> web.Response:
        url = f"{front.address}{request.rel_url}"
        async with self.http.request(
            request.method, url, data=body, headers=_headers(request.headers), timeout=ANSWER
        ) as answer:
            content = await answer.read()
            return web.Response(
                status=answer.status, body=content, headers=_headers(answer.headers)
            )

    async def watch(self) -> None:
        """Ask every front now and then whether it is ready, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Ask every front once."""
        await asyncio.gather(*map(self._look, self.fronts))

    async def _look(self, front: Front) -> None:
        try:
            async with self.http.get(f"{front.health}/readyz", timeout=READY) as answer:
                front.ready = answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            front.ready = False


def _headers(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP]


def main(port: int, fronts: list[str]) -> None:
    """Listen on PORT of 127.0.0.1. FRONTS: for each the address of its requests and of its health, with a comma."""
    try:
        asyncio.run(_serve(port, [_front(each) for each in fronts]))
    except OSError as error:
        raise SystemExit(f"The balancer cannot listen on port {port}: {error}.") from None


def _front(given: str) -> Front:
    address, _, health = given.partition(",")
    return Front(address, health)


async def _serve(port: int, fronts: Sequence[Front]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    # A connection for each request: one that was kept may be closed by a front that stops, and then nobody knows.
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        balancer = Balancer(fronts, http)
        app = web.Application(client_max_size=2 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", balancer.hand_on)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        watching = asyncio.create_task(balancer.watch(), name="watch")
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            typer.echo(f"balancer listening on http://127.0.0.1:{port}")
            await stop.wait()
        finally:
            watching.cancel()
            await runner.cleanup()


if __name__ == "__main__":
    typer.run(main)
