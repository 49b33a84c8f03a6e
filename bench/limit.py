"""The card under the limit: 100 and 1,000 jobs in one workspace, at Slack's 50 edits a minute and 20 completions a minute.

The clock is simulated, and so are the two wires; Slack's limits on them are those of the local workspace. As many jobs
run all the time: every three seconds one ends and another is asked for. The reference edits at each event, as it comes.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import httpx
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler

from bench import line
from bench.pairs import Figure, Goal, Measure, Sample, figures, interleaved
from bench.references import limit as reference
from bench.simulated import Plan, Service, Slack, app, lived, planned
from tests.simulation.clock import Clock

SECONDS_A_JOB = 3.0
"""From one completion to the next: 20 a minute."""
WARM_UP_SECONDS = 60.0
SECONDS = 300.0
GRACE_SECONDS = 120.0
"""How long the last completions may take to be shown."""
RUNNING = (100, 1000)


@dataclass(frozen=True, slots=True)
class Run:
    """How many jobs run at once, and for how long it is looked at them."""

    running: int
    seconds: float

    @property
    def end(self) -> float:
        """The second at which it has been seen enough."""
        return WARM_UP_SECONDS + self.seconds

    def plans(self, chance: random.Random) -> list[Plan]:
        """Those that run at the beginning end one after the other; each that ends is followed by another one."""
        life = self.running * SECONDS_A_JOB
        count = self.running + int((self.end + GRACE_SECONDS) / SECONDS_A_JOB)
        ends = [(number + 1) * SECONDS_A_JOB for number in range(count)]
        return [planned(number, end - life, end, chance) for number, end in enumerate(ends)]

    def counted(self, plans: list[Plan]) -> list[int]:
        """The jobs whose completion is looked at."""
        return [
            number for number, plan in enumerate(plans) if WARM_UP_SECONDS <= plan.ends < self.end
        ]


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """All rows; each pair has jobs of its own."""
    found = []
    for running in RUNNING:
        told = Run(max(2, int(running * scale)), max(30.0, SECONDS * scale))
        name = f"limit: {running:,} cards, simulated clock"
        seeds = [iter(range(pairs)), iter(range(pairs))]
        ours, other = partial(_sample, name, told, seeds[0]), partial(_sample, name, told, seeds[1])
        pictures = list(interleaved(pairs, ours, partial(other, edits_at_each_event=True)))
        found += figures(_measures(name), pictures)
    return found


def _measures(name: str) -> list[Measure]:
    return [
        Measure(f"{name}, 429 answers", "answers", Goal(0, absolute=True)),
        Measure(f"{name}, age of the picture on running cards, median", "s"),
        Measure(f"{name}, completed to final card, p50", "s"),
        Measure(f"{name}, completed to final card, worst", "s"),
        Measure(f"{name}, completed to ping, p50", "s"),
        Measure(f"{name}, completed to ping, worst", "s"),
    ]


def _sample(
    name: str, told: Run, seeds: Iterator[int], *, edits_at_each_event: bool = False
) -> Sample:
    follow = _naive if edits_at_each_event else _ours

    async def main(clock: Clock, chance: random.Random, folder: Path) -> list[float]:
        slack = Slack(clock)
        service = Service(clock, told.plans(chance))
        ages = await follow(told, service, slack, folder)
        return [slack.refused, median(ages), *_waits(told, service, slack)]

    values = lived(next(seeds), main)
    return {row.name: value for row, value in zip(_measures(name), values, strict=True)}


async def _ours(told: Run, service: Service, slack: Slack, folder: Path) -> list[float]:
    path = folder / "reel.db"
    async with app(slack.clock, service, slack, path) as runner:

        def ask(number: int) -> None:
            line.written(path, [job := line.job(number)])
            runner.engine.follow(job.id)

        return await _watched(told, service, slack, ask)


async def _naive(told: Run, service: Service, slack: Slack, _: Path) -> list[float]:
    patient = slack.client(AsyncRateLimitErrorRetryHandler(max_retry_count=20))
    tasks = set()
    async with httpx.AsyncClient(base_url="https://reka.example", transport=service) as reka:

        def ask(number: int) -> None:
            url, place, card = service.plans[number].url, line.channel(number), line.card(number)
            tasks.add(asyncio.create_task(reference.follow(reka, patient, url, place, card)))

        ages = await _watched(told, service, slack, ask)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return ages


async def _watched(
    told: Run, service: Service, slack: Slack, ask: Callable[[int], None]
) -> list[float]:
    """Ask for each job when it begins; how old the pictures of running cards are, looked at now and then."""
    ages: list[float] = []
    asked, plans, clock = 0, service.plans, slack.clock
    while clock.seconds < told.end + GRACE_SECONDS:
        while asked < len(plans) and plans[asked].stages[0][0] <= clock.seconds:
            ask(asked)
            asked += 1
        if WARM_UP_SECONDS <= clock.seconds < told.end:
            ages += _ages(plans, slack)
        await asyncio.sleep(SECONDS_A_JOB)
    return ages


def _ages(plans: list[Plan], slack: Slack) -> list[float]:
    now = slack.clock.seconds
    shown = {call.ts: call.at for call in slack.updates}
    return [
        now - shown.get(line.card(number), max(0.0, plan.stages[0][0]))
        for number, plan in enumerate(plans)
        if plan.stages[0][0] <= now < plan.ends
    ]


def _waits(told: Run, service: Service, slack: Slack) -> list[float]:
    """Median and worst wait for the final card, and for the ping. What never came has waited until the end."""
    found = []
    for calls in (slack.updates, slack.posts):
        came: dict[int | None, float] = {}
        for call in calls:
            came.setdefault(call.clip, call.at)
        waits = [
            came.get(number, slack.clock.seconds) - service.plans[number].ends
            for number in told.counted(service.plans)
        ]
        found += [median(waits), max(waits)]
    return found
