"""Several workers on one machine: jobs followed and cards edited per second with 2 and 4 workers, beside one; and the CPU
of each part for a job.
"""

import asyncio
import os
import tempfile
import time
from functools import partial
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bench.pairs import Figure, Measure, Sample, figures, interleaved
from bench.processes import NotMeasured
from bot.postgres_url import PostgresUrl
from local.cluster.house import DATABASE, TEMPORAL, Cluster, Plan, opened
from storage.look import looked_into

JOBS = 200
AT_ONCE = 25
"""Commands in flight."""
PATIENCE_SECONDS = 240.0
PARTS = ("front 1", "workers", DATABASE, TEMPORAL)
PLAN = Plan(
    fronts=1,
    settings={
        "REEL_SLOT_LIMIT": "0",
        "REEL_FILES": "false",
        "REEL_EDITS_PER_MINUTE": "1200",
        "REEL_LOG_LEVEL": "warning",
    },
    workspace=("--rate-limit-factor", "0"),
    clip_service=("--fast", "--stage-seconds", "0.2", "--log-level", "warning"),
)


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """The rows. `scale` shortens the runs."""
    jobs = max(4, int(JOBS * scale))
    return [row for workers in (2, 4) for row in _beside_one(workers, pairs, jobs)]


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
    with tempfile.TemporaryDirectory(prefix="reel-bench-") as folder:
        seconds, edits, cpu = asyncio.run(_run(Path(folder).resolve(), workers, jobs))
    return {
        f"{name}, jobs followed to the end per second": jobs / seconds,
        f"{name}, cards edited per second": edits / seconds,
        **{f"{name}, CPU per job, {part}": cpu[part] / jobs * 1000 for part in PARTS},
    }


async def _run(folder: Path, workers: int, jobs: int) -> tuple[float, float, dict[str, float]]:
    """Seconds from the first command until all are settled, the edits made, and CPU seconds by part."""
    plan = Plan(PLAN.fronts, workers, settings=PLAN.settings, workspace=PLAN.workspace, clip_service=PLAN.clip_service)  # fmt: skip
    async with opened(folder, plan) as cluster, aiohttp.ClientSession() as http:
        await _ready(cluster, http)
        before, began = _used(cluster), time.monotonic()
        await _asked_for(cluster, http, jobs)
        await _settled(cluster, jobs)
        seconds = time.monotonic() - began
        after = _used(cluster)
        edits = sum([await _edits(http, cluster.health(worker)) for worker in cluster.workers])
    return seconds, edits, {part: after[part] - before[part] for part in PARTS}


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


async def _settled(cluster: Cluster, jobs: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with looked_into(PostgresUrl(cluster.postgres.url())) as database:
        while True:
            [row] = await database.read(
                "SELECT count(*) AS jobs FROM jobs WHERE settled_at IS NOT NULL"
            )
            if row["jobs"] == jobs:
                return
            if time.monotonic() > deadline:
                raise NotMeasured(f"{row['jobs']} of {jobs} jobs are settled")
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
