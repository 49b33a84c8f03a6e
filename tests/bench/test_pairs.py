"""What pairs of runs say: medians, ratios, spread, and whether a goal is met."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.pairs import Goal, Measure, Sample, figure, figures, interleaved, percentile

VALUES = st.lists(st.floats(0.001, 1000), min_size=1, max_size=15)


def test_runs_alternate_and_ours_is_the_first() -> None:
    said: list[str] = []

    def run(name: str) -> Sample:
        said.append(name)
        return {"time": float(len(said))}

    pairs = list(interleaved(3, lambda: run("ours"), lambda: run("reference")))
    assert said == ["ours", "reference"] * 3
    assert pairs[1] == ({"time": 3.0}, {"time": 4.0})


def test_the_ratio_is_the_median_of_the_pairs_ratios_not_the_ratio_of_the_medians() -> None:
    measure = Measure("ack: p50", "ms", Goal(1.5))
    row = figure(measure, [10, 20, 90], [10, 5, 100])
    assert (row.ours, row.reference) == (20, 10)
    assert row.ratio == 1.0
    assert row.spread == (0.95, 2.5)
    assert row.met is True


@pytest.mark.parametrize(("ours", "met"), [([1.5, 1.5, 9.0], True), ([1.51, 1.6, 0.1], False)])
def test_a_goal_is_met_by_the_median_up_to_and_with_the_goal(ours: list[float], met: bool) -> None:
    row = figure(Measure("x: y", "s", Goal(1.5)), ours, [1.0] * 3)
    assert row.met is met
    assert row.goal == "≤ 1.5×"


def test_without_a_reference_there_is_no_ratio_and_the_spread_is_that_of_our_own_values() -> None:
    row = figure(Measure("x: y", "s"), [1, 2, 3, 4, 5], [])
    assert (row.reference, row.ratio, row.spread, row.met) == (None, None, (2, 4), None)


def test_a_goal_of_nothing_at_all_is_met_by_nothing_at_all() -> None:
    none = Measure("limit: 429 answers", "answers", Goal(0, absolute=True))
    clean, bad = figure(none, [0, 0, 0], [7, 8, 9]), figure(none, [0, 1, 1], [7, 8, 9])
    assert (clean.met, clean.ratio, clean.goal) == (True, 0, "≤ 0")
    assert bad.met is False


def test_a_reference_of_nothing_makes_no_ratio_and_meets_no_goal_of_one() -> None:
    row = figure(Measure("x: y", "s", Goal(2)), [1, 1, 1], [1, 0, 1])
    assert (row.ratio, row.met) == (None, False)


def test_a_measure_that_the_reference_lacks_is_reported_alone() -> None:
    both, ours = Measure("x: both", "s"), Measure("x: ours", "s")
    pairs: list[tuple[Sample, Sample]] = [({both.name: 4, ours.name: 1}, {both.name: 2})] * 3
    assert [row.ratio for row in figures([both, ours], pairs)] == [2, None]


@given(VALUES, st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_was_measured_with_that_share_at_or_below_it(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


@given(VALUES)
def test_the_spread_lies_around_the_ratio(values: list[float]) -> None:
    row = figure(Measure("x: y", "s"), values, [1.0] * len(values))
    lower, upper = row.spread
    assert row.ratio is not None
    assert lower <= row.ratio <= upper
