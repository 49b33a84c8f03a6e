"""The audit trail: who spent which slot, when, where and to what end, and how much of it somebody may see. Pure."""

from dataclasses import dataclass, replace

from bot.jobs import Job
from bot.line import Waiter
from bot.slots import Ending, Standing


@dataclass(frozen=True, slots=True)
class Spent:
    """One slot that was taken, that is one POST. Times are UTC epoch milliseconds; `ending`: how the POST ended.

    `status`: the HTTP status of an answer that was no acceptance. `job` None: it is forgotten, or not the reader's to see. Empty
    `user_id` or `channel_id`: the same.
    """

    id: int
    team_id: str
    user_id: str
    channel_id: str
    taken_at: int
    occupied_until: int
    ending: Ending
    status: int | None = None
    job: Job | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The slots at one moment (`now`, epoch ms): how they stand, and the occupied ones, the next to free first.

    `waiting`: who waits for one, next in line first: the user id, and when it starts (epoch ms) where that is known.
    """

    standing: Standing
    occupied: tuple[Spent, ...]
    now: int
    window_ms: int
    waiting: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who looks: who, and the channels of which they may read."""

    team_id: str
    user_id: str
    channel_ids: frozenset[str]

    def sees_waiting(self, waiter: Waiter) -> str:
        """Who waits for a slot: the user id; empty for somebody of another workspace."""
        return waiter.user_id if waiter.team_id == self.team_id else ""

    def sees(self, spent: Spent) -> Spent:
        """As much of it as this person may see: a slot is everybody's, what it was spent on is its channel's."""
        if spent.team_id != self.team_id:  # the key may serve several workspaces
            return replace(spent, user_id="", channel_id="", job=None)
        if spent.user_id == self.user_id or spent.channel_id in self.channel_ids:
            return spent
        return replace(spent, channel_id="", job=None)
