"""As many seeds as the time allows, over every core, with a count of the faults they met."""

import itertools
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.simulation.checkers import report, violations
from tests.simulation.run import run

_BATCH = 5


@dataclass(slots=True)
class Tally:
    """What a soak has seen so far."""

    seeds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    failing: dict[int, str] = field(default_factory=dict)
    violations: int = 0

    def table(self) -> str:
        """The faults by kind, and the one line that sums up."""
        lines = [f"{number:9,}  {kind}" for kind, number in sorted(self.faults.items())]
        lines += [f"failing seeds: {', '.join(map(str, self.failing))}"] if self.failing else []
        total = self.faults.total()
        return "\n".join(
            [*lines, f"seeds {self.seeds}, faults {total}, violations {self.violations}"]
        )


Result = tuple[int, Counter[str], int, str]


def tried(seed: int) -> Result:
    """Run a seed: (seed, faults, number of violations, report or nothing)."""
    outcome = run(seed)
    found = violations(outcome)
    return seed, outcome.world.chance.faults, len(found), report(outcome, found) if found else ""


def soak(seconds: float, start: int, workers: int | None = None) -> Tally:
    """Run seeds from `start` on until the time is over; those that were begun are finished."""
    tally = Tally()

    def seeds() -> Iterator[int]:
        end = (
            time.monotonic() + seconds
        )  # from the first seed on: starting the processes may take its time
        for seed in itertools.count(start):
            if time.monotonic() >= end:
                return
            yield seed

    for seed, faults, number, text in _results(seeds(), workers or os.cpu_count() or 1):
        tally.seeds += 1
        tally.faults += faults
        tally.violations += number
        if text:
            tally.failing[seed] = text
    return tally


def _results(seeds: Iterator[int], workers: int) -> Iterator[Result]:
    # Batches are handed out as they are finished: a pool's own map would take all seeds at once.
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        waiting = [pool.apply_async(_batch, (batch,)) for batch in _batches(seeds, workers * 2)]
        while waiting:
            yield from waiting.pop(0).get()
            waiting += [pool.apply_async(_batch, (batch,)) for batch in _batches(seeds, 1)]


def _batches(seeds: Iterator[int], number: int) -> Iterator[list[int]]:
    for _ in range(number):
        if batch := list(itertools.islice(seeds, _BATCH)):
            yield batch


def _batch(seeds: list[int]) -> list[Result]:
    return [tried(seed) for seed in seeds]
