"""The line: fair across people, and its times are promises."""

import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import Job, Move, Reason
from bot.line import PLACING_MS, Line, Served, Waiter, turns
from bot.promise import moved, told
from bot.rules import Halt, Rules
from bot.slots import MARGIN_MS, POST_DEADLINE_MS, Ending, Ledger, Quota, Standing, Turn, minute
from tests.app.job import NOW, job

DAY = 24 * 3600 * 1000
HOUR = 3_600_000
ONE = Quota(1, DAY)


def order(waiters: list[Waiter], served: dict[str, Served], ledger: Ledger, quota: Quota) -> str:
    """Who goes in which order, by the first letter of the jobs' ids."""
    return "".join(job_id[0] for job_id, _ in turns(waiters, served, ledger, quota, NOW))


def asked(*asks: str) -> list[Waiter]:
    """`a1` is Ann's first job; each is asked for a second after the one before it."""
    return [Waiter(NOW - 99_000 + n * 1000, ask, f"U{ask[0]}") for n, ask in enumerate(asks)]


@pytest.mark.parametrize(
    ("asks", "served", "expected"),
    [
        (("a1", "b1", "c1"), {}, "abc"),
        # One who asks for five does not hold up the others.
        (("a1", "a2", "a3", "b1", "c1"), {}, "abcaa"),
        (("a1", "a2", "b1", "b2", "b3", "c1"), {}, "abcabb"),
        # Ann had her turn after Bob had asked: it is his, though she had asked before.
        (("a2", "b1"), {"Ua": (NOW - 50_000, 7)}, "ba"),
        # Who had a turn goes after who had none, whenever they asked.
        (("a2", "b1"), {"Ua": (NOW - HOUR, 7)}, "ba"),
        (("a4", "b1", "c1"), {"Ua": (NOW - 100_000, 7)}, "bca"),
        # Of those who had one, whoever's is longer ago.
        (
            ("a2", "b2", "c2"),
            {"Ua": (NOW - HOUR, 9), "Ub": (NOW - 2 * HOUR, 8), "Uc": (NOW - HOUR, 7)},
            "bca",
        ),
    ],
)
def test_the_line_goes_round_among_people_and_then_by_the_time_of_asking(
    asks: tuple[str, ...], served: dict[str, Served], expected: str
) -> None:
    assert order(asked(*asks), served, Ledger(), ONE) == expected
    assert order(asked(*asks), served, Ledger(), Quota(10, DAY)) == expected


@dataclass(slots=True)
class Shop:
    """A key with people in line. Time is in ms; every POST is answered within its deadline."""

    quota: Quota
    now: int = NOW
    waiters: list[Waiter] = field(default_factory=list)
    served: dict[str, Served] = field(default_factory=dict)
    occupied: list[int] = field(default_factory=list)
    #: (when, who) of every turn.
    log: list[tuple[int, str]] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)
    others: int = 0
    others_until: int = 0
    held_until: int | None = None
    was_held: bool = False
    asked: int = 0

    def line(self) -> Line:
        ledger = Ledger(
            tuple(self.occupied),
            self.held_until,
            Reason.UNREACHABLE if self.held_until else None,
            halted=self.rules.halt is Halt.PAUSED,
            others=self.others,
            others_until=self.others_until,
        )
        waiters = frozenset(
            dataclasses.replace(each, spare=self.rules.spare(each.user_id)) for each in self.waiters
        )
        return Line(ledger, self.quota, self.rules, waiters, self.served, frozenset(), self.now)

    def ask(self, user: str) -> Waiter:
        self.asked += 1
        waiter = Waiter(self.now, f"{self.asked:05}-{user}", user)
        self.waiters.append(waiter)
        return waiter

    def serve(self, answered_after: int) -> bool:
        """Let everybody go whose turn has come; False when it is nobody's."""
        due = [job_id for job_id, turn in self.line().turns.items() if turn.starts_at == self.now]
        if not due:
            return False
        [waiter] = [each for each in self.waiters if each.job_id == due[0]]
        self.waiters.remove(waiter)
        self.served[waiter.user_id] = (self.now, len(self.log) + 1)
        self.log.append((self.now, waiter.user_id))
        answered = self.now + answered_after
        self.occupied.append(self.quota.occupied_until(Ending.ACCEPTED, self.now, answered))
        return True

    def wait(self, milliseconds: int) -> None:
        """Let time pass, and everybody go whose turn comes meanwhile."""
        until = self.now + milliseconds
        while True:
            while self.serve(POST_DEADLINE_MS):
                self.now += 1
            starts = [turn.starts_at for turn in self.line().turns.values()]
            self.now = min((at for at in starts if at is not None), default=until)
            if self.now >= until:
                self.now = until
                return


steps = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "serve", "wait"]),
        st.sampled_from(["Ann", "Bob", "Cat", "Dan", "Eve"]),
        st.integers(0, 3 * HOUR),
    ),
    min_size=5,
    max_size=60,
)


@given(steps, st.integers(1, 4))
def test_nobody_waits_behind_more_than_one_job_of_each_other_person(
    course: list[tuple[str, str, int]], limit: int
) -> None:
    shop = Shop(Quota(limit, 6 * HOUR))
    since: dict[
        str, int
    ] = {}  # since when somebody waits for their next turn, by the turns that were

    def waits() -> None:
        for each in shop.waiters:
            since.setdefault(each.user_id, len(shop.log))

    for what, user, amount in course:
        shop.now += 1 + (amount if what == "wait" else 0)
        if what == "ask":
            shop.ask(user)
            waits()
        while what == "serve" and shop.serve(amount % POST_DEADLINE_MS):
            _, served = shop.log[-1]
            ahead = Counter(user for _, user in shop.log[since.pop(served) : -1])
            assert all(turns <= 1 for turns in ahead.values()), (served, ahead)
            waits()
            shop.now += 1


@given(steps, st.integers(1, 4))
def test_what_is_forecast_is_what_comes_when_nothing_else_happens(
    course: list[tuple[str, str, int]], limit: int
) -> None:
    """In this order, and never later than was said, however late the answers come before their deadline."""
    shop = Shop(Quota(limit, 6 * HOUR))
    for what, user, amount in course:
        shop.now += 1 + (amount if what == "wait" else 0)
        if what == "ask":
            shop.ask(user)
    said = list(shop.line().turns.items())
    users = {each.job_id: each.user_id for each in shop.waiters}
    delays = iter([amount % POST_DEADLINE_MS for _, _, amount in course])
    while shop.waiters:
        if not shop.serve(next(delays, 0)):
            shop.now = min(turn.starts_at or 0 for turn in shop.line().turns.values())
    assert [user for _, user in shop.log] == [users[job_id] for job_id, _ in said]
    for (_, turn), (start, _) in zip(said, shop.log, strict=True):
        assert turn.starts_at is not None
        assert start <= turn.starts_at


@dataclass(frozen=True, slots=True)
class Happening:
    what: str
    user: str
    amount: int


happenings = st.lists(
    st.builds(
        Happening,
        st.sampled_from(
            ["ask", "ask", "leave", "serve", "wait", "hold", "pause", "resume", "others", "reserve"]
        ),
        st.sampled_from(["Ann", "Bob", "Cat", "Dan"]),
        st.integers(0, 3 * HOUR),
    ),
    min_size=3,
    max_size=40,
)


def happen(shop: Shop, it: Happening) -> None:
    match it.what:
        case "ask":
            shop.ask(it.user)
        case "leave":
            mine = [each for each in shop.waiters if each.user_id == it.user]
            for waiter in mine[:1]:
                shop.waiters.remove(waiter)
        case "serve":
            shop.serve(it.amount % POST_DEADLINE_MS)
        case "wait":
            shop.wait(it.amount)
        case "hold":
            shop.held_until = shop.now + it.amount
            shop.was_held = True
        case "pause" | "resume":
            halt = Halt.PAUSED if it.what == "pause" else None
            shop.rules = dataclasses.replace(shop.rules, halt=halt)
            shop.was_held |= halt is not None
        case "others":
            shop.others, shop.others_until = it.amount % 3, shop.now + 6 * HOUR + MARGIN_MS
        case "reserve":
            shop.rules = dataclasses.replace(
                shop.rules, reserved=it.amount % 3, reserved_for=(it.user,)
            )


def waiting(waiter: Waiter, known: dict[str, Job]) -> Job:
    fresh = job(id=waiter.job_id, user_id=waiter.user_id, created_at=waiter.asked_at)
    return known.get(waiter.job_id, fresh)


@given(happenings, st.integers(2, 4))
def test_a_start_moves_only_for_a_reason_and_the_reason_is_true(
    course: list[Happening], limit: int
) -> None:
    shop, known = Shop(Quota(limit, 6 * HOUR)), dict[str, Job]()
    for it in course:
        shop.now += 1
        happen(shop, it)
        line = shop.line()
        for waiter in shop.waiters:
            before = waiting(waiter, known)
            standing = line.standing(before)
            why = moved(before, standing, shop.now)
            if before.told_start is not None and standing.starts_at is not None:
                _holds(why, before, standing.starts_at, standing.place or 0, shop)
            known[waiter.job_id] = dataclasses.replace(
                before,
                **told(before, standing, shop.now),  # type: ignore[arg-type]
            )


def _holds(why: Move | None, before: Job, after: int, place: int, shop: Shop) -> None:
    told_start, told_place = before.told_start or 0, before.told_place or 0
    if minute(after) == minute(told_start):
        assert why == before.moved
        return
    later = after > told_start
    assert (why in {Move.FEWER, Move.SLOT_SOONER}) == (not later)
    match why:
        case Move.HELD:
            assert shop.was_held
        case Move.TURNS:
            assert place > told_place
        case Move.FEWER:
            assert place < told_place
        case Move.OTHERS:
            assert shop.others
        case Move.RESERVED:
            assert shop.rules.reserved
        case Move.SLOT_SOONER:
            assert after < told_start
        case Move.SLOT_LATER:  # those in front took theirs after a pause; no answer is late here
            assert shop.was_held
        case _:
            pytest.fail("moved for no reason")


def test_reserved_slots_are_left_to_those_they_are_for() -> None:
    rules = Rules(reserved=2, reserved_for=("Ub",))
    waiters = [
        dataclasses.replace(each, spare=rules.spare(each.user_id))
        for each in asked("a1", "a2", "b1", "b2")
    ]
    full = Ledger(tuple(NOW + hour * HOUR for hour in (1, 2, 3, 4)))
    seen = dict(turns(waiters, {}, full, Quota(6, DAY), NOW))
    assert seen["b1"].starts_at == seen["b2"].starts_at == NOW
    assert seen["a1"].starts_at == NOW + 3 * HOUR, "when three of the six are free again"
    line = Line(full, Quota(6, DAY), rules, frozenset(waiters), {}, frozenset(), NOW)
    assert line.standing(job(id="a1", user_id="Ua")).reason is Reason.RESERVED


def test_who_is_kept_out_by_what_is_reserved_for_good_is_told_no_time() -> None:
    waiters = [Waiter(NOW, "a1", "Ua", spare=1)]
    [(_, turn)] = turns(waiters, {}, Ledger(), ONE, NOW)
    assert (turn.place, turn.starts_at) == (0, None)


def test_a_job_behind_its_sibling_sees_its_place_and_holds_up_nobody() -> None:
    behind = job(id="a1", user_id="Ua", request_key="same")
    line = Line(Ledger(), ONE, Rules(), frozenset(asked("b1")), {}, frozenset({"same"}), NOW)
    assert line.standing(job(id="b1", user_id="Ub")).may_go
    assert line.standing(behind).reason in {Reason.SIBLING, Reason.NO_SLOT}


def test_time_alone_changes_the_line_when_a_slot_frees_or_a_pause_ends() -> None:
    line: dict[str, Any] = {"quota": ONE, "rules": Rules(), "read_at": NOW}
    assert Line(Ledger((NOW + 5, NOW + 3), NOW + 4), **line).holds_until == NOW + 3
    assert Line(Ledger((NOW, NOW + 9), NOW + 4), **line).holds_until == NOW + 4
    assert Line(Ledger(), **line).holds_until == float("inf")
    placing = frozenset({Waiter(NOW - PLACING_MS + 2, "a1", "Ua")})
    assert Line(Ledger((NOW + 5,)), waiters=placing, **line).holds_until == NOW + 2


def test_after_a_pause_that_moved_nothing_the_card_says_nothing_of_it() -> None:
    told_job = job(told_start=NOW + HOUR, told_place=0)
    paused = Standing(10, 0, NOW + HOUR, 0, None, Reason.PAUSED)
    assert (moved(told_job, paused, NOW), told(told_job, paused, NOW)) == (None, {})
    again = Standing(10, 0, NOW + HOUR, 0, NOW + HOUR, Reason.NO_SLOT)
    assert moved(told_job, again, NOW + 1) is None
    late = Standing(10, 0, NOW + 3 * HOUR, 0, NOW + 3 * HOUR, Reason.NO_SLOT)
    assert moved(told_job, late, NOW + 2 * HOUR) is Move.HELD, "what was named passed meanwhile"


def test_within_the_same_minute_nothing_is_told_anew() -> None:
    first = job(told_start=NOW + 60_000, told_place=1)
    same = Standing(10, 0, None, 1, NOW + 60_001, Reason.NO_SLOT)
    assert minute(NOW + 60_000) == minute(NOW + 60_001)
    assert told(first, same, NOW) == {}


def test_what_reka_leaves_to_others_is_spared_too() -> None:
    """Reka's header tells of another tool: one slot is left, and that one is reserved."""
    waiters = [Waiter(NOW, "a1", "Ua", spare=1), Waiter(NOW + 1, "b1", "Ub")]
    ledger = Ledger(remaining=1, others=9, others_until=NOW + DAY)
    seen = dict(turns(waiters, {}, ledger, Quota(10, DAY), NOW))
    assert seen["b1"] == Turn(0, NOW)
    assert seen["a1"] == Turn(1, NOW + DAY, spare=1)


def test_who_alone_waits_for_what_another_tool_has_taken_is_told_when_it_counts_no_more() -> None:
    ledger = Ledger(remaining=1, others=9, others_until=NOW + DAY)
    alone = frozenset({Waiter(NOW - HOUR, "a1", "Ua", spare=1)})
    line = Line(ledger, Quota(10, DAY), Rules(), alone, read_at=NOW)
    assert line.turns == {"a1": Turn(0, NOW + DAY, spare=1)}
    assert line.holds_until == NOW + DAY


def test_what_another_tool_has_taken_is_not_spare_when_one_of_ours_frees() -> None:
    ledger = Ledger((NOW + HOUR,), remaining=1, others=8, others_until=NOW + DAY)
    for spare, start in ((1, NOW + HOUR), (2, NOW + DAY), (3, NOW + DAY)):
        [(_, turn)] = turns([Waiter(NOW, "a1", "Ua", spare)], {}, ledger, Quota(10, DAY), NOW)
        assert turn == Turn(0, start, spare)


def test_a_long_line_of_whom_the_reserved_slots_keep_out_is_no_square_of_its_length() -> None:
    def looks(length: int) -> int:
        count = 0

        class Counted(Waiter):
            def __lt__(self, other: Waiter) -> bool:
                nonlocal count
                count += 1
                return super().__lt__(other)  # type: ignore[operator]

        waiters = [Counted(NOW + n, f"{n:04}", f"U{n}", spare=2) for n in range(length)]
        full = Ledger(tuple(NOW + 1 + n for n in range(10)))
        list(turns(waiters, {}, full, Quota(10, DAY), NOW))
        return count

    assert looks(400) < 20 * looks(40)
