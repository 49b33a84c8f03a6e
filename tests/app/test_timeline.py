"""The window as a bar: every occupied slot in its cell, whatever the window's length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.timeline import CELLS, span, timeline
from tests.app.job import NOW

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

WINDOWS = st.integers(1, 30 * DAY)


@st.composite
def windows(draw: st.DrawFn) -> tuple[int, list[int]]:
    """A window's length, and when its slots free: each after now, some later than the window is long."""
    window_ms = draw(WINDOWS)
    after = st.integers(1, window_ms + 11 * MINUTE)
    return window_ms, [NOW + each for each in draw(st.lists(after, max_size=120))]


@given(windows())
def test_there_are_as_many_marks_as_occupied_slots(drawn: tuple[int, list[int]]) -> None:
    window_ms, frees_at = drawn
    line = timeline(frees_at, NOW, window_ms)
    assert sum(line.cells) == len(frees_at)
    if max(line.cells) <= 9:
        assert sum(int(mark) for mark in line.bar() if mark != "·") == len(frees_at)


@given(windows())
def test_every_mark_is_in_the_cell_of_its_time(drawn: tuple[int, list[int]]) -> None:
    window_ms, frees_at = drawn
    line = timeline(frees_at, NOW, window_ms)
    for cell, slots in enumerate(line.cells):
        begins, ends = line.span_ms * cell, line.span_ms * (cell + 1)
        last = cell == CELLS - 1  # it holds the very end of the span, too
        within = [
            until
            for until in frees_at
            if begins <= (until - NOW) * CELLS < ends or (last and until - NOW == line.span_ms)
        ]
        assert slots == len(within)


@given(windows())
def test_it_is_never_wider_than_its_cells_nor_shorter_than_the_window(
    drawn: tuple[int, list[int]],
) -> None:
    window_ms, frees_at = drawn
    line = timeline(frees_at, NOW, window_ms)
    assert len(line.bar()) == len(line.cells) == CELLS
    assert line.span_ms == max(window_ms, *(until - NOW for until in frees_at), 1)


@pytest.mark.parametrize(
    ("window_ms", "after", "bar"),
    [
        (DAY, [], "·" * 24),
        (DAY, [1, HOUR - 1, HOUR], "21" + "·" * 22),
        (DAY, [DAY - 1, DAY], "·" * 23 + "2"),
        (DAY, [HOUR // 2] * 10, "+" + "·" * 23),
        (7 * DAY, [DAY, 6 * DAY + 1], "···1················1···"),
        (MINUTE, [30_000], "············1···········"),
        # A POST without an answer counts from its deadline, ten minutes after it was sent.
        (MINUTE, [12 * MINUTE, MINUTE], "··1····················1"),
    ],
)
def test_it_scales_with_the_window(window_ms: int, after: list[int], bar: str) -> None:
    assert timeline([NOW + each for each in after], NOW, window_ms).bar() == bar


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (1, "0 s"),
        (60_000, "1 min"),
        (90_000, "90 s"),
        (12 * MINUTE, "12 min"),
        (90 * MINUTE, "90 min"),
        (DAY, "24 h"),
        (DAY + 11 * MINUTE, "24 h"),
        (7 * DAY + MINUTE, "7 d"),
    ],
)
def test_its_end_is_named_in_the_largest_unit(milliseconds: int, words: str) -> None:
    assert span(milliseconds) == words
