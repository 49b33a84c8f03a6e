"""Cycles of work and kill -9, then calm, then the checkers."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from local.demo.processes import START_SECONDS, DemoFailed, Processes
from tests.chaos import checkers, records
from tests.chaos.house import House, Quota
from tests.chaos.people import Asked, at_work

CALM_SECONDS = 180.0
"""How long everything may take to come to rest after the last kill."""
AIM_SECONDS = 1.5
"""How long a kill waits for a commit to follow."""
WISHES_A_CYCLE = 2
AWAY = "app, exit code 69"
"""How the app ends when it is started while the workspace is away; its supervisor tries again."""
VICTIMS = ("app", "app", "clip service", "workspace")
"""The app is what must survive, so it dies twice as often."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did and found."""

    cycles: int
    jobs: int
    states: Counter[str]
    kills: Counter[str]
    #: Processes that ended by themselves: the app may, when it is started while the workspace is away.
    exits: Counter[str]
    #: What a crash may do and documents: roots and cards posted twice before anything was spent, pings that were lost.
    windows: Counter[str]
    violations: list[str] = field(default_factory=list)

    def last_line(self) -> str:
        """The run in one line."""
        kills = self.kills.total()
        return f"cycles {self.cycles}, jobs {self.jobs}, kills {kills}, violations {len(self.violations)}"


async def run(
    folder: Path, cycles: int, seed: int, *, dialect: str = "clips", tell: Callable[[str], None]
) -> Report:
    """Run the house in `folder`, whose path must be absolute, and judge it."""
    chance = random.Random(seed)  # noqa: S311  no secret
    with Processes(folder) as processes:
        house = House(folder, processes, Quota(), dialect)
        await house.open()
        await listening(house)
        asked = await _worked(house, chance, cycles, tell)
        late, messages = await at_rest(house)
        codes = await house.close()
    clips = folder / "clip-service" / "clips.db"
    found = records.evidence(house.database, clips, messages, [house.app_log], house.clip_service)
    broken = [
        f"alive: {what}, {times} times by itself"
        for what, times in house.exits.items()
        if what != AWAY
    ]
    broken += [f"stopped: {name} ended with {code}" for name, code in codes.items() if code != 0]
    if late:
        broken.append(f"rested: {late} jobs were not at rest after {CALM_SECONDS:.0f} s")
    return Report(
        cycles=cycles,
        jobs=len(found.jobs),
        states=Counter(job["state"] for job in found.jobs),
        kills=house.kills,
        exits=house.exits,
        windows=checkers.windows(found),
        violations=[*broken, *checkers.violations(found, asked, house.quota)],
    )


async def listening(house: House) -> None:
    """Before anything is killed, it must run at all. Raises `DemoFailed` with the app's last words."""
    deadline = time.monotonic() + START_SECONDS
    while (await records.shown(house.workspace))[1] == 0:
        if not house.alive("app") or time.monotonic() > deadline:
            raise DemoFailed(f"The app did not start.\n{house.last_words('app')}")
        await asyncio.sleep(0.1)


async def _worked(
    house: House, chance: random.Random, cycles: int, tell: Callable[[str], None]
) -> Asked:
    wishes = asyncio.Semaphore(0)
    address, database = house.workspace, str(house.database)
    async with at_work(address, database, chance, wishes, pause=0.6) as people:
        for cycle in range(1, cycles + 1):
            for _ in range(WISHES_A_CYCLE):
                wishes.release()
            await _killed(house, chance)
            if cycle % 10 == 0:
                acked = sum(people.asked.acked.values())
                tell(f"cycle {cycle}: {acked} asks accepted, {house.kills.total()} kills")
        await _caught_up(people.asked, cycles)
        return people.asked


async def _killed(house: House, chance: random.Random) -> None:
    """Let them work for a random while, kill one at random, at times another one too, and start them again."""
    await asyncio.sleep(chance.uniform(0.1, 2.5))
    if chance.random() < 0.7:
        await _next_commit(chance.choice(house.write_ahead_logs))
        await asyncio.sleep(chance.choice((0, chance.uniform(0, 0.02))))
    house.kill(chance.choice(VICTIMS))
    if chance.random() < 0.15:
        await asyncio.sleep(chance.uniform(0, 0.3))
        house.kill(chance.choice(VICTIMS))
    await asyncio.sleep(chance.uniform(0, 0.6))
    await house.revive()


async def _next_commit(log: Path) -> None:
    """Wait until somebody commits something: what can go wrong does so in the milliseconds after that."""
    deadline = time.monotonic() + AIM_SECONDS
    before = _written(log)
    while _written(log) == before and time.monotonic() < deadline:  # noqa: ASYNC110  other processes'
        await asyncio.sleep(0.001)


def _written(log: Path) -> int:
    try:
        return log.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


async def _caught_up(asked: Asked, cycles: int) -> None:
    """Wait until what people wished for in the meantime is asked for."""
    deadline = time.monotonic() + 30
    wanted = cycles * WISHES_A_CYCLE
    while sum(asked.acked.values()) < wanted and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def at_rest(
    house: House, patience: float = CALM_SECONDS
) -> tuple[int, list[records.Message]]:
    """Calm: nothing is killed any more. (jobs that are still not at rest when patience ends, what people see then)."""
    deadline = time.monotonic() + patience
    while True:
        await house.revive()  # the app may still give up on a workspace that is just coming back
        left = len(records.unsettled(house.database))
        messages, connections = await records.shown(house.workspace)
        if (left == 0 and connections > 0) or time.monotonic() > deadline:
            return left, messages
        await asyncio.sleep(0.3)
