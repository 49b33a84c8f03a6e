"""How long jobs take: from our own history, in words for a card. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 5
"""Fewer finished jobs than this say nothing about the next one."""


@dataclass(frozen=True, slots=True)
class Pace:
    """From the POST to the end, in ms: the usual time (the median), and the time above which one in ten jobs was."""

    usual_ms: int
    slow_ms: int


def pace(durations_ms: Sequence[int]) -> Pace | None:
    """The pace of finished jobs; None while there are too few."""
    if len(durations_ms) < ENOUGH:
        return None
    ordered = sorted(durations_ms)
    return Pace(_quantile(ordered, 0.5), _quantile(ordered, 0.9))


def _quantile(ordered: Sequence[int], share: float) -> int:
    """By nearest rank: a time that a job really took."""
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[max(rank, 1) - 1]
