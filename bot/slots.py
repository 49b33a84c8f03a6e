"""The key's rolling quota: what is left, when the next slot frees, and what a card says of it. Pure.

Times are UTC epoch milliseconds. Source of the rule: Reka's rate-limits page, "per API key, per 24-hour rolling window".
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.jobs import Reason

POST_DEADLINE_MS = 600_000
"""A POST without an answer by then is ambiguous; until then Reka may still stamp it."""
MARGIN_MS = 60_000
"""Reka's clock stamps later than ours, by less than this."""
MINUTE_MS = 60_000


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
    were turned away and one POST is on its way to see whether that is over; the others wait for its answer. `halted`:
    whoever runs Reel lets nothing be sent. `others` POSTs of another tool with the same key were counted in that header
    besides ours; by `others_until` they count no more.
    """

    occupied_until: tuple[int, ...] = ()
    paused_until: int | None = None
    pause: Reason | None = None
    remaining: int | None = None
    probing: bool = False
    halted: bool = False
    others: int = 0
    others_until: int = 0

    def paused(self, now: int) -> Reason | None:
        """Why nothing may be sent now; None when something may."""
        if self.halted:
            return Reason.PAUSED
        return self.pause if self.paused_until is not None and self.paused_until > now else None

    def held(self, now: int) -> Reason | None:
        """Why nothing may be sent now although a slot may be free; None when something may."""
        return self.paused(now) or (self.pause if self.probing else None)


@dataclass(frozen=True, slots=True)
class Turn:
    """A waiting job in the line. `place` 0 is next; `starts_at` None: not while things are as they are.

    `spare`: so many slots must stay free when it goes.
    """

    place: int
    starts_at: int | None
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What a card says of the slots. `limit` None: no limit; `place` 0 is next; None for jobs that do not wait."""

    limit: int | None = None
    left: int | None = None
    frees_at: int | None = None
    place: int | None = None
    starts_at: int | None = None
    reason: Reason | None = None
    others: int = 0
    #: Slots are kept for others than the one who asked for this job.
    reserved: bool = False

    @property
    def may_go(self) -> bool:
        """True when the waiting job may be submitted now."""
        return self.place is not None and self.reason is None


def standing(
    ledger: Ledger, quota: Quota, now: int, turn: Turn | None = None, *, sibling: bool = False
) -> Standing:
    """The slots as they stand, and, for a job that waits its turn, why and until when it waits."""
    occupied = sorted(until for until in ledger.occupied_until if until > now)
    left, frees_at = _left(ledger, quota, now, len(occupied)), occupied[0] if occupied else None
    if ledger.paused(now) is Reason.RATE_LIMITED:
        frees_at = ledger.paused_until
    others = ledger.others if quota.limit is not None else 0
    if turn is None:
        return Standing(quota.limit, left, frees_at, others=others)
    reason = ledger.held(now) or _reason(now, turn, left, sibling=sibling)
    return Standing(
        quota.limit, left, frees_at, turn.place, turn.starts_at, reason, others, turn.spare > 0
    )


def _left(ledger: Ledger, quota: Quota, now: int, occupied: int) -> int | None:
    """What our ledger leaves, or less if Reka has said so: somebody else may spend from the same key."""
    if quota.limit is None:
        return None
    if ledger.paused(now) is Reason.RATE_LIMITED:
        return 0
    left = quota.limit - occupied
    return max(0, left if ledger.remaining is None else min(left, ledger.remaining))


def _reason(now: int, turn: Turn, left: int | None, *, sibling: bool) -> Reason | None:
    if turn.starts_at is None or turn.starts_at > now:
        return Reason.RESERVED if turn.spare and left else Reason.NO_SLOT
    return Reason.SIBLING if sibling else None


def minute(moment: int) -> int:
    """A moment as it is shown: the whole minute that is not before it, since clocks on screen cut the seconds off."""
    return -(-moment // MINUTE_MS) * MINUTE_MS


def counted(occupied: int, limit: int | None, remaining: int | None) -> bool:
    """Whether a refused POST counts, by Reka's own headers: `occupied` slots that surely count, and that one.

    Without headers it counts, and so it does when another one that is on its way may be meant: better a slot too few
    than a POST too many.
    """
    if limit is None or remaining is None:
        return True
    return limit - remaining >= occupied


def others(limit: int | None, remaining: int | None, ours: int) -> int:
    """How many POSTs Reka's headers count besides `ours`, the slots that our ledger had occupied when they were sent.

    Never too many: ours stay occupied a little longer than Reka counts them.
    """
    if limit is None or remaining is None:
        return 0
    return max(0, limit - remaining - ours)
