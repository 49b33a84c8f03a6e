"""A run of each benchmark, as small as can be: one pair, so that the code behind the figures works when it is needed."""

import math
import sys
from collections.abc import Callable

import pytest

from bench import ack, edit, limit, links, restart, streams
from bench.pairs import Figure

SMALL: dict[Callable[[int, float], list[Figure]], float] = {
    ack.run: 0.01,
    edit.run: 0.02,
    streams.run: 0.005,
    restart.run: 0.02,
    limit.run: 0.03,
    links.run: 0.05,
}


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks need Linux")


@pytest.mark.parametrize("run", SMALL, ids=lambda run: run.__module__)
def test_one_pair_of_it_gives_every_row(run: Callable[[int, float], list[Figure]]) -> None:
    rows = run(1, SMALL[run])
    assert rows
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert math.isfinite(row.ours)
        assert row.ours >= 0
        assert row.reference is not None, row.name
