"""The key's rolling quota: what is left, when the next slot frees, who goes next. Pure.

Times are UTC epoch milliseconds. Source of the rule: Reka's rate-limits page, "per API key, per 24-hour rolling window".
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from bot.jobs import Reason

POST_DEADLINE_MS = 600_000
"""A POST without an answer by then is ambiguous; until then Reka may still stamp it."""
MARGIN_MS = 60_000
"""Reka's clock stamps later than ours, by less than this."""


class Ending(StrEnum):
    """How a POST ended, for the slot it took."""

    #: No answer is known: it is on its way, or we died meanwhile.
    OPEN = "open"
    ACCEPTED = "accepted"
    #: Reka answered with an error of its own; whether that counts, its headers say.
    REFUSED = "refused"
    #: It surely did not land.
    RELEASED = "released"
    #: It may have landed, so it counts.
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Quota:
    """So many POSTs in any window of this length; `limit` None is an account without a limit."""

    limit: int | None
    window_ms: int

    def occupied_until(self, ending: Ending, taken_at: int, answered_at: int | None) -> int:
        """When the slot of a POST is free again."""
        if ending is Ending.RELEASED:
            return answered_at if answered_at is not None else taken_at
        if ending in {Ending.ACCEPTED, Ending.REFUSED} and answered_at is not None:
            return answered_at + self.window_ms + MARGIN_MS
        # The machine may have slept between the slot and the POST: then the answer is what it counts from.
        landed_by = max(taken_at + POST_DEADLINE_MS, answered_at or 0)
        return landed_by + self.window_ms + MARGIN_MS


@dataclass(frozen=True, slots=True)
class Ledger:
    """A key at one moment: when each of its occupied slots frees, and until when and why nothing may be sent.

    `remaining` is what Reka's last header leaves after what was taken since; None without one. `probing`: the last tries
    were turned away and one POST is on its way to see whether that is over; the others wait for its answer.
    """

    occupied_until: tuple[int, ...] = ()
    paused_until: int | None = None
    pause: Reason | None = None
    remaining: int | None = None
    probing: bool = False

    def paused(self, now: int) -> Reason | None:
        """Why nothing may be sent now; None when something may."""
        return self.pause if self.paused_until is not None and self.paused_until > now else None

    def held(self, now: int) -> Reason | None:
        """Why nothing may be sent now although a slot may be free; None when something may."""
        return self.paused(now) or (self.pause if self.probing else None)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a card says of the slots. `limit` None: no limit; `place` 0 is next; None for jobs that do not wait."""

    limit: int | None = None
    left: int | None = None
    frees_at: int | None = None
    place: int | None = None
    starts_at: int | None = None
    reason: Reason | None = None

    @property
    def may_go(self) -> bool:
        """True when the waiting job may be submitted now."""
        return self.place is not None and self.reason is None


def standing(
    ledger: Ledger, quota: Quota, now: int, *, place: int | None = None, sibling: bool = False
) -> Standing:
    """The slots as they stand, and, for a job that waits behind `place` others, why and until when it waits."""
    occupied = sorted(until for until in ledger.occupied_until if until > now)
    left, frees_at = _left(ledger, quota, now, len(occupied)), occupied[0] if occupied else None
    if ledger.paused(now) is Reason.RATE_LIMITED:
        frees_at = ledger.paused_until
    if place is None:
        return Standing(quota.limit, left, frees_at)
    starts_at = next(islice(starts(ledger, quota, now), place, None))
    reason = ledger.held(now) or _reason(now, starts_at, sibling=sibling)
    return Standing(quota.limit, left, frees_at, place, starts_at, reason)


def _left(ledger: Ledger, quota: Quota, now: int, occupied: int) -> int | None:
    """What our ledger leaves, or less if Reka has said so: somebody else may spend from the same key."""
    if quota.limit is None:
        return None
    if ledger.paused(now) is Reason.RATE_LIMITED:
        return 0
    left = quota.limit - occupied
    return max(0, left if ledger.remaining is None else min(left, ledger.remaining))


def _reason(now: int, starts_at: int, *, sibling: bool) -> Reason | None:
    if starts_at > now:
        return Reason.NO_SLOT
    return Reason.SIBLING if sibling else None


def starts(ledger: Ledger, quota: Quota, now: int) -> Iterator[int]:
    """When the next POST may start, and the one after it, and so on, if each is answered at once."""
    earliest = max(now, ledger.paused_until or 0)
    ends = [until for until in ledger.occupied_until if until > now]
    heapq.heapify(ends)
    while True:
        start = earliest
        while quota.limit is not None and len(ends) >= quota.limit:
            start = max(start, heapq.heappop(ends))
        yield start
        heapq.heappush(ends, start + quota.window_ms + MARGIN_MS)


def counted(occupied: int, limit: int | None, remaining: int | None) -> bool:
    """Whether a refused POST counts, by Reka's own headers: `occupied` slots that surely count, and that one.

    Without headers it counts, and so it does when another one that is on its way may be meant: better a slot too few
    than a POST too many.
    """
    if limit is None or remaining is None:
        return True
    return limit - remaining >= occupied
