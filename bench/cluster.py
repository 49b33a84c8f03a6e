"""Several workers on one machine: jobs followed and cards edited per second with 2 and 4 workers, beside one; the CPU of
each part for a job, and for each minute that a job is only held.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bench.pairs import Figure, Measure, Sample, figure, figures, interleaved
from bench.processes import NotMeasured
from bot.postgres_url import PostgresUrl
from local.cluster.house import DATABASE, TEMPORAL, Cluster, Plan, opened
from storage.look import looked_into

Result = TypeVar("Result")

JOBS = 100
AT_ONCE = 25
"""Commands in flight."""
HELD, HELD_SECONDS, HOLDS = 100, 30.0, 3
"""Jobs that are followed while nothing happens, for how long, and how often that is measured."""
PATIENCE_SECONDS = 240.0
PARTS = ("front 1", "workers", DATABASE, TEMPORAL)
SETTINGS = {
    "REEL_SLOT_LIMIT": "0",
    "REEL_FILES": "false",
    "REEL_EDITS_PER_MINUTE": "1200",
    "REEL_LOG_LEVEL": "warning",
}


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """The rows. `scale` shortens the runs."""
    jobs = max(4, int(JOBS * scale))
    beside_one = [row for workers in (2, 4) for row in _beside_one(workers, pairs, jobs)]
    return [
        *beside_one,
        *_holding(min(pairs, HOLDS), max(4, int(HELD * scale)), HELD_SECONDS * scale),
    ]


def _holding(times: int, jobs: int, seconds: float) -> list[Figure]:
    samples = [_in_a_folder(partial(_held, jobs=jobs, seconds=seconds)) for _ in range(times)]
    minutes = jobs * seconds / 60
    return [
        figure(
            Measure(f"cluster: holding a job, CPU per minute, {part}", "ms"),
            [cpu[part] / minutes * 1000 for cpu in samples],
            [],
        )
        for part in PARTS
    ]


def _beside_one(workers: int, pairs: int, jobs: int) -> list[Figure]:
    name = f"cluster: {workers} workers, to one"
    measures = [
        Measure(f"{name}, jobs followed to the end per second", "jobs/s"),
        Measure(f"{name}, cards edited per second", "edits/s"),
        *(Measure(f"{name}, CPU per job, {part}", "ms") for part in PARTS),
    ]
    ours = partial(_sample, name, workers, jobs)
    one = partial(_sample, name, 1, jobs)
    return figures(measures, list(interleaved(pairs, ours, one)))


def _sample(name: str, workers: int, jobs: int) -> Sample:
    seconds, edits, cpu = _in_a_folder(partial(_followed, workers=workers, jobs=jobs))
    return {
        f"{name}, jobs followed to the end per second": jobs / seconds,
        f"{name}, cards edited per second": edits / seconds,
        **{f"{name}, CPU per job, {part}": cpu[part] / jobs * 1000 for part in PARTS},
    }


def _in_a_folder(measured: Callable[[Path], Coroutine[None, None, Result]]) -> Result:
    with tempfile.TemporaryDirectory(prefix="reel-bench-") as folder:
        return asyncio.run(measured(Path(folder).resolve()))


@asynccontextmanager
async def _running(
    folder: Path, workers: int, stage_seconds: float
) -> AsyncIterator[tuple[Cluster, aiohttp.ClientSession]]:
    """The cluster with one front, ready."""
    plan = Plan(
        fronts=1,
        workers=workers,
        settings=SETTINGS,
        workspace=("--rate-limit-factor", "0"),
        clip_service=("--fast", "--stage-seconds", str(stage_seconds), "--log-level", "warning"),
    )
    async with opened(folder, plan) as cluster, aiohttp.ClientSession() as http:
        await _ready(cluster, http)
        yield cluster, http


async def _followed(
    folder: Path, *, workers: int, jobs: int
) -> tuple[float, float, dict[str, float]]:
    """Seconds from the first command until all are settled, the edits made, and CPU seconds by part."""
    async with _running(folder, workers, 0.2) as (cluster, http):
        before, began = _used(cluster), time.monotonic()
        await _asked_for(cluster, http, jobs)
        await _until(cluster, "settled_at IS NOT NULL", jobs)
        seconds = time.monotonic() - began
        cpu = _since(before, cluster)
        edits = sum([await _edits(http, cluster.health(worker)) for worker in cluster.workers])
    return seconds, edits, cpu


async def _held(folder: Path, *, jobs: int, seconds: float) -> dict[str, float]:
    """CPU seconds by part while so many jobs are followed and nothing changes but the time on their cards."""
    async with _running(folder, 1, 600.0) as (cluster, http):
        await _asked_for(cluster, http, jobs)
        await _until(cluster, "state = 'running' AND stage IS NOT NULL", jobs)
        await asyncio.sleep(seconds / 3)  # what their start has left to do
        before = _used(cluster)
        await asyncio.sleep(seconds)
        return _since(before, cluster)


async def _ready(cluster: Cluster, http: aiohttp.ClientSession) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    for name in (*cluster.fronts, *cluster.workers):
        while not await _is_ready(http, cluster.health(name)):
            if not cluster.services[name].alive() or time.monotonic() > deadline:
                raise NotMeasured(cluster.services[name].last_words())
            await asyncio.sleep(0.1)


async def _is_ready(http: aiohttp.ClientSession, health: str) -> bool:
    try:
        async with http.get(f"{health}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _asked_for(cluster: Cluster, http: aiohttp.ClientSession, jobs: int) -> None:
    """Type so many commands, a few at a time, each for another video."""
    numbers = iter(range(jobs))

    async def type_on() -> None:
        for number in numbers:
            text = f"https://example.com/{number}.mp4 wish {number} clips:1"
            told = {"user": "robin", "channel": "general", "command": "/reel", "text": text}
            async with http.post(f"{cluster.workspace}/act/command", json=told) as answer:
                if not (await answer.json()).get("ack"):
                    raise NotMeasured(f"a command got no answer: {await answer.text()}")

    await asyncio.gather(*(type_on() for _ in range(AT_ONCE)))


async def _until(cluster: Cluster, condition: str, jobs: int) -> None:
    """Wait until so many jobs are as the condition has it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with looked_into(PostgresUrl(cluster.postgres.url())) as database:
        while True:
            [row] = await database.read(f"SELECT count(*) AS jobs FROM jobs WHERE {condition}")  # noqa: S608
            if row["jobs"] == jobs:
                return
            if time.monotonic() > deadline:
                raise NotMeasured(f"{row['jobs']} of {jobs} jobs are there: {condition}")
            await asyncio.sleep(0.1)


async def _edits(http: aiohttp.ClientSession, health: str) -> float:
    async with http.get(f"{health}/metrics") as answer:
        families = text_string_to_metric_families(await answer.text())
    return sum(
        sample.value
        for family in families
        if family.name == "reel_slack_api_calls"
        for sample in family.samples
        if sample.labels.get("method") == "chat.update" and sample.name.endswith("_total")
    )


def _used(cluster: Cluster) -> dict[str, float]:
    """CPU seconds so far, user and system, by part."""
    pids = cluster.pids()
    used = {name: _cpu(pid) for name, pid in pids.items() if pid is not None}
    return {**used, "workers": sum(used[worker] for worker in cluster.workers)}


def _since(before: dict[str, float], cluster: Cluster) -> dict[str, float]:
    after = _used(cluster)
    return {part: after[part] - before[part] for part in PARTS}


def _cpu(leader: int) -> float:
    """Of a process and its children, with those that have ended: PostgreSQL has one for each connection."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if leader in (pid := int(stat.parent.name), int(fields[1])):
            ticks += sum(map(int, fields[11 : 15 if pid == leader else 13]))
    return ticks / os.sysconf("SC_CLK_TCK")
