"""Two runs of the same benchmarks beside each other: do their ratios agree? Pure but for the table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from bench.pairs import Figure

CPU, P50 = 0.15, 0.30
"""How far the ratios of two runs may be apart: of CPU time, and of wall time at the median. Others are only shown."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure's ratios. `within` None: it is not judged."""

    name: str
    then: float | None
    now: float | None
    within: float | None

    @property
    def agrees(self) -> bool | None:
        """Whether the two are near enough; None where that is not judged."""
        if self.within is None:
            return None
        if self.then is None or self.now is None:
            return False
        lower, upper = sorted((self.then, self.now))
        return upper <= lower * (1 + self.within)


def compared(kept: Iterable[Figure], taken: Iterable[Figure]) -> list[Comparison]:
    """Each figure that was taken now with its like of before, in the order of now. One that is new is not judged."""
    before = {figure.name: figure for figure in kept}
    return [
        Comparison(figure.name, before[figure.name].ratio, figure.ratio, _within(figure))
        if figure.name in before
        else Comparison(figure.name, None, figure.ratio, None)
        for figure in taken
    ]


def _within(figure: Figure) -> float | None:
    if figure.ratio is None:
        return None
    measures = figure.name.split(", ")
    if any(each.startswith("CPU") for each in measures):
        return CPU
    return P50 if "p50" in measures else None


def table(comparisons: Sequence[Comparison]) -> Table:
    """For a terminal. What does not agree says so."""
    shown = Table(title="Again", caption="the ratios of the run that is kept, and of this one")
    for heading in ("what", "then", "now", "within", ""):
        shown.add_column(heading, justify="left" if heading in {"what", ""} else "right")
    for each in comparisons:
        shown.add_row(
            each.name,
            _ratio(each.then),
            _ratio(each.now),
            "" if each.within is None else f"{each.within:.0%}",
            {True: "agrees", False: "apart", None: ""}[each.agrees],
            style="bold red" if each.agrees is False else None,
        )
    return shown


def _ratio(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:g}×"
