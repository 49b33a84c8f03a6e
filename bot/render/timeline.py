"""The coming window as a bar of cells: in each, how many slots free. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

CELLS = 24
"""An hour each in Reka's window of a day."""
_EMPTY = "·"
_MANY = "+"


@dataclass(frozen=True, slots=True)
class Timeline:
    """How many slots free in each cell; the first one begins now, all last `span_ms` together."""

    cells: tuple[int, ...]
    span_ms: int

    def bar(self) -> str:
        """One character a cell: how many slots free in it, `+` for more than nine."""
        return "".join(map(_mark, self.cells))


def timeline(frees_at: Sequence[int], now: int, window_ms: int) -> Timeline:
    """When occupied slots free, all of them after `now` (epoch ms).

    It spans the window, or more where a slot takes longer: one whose POST is not answered yet counts from its deadline.
    """
    span = max(window_ms, *(until - now for until in frees_at), 1) if frees_at else window_ms
    cells = [0] * CELLS
    for until in frees_at:
        cells[min(CELLS - 1, (until - now) * CELLS // span)] += 1
    return Timeline(tuple(cells), span)


def _mark(slots: int) -> str:
    if slots == 0:
        return _EMPTY
    return str(slots) if slots <= 9 else _MANY


def span(milliseconds: int) -> str:
    """A span in its largest unit, rounded down: `7 d`, `24 h`, `90 min`, `60 s`."""
    seconds = milliseconds // 1000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0 and size < 86_400):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
