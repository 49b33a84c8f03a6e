"""How long it takes until the jobs of a worker that is gone are followed by another one."""

import asyncio
import json
import time
from pathlib import Path

from tests.chaos.records import NotReadable, rows

LOOK_SECONDS = 0.2


def followed_by(log: Path, database: str) -> dict[str, int]:
    """Job id → attempt, of the unfinished jobs that the worker with this log follows."""
    latest: dict[str, int] = {}
    for line in log.read_text(errors="replace").splitlines():
        told = _told(line)
        if told is not None:
            latest[told[0]] = max(told[1], latest.get(told[0], 0))
    return {
        job: attempt for job, attempt in _running(database).items() if latest.get(job) == attempt
    }


def _told(line: str) -> tuple[str, int] | None:
    """The job and the attempt of a log line that names both."""
    try:
        found = json.loads(line)
        return found["job_id"], int(found["attempt"])
    except (ValueError, KeyError, TypeError):
        return None


def _running(database: str) -> dict[str, int]:
    sql = "SELECT id, attempt FROM jobs WHERE state = 'running'"
    return {row["id"]: row["attempt"] for row in rows(database, sql)}


async def taken_over(jobs: dict[str, int], database: str, patience: float) -> float:
    """Seconds until each of these jobs has another owner, or has ended; `patience` where that is never seen."""
    began = time.monotonic()
    left = dict(jobs)
    while left and time.monotonic() - began < patience:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            running = await asyncio.to_thread(_running, database)
        except NotReadable:
            continue
        left = {job: attempt for job, attempt in left.items() if running.get(job) == attempt}
    return time.monotonic() - began
