"""`python -m bench`: take figures, print them, and keep them under `docs/`. `make bench` and `make bench-clips` call it."""

import datetime
import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import ack, again, clips, cluster, edit, limit, links, machine, report, restart, streams
from bench.pairs import Figure

ROOT = Path(__file__).parents[1]
BENCHMARKS: dict[str, Callable[[int, float], list[Figure]]] = {
    "ack": ack.run,
    "edit": edit.run,
    "streams": streams.run,
    "limit": limit.run,
    "restart": restart.run,
    "links": links.run,
    "clips": clips.run,
    "cluster": cluster.run,
}
APART = {"clips", "cluster"}
"""Taken only where they are asked for by name: one cuts real videos, the other needs PostgreSQL and Temporal."""


def main(
    only: Annotated[str, typer.Option(help="Benchmarks by name, with spaces between.")] = "",
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of runs behind a figure.")] = 7,
    scale: Annotated[float, typer.Option(help="Below 1: shorter runs, to try it out.")] = 1.0,
    root: Annotated[Path, typer.Option(help="Where docs/ and README.md are.")] = ROOT,
    against: Annotated[
        Path | None, typer.Option(help="Keep nothing; compare with the figures of that file.")
    ] = None,
) -> None:
    """Take the figures of some benchmarks, or of all; those of the others stay."""
    names = only.split() or [name for name in BENCHMARKS if name not in APART]
    if unknown := [name for name in names if name not in BENCHMARKS]:
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {', '.join(BENCHMARKS)}")
    console = Console(width=160)
    apart = 0
    for name in names:
        circumstances = {
            **machine.described(),
            "pairs": pairs,
            "taken": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        }
        if scale != 1:
            circumstances["scale"] = scale
        console.print(f"{name} …")
        began = time.monotonic()
        figures = BENCHMARKS[name](pairs, scale)
        console.print(report.table(figures))
        console.print(f"{name}: {time.monotonic() - began:.0f} s")
        if against is None:
            report.noted(root / "docs/bench-machine.json", [name], circumstances)
            kept(root, figures)
        else:
            comparisons = again.compared(report.read(against), figures)
            console.print(again.table(comparisons))
            apart += sum(each.agrees is False for each in comparisons)
    raise typer.Exit(1 if apart else 0)


def kept(root: Path, taken: Sequence[Figure]) -> None:
    """Put figures among the others: in the file, in the plots, in the README."""
    from bench import plots  # matplotlib comes with `make bench` only

    file, readme = root / "docs/bench.json", root / "README.md"
    figures = report.merged(report.read(file), taken, list(BENCHMARKS))
    report.write(file, figures)
    readme.write_text(report.requoted(readme.read_text(), figures))
    for name, rows in itertools.groupby(taken, report.benchmark_of):
        told = machine.described()
        below = ", ".join(f"{key} {told[key]}" for key in ("processor", "cores", "python"))
        plots.drawn(root / f"docs/bench-{name}.svg", name, list(rows), below)


if __name__ == "__main__":
    typer.run(main)
