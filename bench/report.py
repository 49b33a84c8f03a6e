"""The figures as a table, as `docs/bench.json`, and as the README quotes them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.pairs import Figure

BEGIN, END = "<!-- measured: written by make bench -->", "<!-- /measured -->"

QUOTED_WHOLE = {"limit", "links"}
"""Though little of it has a goal: what rules and limits do."""


def read(file: Path) -> list[Figure]:
    """The figures in a file; none when there is no file."""
    if not file.exists():
        return []
    rows = json.loads(file.read_text())
    return [Figure(**{**row, "spread": tuple(row["spread"])}) for row in rows]


def write(file: Path, figures: Sequence[Figure]) -> None:
    """One row a line, so that a change shows what has changed."""
    rows = ",\n".join(json.dumps(asdict(figure), ensure_ascii=False) for figure in figures)
    file.write_text(f"[\n{rows}\n]\n")


def merged(kept: Sequence[Figure], taken: Sequence[Figure], order: Sequence[str]) -> list[Figure]:
    """The figures with those of the benchmarks that were taken now in place of their older ones, in the order of the benchmarks."""
    fresh = {benchmark_of(figure) for figure in taken}
    rest = [figure for figure in kept if benchmark_of(figure) not in fresh]
    return sorted([*rest, *taken], key=lambda figure: order.index(benchmark_of(figure)))


def benchmark_of(figure: Figure) -> str:
    """The benchmark that a row belongs to: its name begins with it."""
    return figure.name.partition(":")[0]


def command_of(figure: Figure) -> str:
    """What takes the figure again."""
    name = benchmark_of(figure)
    return "make bench-clips" if name == "clips" else f"make bench ONLY={name}"


def table(figures: Iterable[Figure]) -> Table:
    """For a terminal. A goal that is missed says so."""
    shown = Table(title="Measured", caption="ratio: the median of the pairs; spread: its quartiles")
    for heading in ("what", "ours", "reference", "ratio", "spread", "goal", ""):
        shown.add_column(heading, justify="left" if heading in {"what", ""} else "right")
    for figure in figures:
        shown.add_row(
            figure.name,
            _value(figure.ours, figure.unit),
            _value(figure.reference, figure.unit),
            _ratio(figure.ratio),
            "–".join(f"{value:g}" for value in figure.spread),
            figure.goal or "",
            _verdict(figure),
            style="bold red" if figure.met is False else None,
        )
    return shown


def quoted(figures: Sequence[Figure]) -> str:
    """The README's table: every figure that has a goal, and what rules and limits do; each with its ratio and its command."""
    lines = [
        "| | Ours | Reference | Ratio | Goal | Taken again by |",
        "|---|---|---|---|---|---|",
    ]
    for figure in figures:
        name = benchmark_of(figure)
        if figure.goal is not None or name in QUOTED_WHOLE:
            cells = (
                figure.name,
                _value(figure.ours, figure.unit),
                _value(figure.reference, figure.unit),
                _ratio(figure.ratio),
                f"{figure.goal}, {_verdict(figure)}" if figure.goal else "–",
                f"`{command_of(figure)}`",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def requoted(readme: str, figures: Sequence[Figure]) -> str:
    """The README with the figures as they are now between its two marks."""
    before, found, rest = readme.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"the README has no place for the figures: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{quoted(figures)}\n{END}{after}"


def noted(file: Path, benchmarks: Iterable[str], circumstances: dict[str, Any]) -> None:
    """Where, when and with how many pairs these benchmarks were taken, beside the figures."""
    known = json.loads(file.read_text()) if file.exists() else {}
    known |= dict.fromkeys(benchmarks, circumstances)
    file.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def _value(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:,.4g} {unit}"


def _ratio(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:g}×"


def _verdict(figure: Figure) -> str:
    return {True: "met", False: "missed", None: ""}[figure.met]
