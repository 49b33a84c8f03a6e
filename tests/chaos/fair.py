"""`python -m tests.chaos.fair`: five people, thirty requests and ten slots, with real processes and restarts in between.

What must hold: nobody waits behind more than one request of each other person, nothing starts later than its card
said, Reka never has to say 429, and every request is made.
"""

import asyncio
import itertools
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from bot.slots import minute
from local.demo.processes import Processes
from tests.chaos import records
from tests.chaos.house import House, Quota
from tests.chaos.run import at_rest, listening

PEOPLE = ("robin", "sam", "alex", "kim", "noor")
#: How many each asks for, in the order of asking: some want it all at once, some come late.
WISHES = "rrrrrrrrrrssssssssaaaaaakkkknn"
LATE_MS = 2_000
"""How much later than its minute a job may start: the app may just be starting itself."""

SAME_MOMENT_MS = 1_000
"""Turns so close to each other were taken side by side."""

Row = dict[str, Any]
Promises = dict[str, list[tuple[int, str | None]]]
"""Job id → each (start that its card named, why that has moved), in order."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a run."""

    jobs: int
    posts: int
    restarts: int
    waited: int
    violations: list[str]

    def last_line(self) -> str:
        """The run in one line."""
        return (
            f"requests {self.jobs}, POSTs {self.posts}, waited {self.waited}, restarts {self.restarts}, "
            f"violations {len(self.violations)}"
        )


async def run(folder: Path, quota: Quota, wishes: str, restarts: int) -> Verdict:
    """Run it in `folder`, whose path must be absolute. `wishes`: the first letters of those who ask, in order."""
    with Processes(folder) as processes:
        house = House(folder, processes, quota)
        await house.open()
        await listening(house)
        async with _promises(house.database) as promises:
            await _ask(house.workspace, wishes)
            for _ in range(restarts):
                await _until_started(house, len(wishes) // (restarts + 1))
                await house.stop("app")
                await house.revive()
            left, messages = await at_rest(house, patience=60 + 4 * quota.window)
        await house.close()
    clips = folder / "clip-service" / "clips.db"
    found = records.evidence(house.database, clips, messages, [house.app_log], house.clip_service)
    return Verdict(
        jobs=len(found.jobs),
        posts=len(found.generations),
        restarts=house.exits["app, exit code 0"],
        waited=sum(job["told_start"] is not None for job in found.jobs),
        violations=[
            *([f"{left} requests are not at rest"] if left else []),
            *_lost(found, len(wishes)),
            *_refused(found),
            *_crowded(found, quota),
            *unfair(found.jobs, found.slots),
            *late(found.jobs),
            *silent(promises),
        ],
    )


@asynccontextmanager
async def _promises(database: Path) -> AsyncIterator[Promises]:
    """What is named while the block runs, looked at twenty times a second."""
    seen: Promises = {}

    async def look() -> None:
        while True:
            with suppress(records.NotReadable):
                for job in records.rows(database, "SELECT id, told_start, moved FROM jobs"):
                    promise = (job["told_start"], job["moved"])
                    named = seen.setdefault(job["id"], [])
                    if job["told_start"] and named[-1:] != [promise]:
                        named.append(promise)
            await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    try:
        yield seen
    finally:
        looking.cancel()
        await asyncio.wait({looking})
        if not looking.cancelled():
            looking.result()


async def _ask(workspace: str, wishes: str) -> None:
    names = {name[0]: name for name in PEOPLE}
    async with aiohttp.ClientSession(workspace) as http:
        await _act(http, "person", user="robin", name="noor")
        for number, letter in enumerate(wishes):
            text = f"https://example.com/{number}.mp4 wish {number} clips:1"
            who: dict[str, object] = {"user": names[letter], "channel": "general"}
            answer = await _act(http, "command", **who, command="/reel", text=text)
            assert str(answer["ack"]["text"]).startswith("On it"), answer


async def _act(http: aiohttp.ClientSession, what: str, **details: object) -> dict[str, Any]:
    async with http.post(f"/act/{what}", json=details) as response:
        answer: dict[str, Any] = await response.json()
    assert response.status == 200, answer
    return answer


async def _until_started(house: House, more: int) -> None:
    """Wait until so many more jobs were handed over, or two windows have passed."""
    before, deadline = _started(house), time.monotonic() + 2 * house.quota.window
    while _started(house) < before + more and time.monotonic() < deadline:  # noqa: ASYNC110  another process'
        await asyncio.sleep(0.05)


def _started(house: House) -> int:
    [row] = records.rows(house.database, "SELECT count(*) AS slots FROM slots")
    return int(row["slots"])


def _lost(found: records.Evidence, asked: int) -> Iterator[str]:
    made = Counter(job["state"] for job in found.jobs)
    if made != Counter(completed=asked):
        yield f"of {asked} requests came {dict(made)}"


def _refused(found: records.Evidence) -> Iterator[str]:
    for slot in found.slots:
        if slot["status"] == 429:
            yield f"job {slot['job_id']} met 429"


def _crowded(found: records.Evidence, quota: Quota) -> Iterator[str]:
    times = sorted(generation["created_at"] for generation in found.generations)
    for first, beyond in zip(times, times[quota.limit :], strict=False):
        if beyond - first < quota.window * 1000:
            yield f"{quota.limit + 1} POSTs within {beyond - first} ms"


def unfair(jobs: list[Row], slots: list[Row]) -> Iterator[str]:
    """Between the moment from which somebody waits for their next turn and that turn, nobody else has two.

    Where several slots are free, several go at the same moment, in whatever order: none of them waits for another.
    """
    asked = {job["id"]: job["created_at"] for job in jobs}
    taken = sorted(
        (slot["taken_at"], slot["user_id"], slot["job_id"])
        for slot in slots
        if slot["ending"] != "released"
    )
    last: dict[str, int] = {}
    for at, user, job_id in taken:
        since = max(last.get(user, 0), asked[job_id])
        before = at - SAME_MOMENT_MS
        ahead = Counter(who for when, who, _ in taken if since < when < before and who != user)
        for who, turns in ahead.items():
            if turns > 1:
                yield f"{user} waited behind {turns} requests of {who}"
        last[user] = at


def late(jobs: list[Row]) -> Iterator[str]:
    """Nothing starts later than its card said last."""
    for job in jobs:
        if job["told_start"] and job["submitted_at"] > minute(job["told_start"]) + LATE_MS:
            yield f"job {job['id']} started {job['submitted_at'] - job['told_start']} ms after the time it named"


def silent(promises: Promises) -> Iterator[str]:
    """No card names a later minute than before without a reason."""
    for job_id, named in promises.items():
        for (before, _), (after, why) in itertools.pairwise(named):
            if minute(after) > minute(before) and why is None:
                yield f"job {job_id} moved by {after - before} ms without a word"


def main(
    limit: Annotated[int, typer.Option(help="Slots.")] = 10,
    window: Annotated[int, typer.Option(help="Their window, in seconds.")] = 60,
    restarts: Annotated[
        int, typer.Option(help="How often the app is stopped and started meanwhile.")
    ] = 3,
) -> None:
    """Let them ask; exit 1 when something does not hold."""
    folder = Path(tempfile.mkdtemp(prefix="reel-fair-")).resolve()
    verdict = asyncio.run(run(folder, Quota(limit, window), WISHES, restarts))
    for violation in verdict.violations:
        typer.echo(f"VIOLATION {violation}")
    if verdict.violations:
        typer.echo(f"The records are kept in {folder}.")
    else:
        shutil.rmtree(folder)
    typer.echo(verdict.last_line())
    raise typer.Exit(1 if verdict.violations else 0)


if __name__ == "__main__":
    typer.run(main)
