"""The ratios of each benchmark as a picture: the median, its quartiles, and the goal."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

import matplotlib as mpl
from matplotlib.figure import Figure as Picture

from bench.pairs import Figure

MET, MISSED, REPORTED = "#2e7d32", "#c62828", "#546e7a"


def drawn(file: Path, title: str, figures: Sequence[Figure], below: str) -> None:
    """Draw the rows that have a ratio, other than 0, which has no place on the scale; `below` says where they were taken."""
    rows = [(figure, figure.ratio) for figure in reversed(figures) if figure.ratio]
    if not rows:
        return
    mpl.rcParams.update({"svg.hashsalt": "reel", "svg.fonttype": "none", "font.size": 9})
    picture = Picture(figsize=(9, 1.3 + 0.5 * len(rows)), layout="constrained")
    axes = picture.subplots()
    for place, (figure, ratio) in enumerate(rows):
        colour = {True: MET, False: MISSED, None: REPORTED}[figure.met]
        axes.plot(figure.spread, (place, place), color=colour, linewidth=4, alpha=0.35)
        axes.plot(ratio, place, "o", color=colour)
        axes.annotate(f"{ratio:g}×", (ratio, place), (0, 6), textcoords="offset points")
        if figure.goal and figure.goal.endswith("×"):
            most = float(figure.goal.strip("≤× "))
            axes.plot((most, most), (place - 0.3, place + 0.3), color="black")
    axes.set_xscale("log")
    axes.axvline(1, color="grey", linewidth=0.8, linestyle=":")
    names = [fill(figure.name.partition(": ")[2], 48) for figure, _ in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(-0.6, len(rows) - 0.3)
    axes.set_title(
        f"{title}: ours to the reference (less is better; the bar is the goal)", fontsize=9
    )
    axes.set_xlabel(below, fontsize=7)
    picture.savefig(file, metadata={"Date": None})
