"""The line of waiting jobs: whose turn it is, and when each job's comes. Pure; times are UTC epoch milliseconds.

Round robin across people: next is whoever's last turn is longest ago, first of all those who had none. So between two
turns of one person nobody else gets two, and where nobody had a turn yet the line is first come, first served.
"""

import functools
import heapq
import itertools
import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.jobs import Job
from bot.rules import Rules
from bot.slots import Ending, Ledger, Quota, Standing, Turn, standing

PLACING_MS = 180_000
"""So long a job is in line although its card is not posted yet: cards of one channel are posted one after the other, a
post that fails once is tried again a minute and a half later, and nobody must be passed meanwhile.
"""

Served = tuple[int, int]
"""A turn: when it was, and its number, since several may be in one millisecond."""
NEVER: Served = (0, 0)


@dataclass(frozen=True, slots=True, order=True)
class Waiter:
    """A job in line, by the time of asking. `spare`: so many slots must stay free when it goes: they are reserved."""

    asked_at: int
    job_id: str
    user_id: str = field(compare=False)
    spare: int = field(default=0, compare=False)
    team_id: str = field(default="", compare=False)


@dataclass(frozen=True)
class Line:
    """Everybody in line at one moment. `served`: user id → their last turn, in the key's window or since anybody in line
    asked.

    Who cannot go yet, behind a sibling or long without a card, is not in it, and holds up nobody. `at_the_door`: the keys
    of requests that are on their way to Reka without an id, whose siblings wait.
    """

    ledger: Ledger
    quota: Quota
    rules: Rules
    waiters: frozenset[Waiter] = frozenset()
    served: Mapping[str, Served] = field(default_factory=dict)
    at_the_door: frozenset[str] = frozenset()
    read_at: int = 0

    @functools.cached_property
    def turns(self) -> dict[str, Turn]:
        """Job id → its turn, in order."""
        return dict(turns(self.waiters, self.served, self.ledger, self.quota, self.read_at))

    def starts(self) -> tuple[tuple[Waiter, int | None], ...]:
        """(job, when it starts) of everybody in line, in order."""
        known = {each.job_id: each for each in self.waiters}
        return tuple((known[job_id], turn.starts_at) for job_id, turn in self.turns.items())

    @functools.cached_property
    def holds_until(self) -> float:
        """When time alone may change it: a slot frees, a pause ends, a card has been long in coming."""
        moments = [*self.ledger.occupied_until, self.ledger.paused_until or 0]
        moments.append(self.ledger.others_until)
        moments += [each.asked_at + PLACING_MS for each in self.waiters]
        return min((moment for moment in moments if moment > self.read_at), default=math.inf)

    def standing(self, job: Job) -> Standing:
        """What the card of a waiting job says."""
        turn = self.turns.get(job.id)
        if turn is None:
            own = Waiter(job.created_at, job.id, job.user_id, self.rules.spare(job.user_id))
            turn = replace(self, waiters=self.waiters | {own}).turns[job.id]
        sibling = job.request_key in self.at_the_door
        return standing(self.ledger, self.quota, self.read_at, turn, sibling=sibling)


def turns(
    waiters: Iterable[Waiter], served: Mapping[str, Served], ledger: Ledger, quota: Quota, now: int
) -> Iterator[tuple[str, Turn]]:
    """(job id, its turn) of everybody in line, in order. `served`: user id → their last turn.

    A start is never before the slot is free: a POST is taken to be answered at its deadline, and another tool's POSTs
    to count for as long as they may. The first in line alone tries as soon as our own ledger allows it, unless slots must
    stay free: a 429 costs nothing and names the time.
    """
    people, ends = _People(waiters, served), _Ends(ledger, quota, now)
    for place in itertools.count():
        waiter = people.next(ends.free, ends.spare, ends.start)
        while waiter is None and ends.wait():
            waiter = people.next(ends.free, ends.spare, ends.start)
        if waiter is None:  # what is reserved keeps the others out for good, as things are
            yield from (
                (each.job_id, Turn(at, None, each.spare)) for at, each in people.rest(place)
            )
            return
        yield waiter.job_id, Turn(place, None if ledger.halted else ends.start, waiter.spare)
        ends.take()
        if place == 0:
            ends.count_others()


class _Ends:
    """When slots free. `start` is the moment that the forecast has come to."""

    def __init__(self, ledger: Ledger, quota: Quota, now: int) -> None:
        self.start = max(now, ledger.paused_until or 0)
        self._quota = quota
        self._now, self._remaining = now, ledger.remaining
        self._others, self._others_until = ledger.others, ledger.others_until
        self._ends = [until for until in ledger.occupied_until if until > self.start]
        heapq.heapify(self._ends)

    @property
    def free(self) -> float:
        """Slots that are free then."""
        return math.inf if self._quota.limit is None else self._quota.limit - len(self._ends)

    @property
    def spare(self) -> float:
        """Of these, those that may be left to others: no more than Reka says there are, as long as that is news."""
        free = self.free - (self._others if self._others_until > self.start else 0)
        if self._remaining is None or self.start > self._now:
            return free
        return min(free, self._remaining)

    def wait(self) -> bool:
        """Go on to the moment when the next slot frees; False when all are free."""
        moments = self._ends[:1]
        if self._others and self._others_until > self.start:
            moments.append(self._others_until)
        if not moments:
            return False
        self.start = max(self.start, min(moments))
        while self._ends and self._ends[0] <= self.start:
            heapq.heappop(self._ends)
        return True

    def take(self) -> None:
        """A POST starts."""
        if self._quota.limit is not None:
            self._occupy(self._quota.occupied_until(Ending.OPEN, self.start, None), 1)

    def count_others(self) -> None:
        """From here on nobody may take what another tool has taken."""
        self._occupy(self._others_until, self._others)
        self._others = 0

    def _occupy(self, until: int, number: int) -> None:
        for _ in range(number if until > self.start else 0):
            heapq.heappush(self._ends, until)


class _People:
    """Everybody in line; whoever's last turn is longest ago is on top of those who may go."""

    def __init__(self, waiters: Iterable[Waiter], served: Mapping[str, Served]) -> None:
        self._jobs: dict[str, deque[Waiter]] = {}
        for waiter in sorted(waiters):
            self._jobs.setdefault(waiter.user_id, deque()).append(waiter)
        self._tops: dict[int, list[_Top]] = {}
        for user, jobs in self._jobs.items():
            self._push(jobs[0], served.get(user, NEVER))
        last = max((number for _, number in served.values()), default=0)
        self._numbers = itertools.count(last + 1)

    def _push(self, waiter: Waiter, served: Served) -> None:
        # A heap for each number of slots that must stay free: who may not go is not in the way of who may.
        heapq.heappush(self._tops.setdefault(waiter.spare, []), (served, waiter))

    def next(self, free: float, spare: float, now: int) -> Waiter | None:
        """Serve whose turn it is when so many slots are free, and so many to be spared; None when it is nobody's."""
        if free < 1:
            return None
        able = [top for needed, top in self._tops.items() if top and (not needed or needed < spare)]
        if not able:
            return None
        waiter = heapq.heappop(min(able, key=lambda top: top[0]))[-1]
        jobs = self._jobs[waiter.user_id]
        jobs.popleft()
        if jobs:
            self._push(jobs[0], (now, next(self._numbers)))
        return waiter

    def rest(self, place: int) -> Iterator[tuple[int, Waiter]]:
        """(place, job) of those who are still in line."""
        return enumerate(sorted(itertools.chain(*self._jobs.values())), start=place)


_Top = tuple[Served, Waiter]
"""Somebody's last turn, and the job that is their next."""
