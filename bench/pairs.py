"""Pairs of runs, ours and the reference in turn, and what they say. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

Sample = Mapping[str, float]
"""What one run measured, by the measure's name."""
Run = Callable[[], Sample]

QUIET = 0.25
"""Where a run is measured in parts its figure is their lower quartile: what else a shared host does only ever adds, and comes
and goes within seconds."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The most that the ratio may be; or, `absolute`, the most that our own value may be."""

    most: float
    absolute: bool = False

    def __str__(self) -> str:
        return f"≤ {self.most:g}" + ("" if self.absolute else "×")


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured: a name for people and programs, and its unit. None: reported, never a goal."""

    name: str
    unit: str
    goal: Goal | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of `docs/bench.json`.

    `ours` and `reference` are medians over the runs, `ratio` the median of the pairs' ratios, and `spread` the lower and
    the upper quartile of those ratios (of our own values where there is no ratio). `met` is None without a goal.
    """

    name: str
    unit: str
    ours: float
    reference: float | None
    ratio: float | None
    spread: tuple[float, float]
    goal: str | None
    met: bool | None


def interleaved(pairs: int, ours: Run, reference: Run) -> Iterator[tuple[Sample, Sample]]:
    """So many pairs, one run after the other: ours, the reference, ours, …"""
    for _ in range(pairs):
        yield ours(), reference()


def figures(measures: Sequence[Measure], pairs: Sequence[tuple[Sample, Sample]]) -> list[Figure]:
    """A row for each measure. A measure that the reference's runs lack is reported without a ratio."""
    return [
        figure(
            measure,
            [ours[measure.name] for ours, _ in pairs],
            [other[measure.name] for _, other in pairs if measure.name in other],
        )
        for measure in measures
    ]


def figure(measure: Measure, ours: Sequence[float], reference: Sequence[float]) -> Figure:
    """The row of one measure. `reference` is empty where there is none."""
    ratios = [mine / other for mine, other in zip(ours, reference, strict=bool(reference)) if other]
    complete = bool(ratios) and len(ratios) == len(ours)
    ratio = median(ratios) if complete else None
    mine = median(ours)
    return Figure(
        name=measure.name,
        unit=measure.unit,
        ours=_rounded(mine),
        reference=_rounded(median(reference)) if reference else None,
        ratio=None if ratio is None else _rounded(ratio),
        spread=_quartiles(ratios if complete else ours),
        goal=None if measure.goal is None else str(measure.goal),
        met=None if measure.goal is None else _met(measure.goal, mine, ratio),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank: a value that was really measured."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _met(goal: Goal, ours: float, ratio: float | None) -> bool:
    value = ours if goal.absolute else ratio
    return value is not None and value <= goal.most


def _quartiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) == 1:
        return _rounded(values[0]), _rounded(values[0])
    lower, _, upper = quantiles(values, n=4, method="inclusive")
    return _rounded(lower), _rounded(upper)


def _rounded(value: float) -> float:
    """Three significant digits: more would be noise."""
    return float(f"{value:.3g}")
