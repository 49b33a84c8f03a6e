"""What those who run Reel have set: shares of the slots, slots kept for named people, and whether anything is sent. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Halt(StrEnum):
    """What is stopped for the time being."""

    #: Requests are accepted, and nothing is sent to Reka.
    PAUSED = "paused"
    #: No request is accepted; those that were are finished.
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class Rules:
    """All off, as it begins. Shares are slots in the key's window; None: no share.

    `reserved` slots are left to `reserved_for`: everybody else waits while only those are free. `set_by` and `set_at`
    (epoch ms): whose word it is, and since when.
    """

    per_person: int | None = None
    per_channel: int | None = None
    reserved: int = 0
    reserved_for: tuple[str, ...] = ()
    halt: Halt | None = None
    set_by: str = ""
    set_at: int = 0

    @property
    def open(self) -> bool:
        """Whether every request is accepted."""
        return (
            self.per_person is None and self.per_channel is None and self.halt is not Halt.DRAINING
        )

    def spare(self, user_id: str) -> int:
        """How many slots must stay free when this person's job goes."""
        return 0 if user_id in self.reserved_for else self.reserved


@dataclass(frozen=True, slots=True)
class Use:
    """What of a share is used: when each of its occupied slots frees, in order, and how many jobs wait for one."""

    occupied_until: tuple[int, ...] = ()
    waiting: int = 0

    def reaches(self, share: int | None) -> bool:
        """Whether nothing of the share is left."""
        return share is not None and len(self.occupied_until) + self.waiting >= share

    def frees_at(self, share: int) -> int | None:
        """When something of a share that is used up is free again; None when that hangs on jobs that still wait."""
        needed = len(self.occupied_until) + self.waiting - share
        return self.occupied_until[needed] if needed < len(self.occupied_until) else None


class Rule(StrEnum):
    """The rule that a request does not fit."""

    DRAINING = "draining"
    PER_PERSON = "per_person"
    PER_CHANNEL = "per_channel"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not accepted: the rule, its share, and when it will be (epoch ms), where that is known.

    `waiting`: part of the share is held by jobs that wait, and is free again when one of them is cancelled.
    """

    rule: Rule
    share: int = 0
    frees_at: int | None = None
    waiting: bool = False


class NotAdmitted(Exception):
    """A request that the rules do not let in; nothing was kept."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.rule.value)
        self.refusal = why


def refusal(rules: Rules, person: Use, channel: Use) -> Refusal | None:
    """Why another request of this person in this channel is not accepted now; None when it is."""
    if rules.halt is Halt.DRAINING:
        return Refusal(Rule.DRAINING)
    for rule, share, use in (
        (Rule.PER_PERSON, rules.per_person, person),
        (Rule.PER_CHANNEL, rules.per_channel, channel),
    ):
        if share is not None and use.reaches(share):
            return Refusal(rule, share, use.frees_at(share), use.waiting > 0)
    return None
