"""The same worlds on PostgreSQL, with the same checkers."""

import pytest

from tests.databases import Server, server
from tests.simulation.checkers import report, violations
from tests.simulation.run import lived
from tests.simulation.staged import staged
from tests.simulation.world import World

__all__ = ["server"]

_SEEDS = 20
_SHARE = 5


def held(world: World, server: Server) -> int:
    """How many jobs there were in this world; nothing that must hold is violated."""
    url = server.fresh()
    outcome = lived(world, url)
    kept = server.count(url, "jobs")
    server.drop(url)
    found = violations(outcome)
    assert not found, report(outcome, found)
    assert kept == len(outcome.jobs)
    return kept


@pytest.mark.parametrize("first", range(0, _SEEDS, _SHARE))
def test_every_promise_holds_whatever_goes_wrong(first: int, server: Server) -> None:
    assert sum(held(World.of(seed, {}), server) for seed in range(first, first + _SHARE))


@pytest.mark.parametrize("first", range(0, 800, 200))
def test_a_job_survives_a_crash_at_any_of_its_steps(first: int, server: Server) -> None:
    worlds = (staged(1, {}, crashes=(step,)) for step in range(first + 1, first + 201, 37))
    assert sum(held(world, server) for world in worlds)
