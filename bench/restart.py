"""Restart with 1,000 unfinished jobs: from the start of the process until every job has been asked for again."""

import asyncio
import time
from functools import partial
from pathlib import Path

from bench import line
from bench.pairs import QUIET, Figure, Goal, Measure, Sample, figures, interleaved, percentile
from bench.processes import Measured, asked, bench, settings
from storage import database

JOBS = 1000
PARTS = 10
OURS, REFERENCE = "bot", "bench.references.restart"
NAME = f"restart: {JOBS:,} unfinished jobs"
MEASURES = [
    Measure(f"{NAME}, until all are followed", "s", Goal(1.2)),
    Measure(f"{NAME}, CPU per job", "ms"),
]


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """The rows. `scale` shortens the runs."""
    jobs = max(2, int(JOBS * scale))
    ours, reference = partial(_sample, jobs, OURS), partial(_sample, jobs, REFERENCE)
    return figures(MEASURES, list(interleaved(pairs, ours, reference)))


def _sample(jobs: int, module: str) -> Sample:
    with bench() as house:
        reka = house.beside("clip service", "bench.clip_service")
        slack = house.beside("slack", "bench.slack")
        path = house.folder / "reel.db"
        if module == OURS:
            asyncio.run(_left_behind(path, jobs))
        arguments = ("run",) if module == OURS else (str(jobs),)
        began = time.monotonic()
        app = house.measured(module, *arguments, **settings(reka, slack, path, edits_per_minute=50))
        followed, cpu = _parts(app, reka, jobs)
        app.kill()
    return {
        f"{NAME}, until all are followed": followed - began,
        f"{NAME}, CPU per job": percentile(cpu, QUIET) * 1000,
    }


async def _left_behind(path: Path, jobs: int) -> None:
    async with database.opened(path):
        pass
    line.written(path, line.running(jobs))


def _parts(app: Measured, reka: str, jobs: int) -> tuple[float, list[float]]:
    """When all were followed, and the CPU seconds per job in each part, the first with the start of the process."""
    used, cpu, followed = 0.0, [], 0
    for count in reversed(range(jobs, 0, -max(1, jobs // PARTS))):
        when = asked(reka, "/control/followed", count=count)
        before, used = used, app.usage().cpu
        cpu.append((used - before) / (count - followed))
        followed = count
    return when, cpu
