"""A small run of `python -m tests.chaos.fair`, and that its checks find what they look for."""

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.fair import late, run, silent, unfair
from tests.chaos.house import Quota


async def test_scarce_slots_go_round_as_promised_over_a_restart(tmp_path: Path) -> None:
    verdict = await run(tmp_path, Quota(3, 4), "rrrrssan", restarts=1)
    assert verdict.violations == []
    assert (verdict.jobs, verdict.posts) == (8, 8)
    assert verdict.waited >= 3
    assert verdict.restarts == 1


def course(order: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Everybody has asked at the beginning; turns come in this order."""
    jobs = [{"id": str(number), "created_at": 0} for number, _ in enumerate(order)]
    slots = [
        {
            "job_id": str(number),
            "taken_at": 10_000 * (1 + number),
            "user_id": user,
            "ending": "accepted",
        }
        for number, user in enumerate(order)
    ]
    return jobs, slots


@pytest.mark.parametrize(
    ("order", "wrong"),
    [("abcabc", 0), ("abab", 0), ("aab", 1), ("abbc", 1), ("abccab", 2)],
)
def test_a_second_turn_before_somebodys_next_is_found(order: str, wrong: int) -> None:
    assert len(list(unfair(*course(order)))) == wrong


def test_a_late_start_is_found() -> None:
    kept = {"id": "1", "told_start": 60_000, "submitted_at": 61_000}
    broken = {"id": "2", "told_start": 60_000, "submitted_at": 63_000}
    assert len(list(late([kept, broken]))) == 1


@pytest.mark.parametrize(
    ("named", "wrong"),
    [
        ([(60_000, None)], 0),
        ([(60_000, None), (120_000, "turns")], 0),
        ([(60_000, None), (120_000, None)], 1),
        ([(60_000, None), (120_000, "turns"), (60_000, "fewer"), (180_000, None)], 1),
        ([(120_000, None), (60_000, None)], 0),
    ],
)
def test_a_start_that_moves_without_a_word_is_found(
    named: list[tuple[int, str | None]], wrong: int
) -> None:
    assert len(list(silent({"1": named}))) == wrong
