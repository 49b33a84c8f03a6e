"""The line of waiting jobs: whose turn it is, and when each job's comes. Pure; times are UTC epoch milliseconds.

Round robin across people: next is whoever has waited longest since they asked, or since their last turn. So between
two turns of one person nobody else gets two, a newcomer gets ahead of nobody's next job, and where everybody has asked
once the line is first come, first served.
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

PLACING_MS = 60_000
"""So long a job is in line although its card is not posted yet: cards of one channel are posted one after the other, and
whoever asked later, but for less, must not be passed meanwhile.
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


@dataclass(frozen=True)
class Line:
    """Everybody in line at one moment. `served`: user id → their last turn, as far as that matters here.

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

    def starts(self) -> tuple[tuple[str, int | None], ...]:
        """(user id, when it starts) of each job in line, in order."""
        users = {each.job_id: each.user_id for each in self.waiters}
        return tuple((users[job_id], turn.starts_at) for job_id, turn in self.turns.items())

    @functools.cached_property
    def holds_until(self) -> float:
        """When time alone may change it: a slot frees, a pause ends, a card has been long in coming."""
        moments = [*self.ledger.occupied_until, self.ledger.paused_until or 0]
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
    to count for as long as they may. The first in line alone tries as soon as our own ledger allows it: a 429 costs
    nothing and names the time.
    """
    people, ends = _People(waiters, served), _Ends(ledger, quota, now)
    for place in itertools.count():
        waiter = people.next(ends.free, ends.start)
        while waiter is None and ends.wait():
            waiter = people.next(ends.free, ends.start)
        if waiter is None:  # what is reserved keeps the others out for good, as things are
            yield from (
                (each.job_id, Turn(at, None, each.spare)) for at, each in people.rest(place)
            )
            return
        yield waiter.job_id, Turn(place, None if ledger.halted else ends.start, waiter.spare)
        ends.take()
        if place == 0:
            ends.occupy(ledger.others_until, ledger.others)


class _Ends:
    """When slots free. `start` is the moment that the forecast has come to."""

    def __init__(self, ledger: Ledger, quota: Quota, now: int) -> None:
        self.start = max(now, ledger.paused_until or 0)
        self._quota = quota
        self._ends = [until for until in ledger.occupied_until if until > self.start]
        heapq.heapify(self._ends)

    @property
    def free(self) -> float:
        """Slots that are free then."""
        return math.inf if self._quota.limit is None else self._quota.limit - len(self._ends)

    def wait(self) -> bool:
        """Go on to the moment when the next slot frees; False when all are free."""
        if not self._ends:
            return False
        self.start = max(self.start, heapq.heappop(self._ends))
        return True

    def take(self) -> None:
        """A POST starts."""
        if self._quota.limit is not None:
            self.occupy(self._quota.occupied_until(Ending.OPEN, self.start, None), 1)

    def occupy(self, until: int, number: int) -> None:
        """So many further slots are taken until then."""
        for _ in range(number if until > self.start else 0):
            heapq.heappush(self._ends, until)


class _People:
    """Everybody in line; whoever has waited longest for their next turn is on top."""

    def __init__(self, waiters: Iterable[Waiter], served: Mapping[str, Served]) -> None:
        self._jobs: dict[str, deque[Waiter]] = {}
        for waiter in sorted(waiters):
            self._jobs.setdefault(waiter.user_id, deque()).append(waiter)
        self._top = [_since(jobs[0], served.get(user, NEVER)) for user, jobs in self._jobs.items()]
        heapq.heapify(self._top)
        self._numbers = itertools.count(
            1 + max((number for _, number in served.values()), default=0)
        )

    def next(self, free: float, now: int) -> Waiter | None:
        """Serve whose turn it is when so many slots are free; None when it is nobody's."""
        passed = list[_Since]()
        waiter = None
        while self._top and waiter is None and free >= 1:
            first = heapq.heappop(self._top)
            if first[-1].spare < free:
                waiter = self._served(first[-1], now)
            else:
                passed.append(first)
        for each in passed:
            heapq.heappush(self._top, each)
        return waiter

    def _served(self, waiter: Waiter, at: int) -> Waiter:
        jobs = self._jobs[waiter.user_id]
        jobs.popleft()
        if jobs:
            heapq.heappush(self._top, _since(jobs[0], (at, next(self._numbers))))
        return waiter

    def rest(self, place: int) -> Iterator[tuple[int, Waiter]]:
        """(place, job) of those who are still in line."""
        return enumerate(sorted(itertools.chain(*self._jobs.values())), start=place)


_Since = tuple[int, Served, Waiter]


def _since(waiter: Waiter, served: Served) -> _Since:
    """Since when this person has waited for their next turn; who was served longer ago comes first."""
    return max(served[0], waiter.asked_at), served, waiter
