"""Completed → link in the thread: ours, which listens, against pollers, on the same simulated jobs. The clock is simulated."""

import asyncio
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

import httpx
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler

from bench import line
from bench.pairs import Figure, Measure, Sample, figures, interleaved
from bench.references import links as reference
from bench.simulated import Plan, Service, Slack, app, lived, planned
from bot.chores import Resume
from bot.patience import Patience
from tests.simulation.clock import Clock

JOBS = 100
SHORTEST, LONGEST = 120.0, 600.0
"""Seconds that a job takes; Reka's own users tell of two to ten minutes."""
POLLERS = {30.0: "a poller every 30 s", 900.0: "a poller every 15 min"}


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """A row for each poller; each pair has jobs of its own."""
    jobs, found = max(2, int(JOBS * scale)), []
    for interval, name in POLLERS.items():
        measure = Measure(f"links: completed to link, simulated clock, to {name}, median wait", "s")
        seeds = [iter(range(pairs)), iter(range(pairs))]
        ours = partial(_sample, measure.name, jobs, seeds[0], None)
        other = partial(_sample, measure.name, jobs, seeds[1], interval)
        found += figures([measure], list(interleaved(pairs, ours, other)))
    return found


def _sample(name: str, jobs: int, seeds: Iterator[int], interval: float | None) -> Sample:
    return {name: lived(next(seeds), partial(_waited, jobs, interval))}


async def _waited(
    jobs: int, interval: float | None, clock: Clock, chance: random.Random, folder: Path
) -> float:
    begins = [chance.uniform(0, LONGEST) for _ in range(jobs)]
    plans = [
        planned(number, at, at + chance.uniform(SHORTEST, LONGEST), chance)
        for number, at in enumerate(begins)
    ]
    service, slack = Service(clock, plans), Slack(clock)
    if interval is None:
        await _ours(clock, service, slack, folder)
    else:
        await _polled(service, slack, interval)
    return median(post.at - plans[post.clip].ends for post in slack.posts if post.clip is not None)


async def _ours(clock: Clock, service: Service, slack: Slack, folder: Path) -> None:
    path = folder / "reel.db"
    async with app(clock, service, slack, path) as runner:
        line.written(path, line.waiting(len(service.plans), first=0))
        await Resume(runner.jobs, runner.engine, Patience()).work()
        while sum(post.clip is not None for post in slack.posts) < len(service.plans):  # noqa: ASYNC110
            await asyncio.sleep(1.0)


async def _polled(service: Service, slack: Slack, interval: float) -> None:
    patient = slack.client(AsyncRateLimitErrorRetryHandler(max_retry_count=20))
    async with httpx.AsyncClient(base_url="https://reka.example", transport=service) as reka:

        async def follow(number: int, plan: Plan) -> None:
            await asyncio.sleep(plan.stages[0][0])
            place = line.channel(number)
            await reference.follow(reka, patient, f"gen-{number:08d}", place, interval)

        await asyncio.gather(*(follow(*each) for each in enumerate(service.plans)))
