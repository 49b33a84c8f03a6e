"""Seeds in the ordinary test run: nothing that must hold is violated, and every seed can be run again."""

from collections import Counter

import pytest

from tests.simulation.checkers import report, violations
from tests.simulation.run import lived, run
from tests.simulation.staged import staged

_NONE: Counter[str] = Counter()
_SEEDS = 200
_SHARE = 20


@pytest.mark.parametrize("first", range(0, _SEEDS, _SHARE))
def test_every_promise_holds_whatever_goes_wrong(first: int) -> None:
    for seed in range(first, first + _SHARE):
        outcome = run(seed)
        found = violations(outcome)
        assert not found, report(outcome, found)


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_a_seed_runs_the_same_way_twice(seed: int) -> None:
    first, second = run(seed), run(seed)
    assert first.world.trace.lines == second.world.trace.lines
    assert first.digest == second.digest


@pytest.mark.parametrize("first", range(0, 800, 80))
def test_a_job_survives_a_crash_at_any_of_its_steps(first: int) -> None:
    for step in range(first + 1, first + 81, 11):
        outcome = lived(staged(1, {}, crashes=(step,)))
        found = violations(outcome)
        assert not found, report(outcome, found)


def test_the_seeds_meet_crashes_and_every_service_faulting() -> None:
    """A simulation that stopped injecting faults would pass everything."""
    outcomes = [run(seed) for seed in range(25)]
    met = sum((outcome.world.chance.faults for outcome in outcomes), start=_NONE)
    families = {kind.split(".")[0] for kind in met}
    assert {"crash", "slack", "post", "read", "stream", "reka"} <= families
    # Born in the thread of somebody's message, by its shortcut.
    threads = [job.thread_ts or "" for outcome in outcomes for job in outcome.jobs]
    assert any(thread_ts.startswith("1700000000.") for thread_ts in threads)
