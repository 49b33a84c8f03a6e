"""200 jobs over three workers while one thing after another is killed, frozen or restarted; then the checkers of chaos."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from local.cluster.house import Cluster, Plan, opened
from local.demo.processes import START_SECONDS, DemoFailed
from tests.chaos import checkers, records
from tests.chaos.house import Quota
from tests.chaos.people import Asked, People, at_work
from tests.cluster.handover import followed_by, taken_over
from tests.cluster.watch import Watched, watched

Handover = tuple[int, float]
Fault = Callable[[Cluster], Awaitable[Handover | None]]

HEARTBEAT_SECONDS = 5
EDITS_PER_MINUTE = 600
LIMIT_FACTOR = EDITS_PER_MINUTE / 50
"""Slack's limits, so many times larger in the run: what is checked is that all processes together keep to one budget."""
STAGE_SECONDS = 2.5
QUOTA = Quota(limit=60, window=20)
CALM_SECONDS = 240.0


@dataclass(slots=True)
class Report:
    """What a run did and found."""

    jobs: int = 0
    states: Counter[str] = field(default_factory=Counter)
    typed: int = 0
    #: What was done → how many jobs it concerned, and the seconds until all of them were followed again.
    handovers: dict[str, Handover] = field(default_factory=dict)
    most_edits_a_minute: int = 0
    windows: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def last_line(self) -> str:
        """The run in one line."""
        slowest = max((seconds for _, seconds in self.handovers.values()), default=0.0)
        return (
            f"jobs {self.jobs}, commands {self.typed}, handovers {len(self.handovers)}, slowest {slowest:.1f} s "
            f"(heartbeat {HEARTBEAT_SECONDS} s), most edits a minute {self.most_edits_a_minute} of {EDITS_PER_MINUTE}, "
            f"violations {len(self.violations)}"
        )


def plan() -> Plan:
    """The cluster as it is deployed, with its patience shortened."""
    return Plan(
        app=("tests.chaos.hurried",),
        settings={
            "REKA_DIALECT": "clips",
            "REEL_SLOT_LIMIT": str(QUOTA.limit),
            "REEL_SLOT_WINDOW": f"{QUOTA.window}s",
            "REEL_EDITS_PER_MINUTE": str(EDITS_PER_MINUTE),
            "REEL_TEMPORAL_HEARTBEAT": str(HEARTBEAT_SECONDS),
            "REEL_GRACE_SECONDS": "5",
            "REEL_LOG_FORMAT": "json",
        },
        workspace=("--rate-limit-factor", str(LIMIT_FACTOR)),
        clip_service=(
            *("--fast", "--stage-seconds", str(STAGE_SECONDS), "--log-level", "warning"),
            *("--limit", str(QUOTA.limit), "--window", f"{QUOTA.window}s"),
        ),
    )


async def run(
    folder: Path,
    jobs: int,
    seed: int,
    *,
    tell: Callable[[str], None],
    but: frozenset[str] = frozenset(),
) -> Report:
    """Run the cluster in `folder`, whose path must be absolute, and judge it. `but`: what is not broken, by its words."""
    report, chance = Report(), random.Random(seed)  # noqa: S311  no secret
    async with opened(folder, plan()) as cluster:
        await ready(cluster)
        async with watched(cluster.workspace) as seen:
            asked = await _worked(cluster, chance, jobs, report, tell=tell, but=but)
            left, messages = await _at_rest(cluster)
        codes = await cluster.stop()
        evidence = await asyncio.to_thread(_evidence, cluster, messages)
    report.violations += [
        f"stopped: {name} ended with {code}" for name, code in codes.items() if code
    ]
    _judge(report, evidence, asked, seen)
    if left:
        report.violations.append(f"rested: {left} jobs were not at rest after {CALM_SECONDS:.0f} s")
    return report


async def ready(cluster: Cluster) -> None:
    """Wait until every front and worker is. Raises `DemoFailed` with the last words of one that is not."""
    for name in (*cluster.fronts, *cluster.workers):
        await is_ready(cluster, name)


async def is_ready(cluster: Cluster, name: str) -> None:
    """Wait until it says so."""
    deadline = time.monotonic() + START_SECONDS
    async with aiohttp.ClientSession() as http:
        while not await _says_so(http, f"{cluster.health(name)}/readyz"):
            if time.monotonic() > deadline or not cluster.services[name].alive():
                raise DemoFailed(f"{name} is not ready.\n{cluster.services[name].last_words()}")
            await asyncio.sleep(0.1)


async def _says_so(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _worked(
    cluster: Cluster,
    chance: random.Random,
    jobs: int,
    report: Report,
    *,
    tell: Callable[[str], None],
    but: frozenset[str],
) -> Asked:
    """People ask for half of it while things break, for the other half while everything is restarted in turn."""
    wishes = asyncio.Semaphore(0)
    pace = _Pace(wishes, jobs)
    faults = [each for each in (*FAULTS, *RESTARTS) if each[0] not in but]
    address, database = cluster.workspace, cluster.postgres.url()
    async with at_work(address, database, chance, wishes, pause=0.6) as people:
        for number, (what, fault) in enumerate(faults, start=1):
            pace.up_to(number / len(faults))
            await asyncio.sleep(2 * STAGE_SECONDS)
            tell(f"{sum(people.asked.acked.values())} asks accepted; {what}")
            if handover := await fault(cluster):
                report.handovers[what] = handover
        await _caught_up(people, jobs)
        return people.asked


@dataclass(slots=True)
class _Pace:
    """Lets people wish for a share of all jobs."""

    wishes: asyncio.Semaphore
    jobs: int
    released: int = 0

    def up_to(self, share: float) -> None:
        while self.released < round(self.jobs * share):
            self.released += 1
            self.wishes.release()


async def _caught_up(people: People, jobs: int) -> None:
    deadline = time.monotonic() + 60
    while sum(people.asked.acked.values()) < jobs and time.monotonic() < deadline:  # noqa: ASYNC110  other processes'
        await asyncio.sleep(0.1)


async def _worker_killed(cluster: Cluster) -> Handover:
    """kill -9, and it stays away until others have taken over."""
    return await _gone(cluster, "worker 1", signal.SIGKILL)


async def _worker_frozen(cluster: Cluster) -> Handover:
    """SIGSTOP until others have taken over, then SIGCONT: it wakes up in the belief that its jobs are its own."""
    return await _gone(cluster, "worker 2", signal.SIGSTOP)


async def _gone(cluster: Cluster, name: str, how: signal.Signals) -> Handover:
    log, database = cluster.services[name].log, cluster.postgres.url()
    jobs = await asyncio.to_thread(followed_by, log, database)
    cluster.signal(name, how)
    seconds = await taken_over(jobs, database, patience=6 * HEARTBEAT_SECONDS)
    if how is signal.SIGSTOP:
        cluster.signal(name, signal.SIGCONT)
    else:
        await _again(cluster, name)
    return len(jobs), seconds


async def _front_killed(cluster: Cluster) -> None:
    cluster.signal("front 1", signal.SIGKILL)
    await asyncio.sleep(3)
    await _again(cluster, "front 1")


async def _again(cluster: Cluster, name: str) -> None:
    await asyncio.to_thread(cluster.services[name].process.wait, 30)
    await cluster.revive(name)
    if name in (*cluster.fronts, *cluster.workers):
        await is_ready(cluster, name)


async def _temporal_killed(cluster: Cluster) -> None:
    await cluster.temporal.kill()
    await asyncio.sleep(3)
    await cluster.temporal.start()


async def _postgres_killed(cluster: Cluster) -> None:
    await asyncio.to_thread(cluster.postgres.kill)
    await asyncio.sleep(3)
    await asyncio.to_thread(cluster.postgres.start)


async def _postgres_restarted(cluster: Cluster) -> None:
    await asyncio.to_thread(cluster.postgres.restart)


async def _temporal_restarted(cluster: Cluster) -> None:
    await cluster.temporal.stop()
    await cluster.temporal.start()


def _restarted(name: str) -> Fault:
    """SIGTERM, and a start when it has ended by itself, as a deploy does it one by one."""

    async def restart(cluster: Cluster) -> None:
        cluster.signal(name, signal.SIGTERM)
        await _again(cluster, name)

    return restart


FAULTS: tuple[tuple[str, Fault], ...] = (
    ("worker 1 killed", _worker_killed),
    ("worker 2 frozen", _worker_frozen),
    ("front 1 killed", _front_killed),
    ("Temporal's server killed for 3 s", _temporal_killed),
    ("PostgreSQL killed for 3 s", _postgres_killed),
)
RESTARTS: tuple[tuple[str, Fault], ...] = (
    *(
        (f"{name} restarted", _restarted(name))
        for name in ("front 1", "worker 1", "front 2", "worker 2", "worker 3")
    ),
    ("Temporal's server restarted", _temporal_restarted),
    ("PostgreSQL restarted", _postgres_restarted),
)


async def _at_rest(cluster: Cluster) -> tuple[int, list[records.Message]]:
    """Calm: (jobs that are still not at rest when patience ends, what people see then)."""
    deadline = time.monotonic() + CALM_SECONDS
    while True:
        left = len(await asyncio.to_thread(records.unsettled, cluster.postgres.url()))
        if left == 0 or time.monotonic() > deadline:
            return left, (await records.shown(cluster.workspace))[0]
        await asyncio.sleep(0.3)


def _evidence(cluster: Cluster, messages: list[records.Message]) -> records.Evidence:
    clips = cluster.folder / "clip-service" / "clips.db"
    logs = [cluster.services[name].log for name in (*cluster.fronts, *cluster.workers)]
    return records.evidence(cluster.postgres.url(), clips, messages, logs, cluster.clip_service)


def _judge(report: Report, found: records.Evidence, asked: Asked, seen: Watched) -> None:
    report.jobs = len(found.jobs)
    report.states = Counter(job["state"] for job in found.jobs)
    report.typed = asked.typed
    report.windows = checkers.windows(found)
    report.most_edits_a_minute = seen.most_edits_a_minute()
    report.violations += checkers.violations(found, asked, QUOTA)
    report.violations += [f"answered: {what} got no answer" for what in asked.unanswered]
    report.violations += [
        f"budget: {times} calls of {method} met 429"
        for method, times in seen.refused.items()
        if method == "chat.update"
    ]
    if report.most_edits_a_minute > EDITS_PER_MINUTE:
        report.violations.append(f"budget: {report.most_edits_a_minute} edits in a minute")
    for what, (jobs, seconds) in report.handovers.items():
        if seconds > 2 * HEARTBEAT_SECONDS:
            report.violations.append(f"followed: {what}: {jobs} jobs took {seconds:.1f} s")
        if not jobs:
            report.violations.append(f"followed: {what}: it had no jobs, so nothing was shown")
