"""What the soak prints at its end."""

from collections import Counter

from tests.simulation.soak import Tally, soak, tried


def test_the_soak_ends_with_one_line_after_the_faults_by_kind() -> None:
    tally = Tally(seeds=3, faults=Counter({"slack.429": 2, "crash": 1}))
    assert tally.table().splitlines() == [
        "        1  crash",
        "        2  slack.429",
        "seeds 3, faults 3, violations 0",
    ]


def test_failing_seeds_are_named() -> None:
    tally = Tally(seeds=3, failing={7: "seed 7 …"}, violations=2)
    assert tally.table().splitlines() == [
        "failing seeds: 7",
        "seeds 3, faults 0, violations 2",
    ]


def test_the_soak_runs_seeds_over_processes_and_finishes_those_it_began() -> None:
    tally = soak(0.5, start=5000, workers=1)
    assert tally.seeds >= 5
    assert tally.faults == sum(
        (tried(seed)[1] for seed in range(5000, 5000 + tally.seeds)), start=Counter()
    )
