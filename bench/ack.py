"""Ack: from `/reel` dispatched to its ack received, and the CPU that a command costs.

Measured up to the ack on both sides: the reference ends there, and in ours no job is begun (`bench.ear`). What the start
of the job costs beside it is a row of its own without a goal; there each job stops at its first post, which the Slack of
the run holds back. One at a time goes through the local workspace; 100 in flight would measure the workspace, so they
come from a bare Slack.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import aiohttp

from bench.pairs import QUIET, Figure, Goal, Measure, Sample, figures, percentile
from bench.processes import Bench, Measured, asked, bench, settings

WARM_UP = 30
PARTS = 8
GOAL = Goal(1.5)
OURS, WITH_JOBS, REFERENCE = "bench.ear", "bot", "bench.references.ack"
HOLD = {"method": "chat.postMessage", "delay": 60.0, "times": 100_000}
NOBODY = "http://127.0.0.1:9"
"""No clip service is needed: no job comes so far."""
CONNECT_SECONDS = 30.0


ROWS = P50, P99, CPU = "p50", "p99", "CPU per command"


@dataclass(frozen=True, slots=True)
class Commands:
    """How many commands, how many of them at a time, and how the rows are named."""

    count: int
    in_flight: int
    name: str

    def rows(self, pairs: list[tuple[Sample, Sample]], goal: Goal | None) -> list[Figure]:
        """The figures of these pairs."""
        goals = {P50: goal, CPU: goal}
        found = figures([Measure(row, "ms", goals.get(row)) for row in ROWS], pairs)
        return [replace(row, name=f"ack: {self.name}, {row.name}") for row in found]


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """All rows. `scale` shortens the runs."""
    one = Commands(max(1, int(600 * scale)), 1, "one at a time")
    many = Commands(max(1, int(2000 * scale)), max(1, int(100 * scale)), "100 in flight")
    found: list[Figure] = []
    for commands, way in ((one, _through_workspace), (many, _from_bare_slack)):
        rounds = [
            {module: way(commands, module) for module in (OURS, REFERENCE, WITH_JOBS)}
            for _ in range(pairs)
        ]
        found += commands.rows([(each[OURS], each[REFERENCE]) for each in rounds], GOAL)
        jobs = replace(commands, name=f"{commands.name}, with the jobs' start")
        found += jobs.rows([(each[WITH_JOBS], each[REFERENCE]) for each in rounds], None)
    return found


def _through_workspace(commands: Commands, module: str) -> Sample:
    with bench() as house:
        data = str(house.folder / "workspace")
        slack = house.beside("workspace", "local.slack", "--data", data, "--rate-limit-factor", "0")
        asked(slack, "/act/fault", **HOLD)
        app = _started(house, module, slack)
        _wait_for(lambda: bool(_sockets(slack)))
        numbers = itertools.count(1)

        def dispatch(count: int) -> list[float]:
            return asyncio.run(_typed(slack, itertools.islice(numbers, count)))

        dispatch(WARM_UP)
        return _measured(app, dispatch, commands.count)


def _from_bare_slack(commands: Commands, module: str) -> Sample:
    with bench() as house:
        slack = house.beside("slack", "bench.slack")
        asked(slack, "/control/hold_posts")
        app = _started(house, module, slack)
        asked(slack, "/control/connected")
        dispatch = partial(asked, slack, "/control/dispatch", in_flight=commands.in_flight)
        dispatch(count=WARM_UP)
        return _measured(app, lambda count: dispatch(count=count), commands.count)


def _measured(app: Measured, dispatch: Callable[[int], list[float]], count: int) -> Sample:
    parts = list(_parts(app, dispatch, max(1, count // PARTS)))
    app.kill()
    every = [each for part in parts for each in part.seconds]
    return {
        P50: percentile([percentile(part.seconds, 0.5) for part in parts], QUIET) * 1000,
        P99: percentile(every, 0.99) * 1000,
        CPU: percentile([part.cpu for part in parts], QUIET) * 1000,
    }


@dataclass(frozen=True, slots=True)
class Part:
    """Seconds from each command to its ack, and CPU seconds per command."""

    seconds: list[float]
    cpu: float


def _parts(app: Measured, dispatch: Callable[[int], list[float]], count: int) -> Iterator[Part]:
    used = app.settled().cpu
    for _ in range(PARTS):
        seconds = dispatch(count)
        before, used = used, app.settled().cpu
        yield Part(seconds, (used - before) / len(seconds))


def _started(house: Bench, module: str, slack: str) -> Measured:
    arguments = ("run",) if module == WITH_JOBS else ()
    told = settings(NOBODY, slack, house.folder / "reel.db")
    return house.measured(module, *arguments, **told)


async def _typed(slack: str, numbers: Iterable[int]) -> list[float]:
    """Type commands one after the other; the seconds from each to its ack, as the workspace measures them."""
    seconds = []
    async with aiohttp.ClientSession() as http:
        for number in numbers:
            text = f"https://example.com/{number}.mp4 wish {number} clips:1"
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
