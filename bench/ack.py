"""Ack: from `/reel` dispatched to its ack received, and the CPU that a command costs.

Each job stops at its first post, which the Slack of the run holds back: what is measured is the way to the ack, with
the start of the job that it leaves behind (a task, and a durable take-over), and nothing of the job's life. One at a
time goes through the local workspace; 100 in flight would measure the workspace, so they come from a bare Slack.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import aiohttp

from bench.pairs import Figure, Goal, Measure, Sample, figures, interleaved, percentile
from bench.processes import Bench, Measured, asked, bench, settings

WARM_UP = 30
GOAL = Goal(1.5)
OURS, REFERENCE = "bot", "bench.references.ack"
HOLD = {"method": "chat.postMessage", "delay": 60.0, "times": 100_000}
NOBODY = "http://127.0.0.1:9"
"""No clip service is needed: no job comes so far."""
CONNECT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Commands:
    """How many commands, how many of them at a time, and how the rows are named."""

    count: int
    in_flight: int
    name: str

    def measures(self) -> list[Measure]:
        """The rows."""
        return [
            Measure(f"ack: {self.name}, p50", "ms", GOAL),
            Measure(f"ack: {self.name}, p99", "ms"),
            Measure(f"ack: {self.name}, CPU per command", "ms", GOAL),
        ]

    def sample(self, seconds: list[float], cpu: float) -> Sample:
        """The values of one run."""
        values = (
            percentile(seconds, 0.5) * 1000,
            percentile(seconds, 0.99) * 1000,
            cpu / len(seconds) * 1000,
        )
        return {row.name: value for row, value in zip(self.measures(), values, strict=True)}


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """All rows. `scale` shortens the runs."""
    one = Commands(max(1, int(400 * scale)), 1, "one at a time")
    many = Commands(max(1, int(3000 * scale)), max(1, int(100 * scale)), "100 in flight")
    found = []
    for commands, way in ((one, _through_workspace), (many, _from_bare_slack)):
        ours, reference = partial(way, commands, OURS), partial(way, commands, REFERENCE)
        found += figures(commands.measures(), list(interleaved(pairs, ours, reference)))
    return found


def _through_workspace(commands: Commands, module: str) -> Sample:
    with bench() as house:
        data = str(house.folder / "workspace")
        slack = house.beside("workspace", "local.slack", "--data", data, "--rate-limit-factor", "0")
        asked(slack, "/act/fault", **HOLD)
        app = _started(house, module, slack)
        _wait_for(lambda: bool(_sockets(slack)))
        asyncio.run(_typed(slack, WARM_UP, "warm"))
        return _measured(commands, app, lambda: asyncio.run(_typed(slack, commands.count, "wish")))


def _from_bare_slack(commands: Commands, module: str) -> Sample:
    with bench() as house:
        slack = house.beside("slack", "bench.slack")
        asked(slack, "/control/hold_posts")
        app = _started(house, module, slack)
        asked(slack, "/control/connected")
        dispatch = partial(asked, slack, "/control/dispatch", in_flight=commands.in_flight)
        dispatch(count=WARM_UP)
        return _measured(commands, app, lambda: dispatch(count=commands.count))


def _measured(commands: Commands, app: Measured, dispatch: Callable[[], list[float]]) -> Sample:
    before = app.settled()
    seconds = dispatch()
    after = app.settled()
    app.kill()
    return commands.sample(seconds, after.cpu - before.cpu)


def _started(house: Bench, module: str, slack: str) -> Measured:
    arguments = ("run",) if module == OURS else ()
    told = settings(NOBODY, slack, house.folder / "reel.db")
    return house.measured(module, *arguments, **told)


async def _typed(slack: str, count: int, word: str) -> list[float]:
    """Type commands one after the other; the seconds from each to its ack, as the workspace measures them."""
    seconds = []
    async with aiohttp.ClientSession() as http:
        for number in range(count):
            text = f"https://example.com/{number}.mp4 {word} {number} clips:1"
            body = {"user": "robin", "channel": "general", "command": "/reel", "text": text}
            async with http.post(f"{slack}/act/command", json=body) as answer:
                seconds.append(float((await answer.json())["latency_ms"]) / 1000)
    return seconds


def _sockets(slack: str) -> int:
    async def look() -> int:
        async with aiohttp.ClientSession() as http, http.get(f"{slack}/state") as answer:
            return int((await answer.json())["sockets"])

    return asyncio.run(look())


def _wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + CONNECT_SECONDS
    while not true() and time.monotonic() < deadline:
        time.sleep(0.1)
