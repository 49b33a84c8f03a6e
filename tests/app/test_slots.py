"""The rolling quota: never a POST too many, honest forecasts, and what a card says of it."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import Reason
from bot.line import Waiter, turns
from bot.slots import (
    MARGIN_MS,
    POST_DEADLINE_MS,
    Ending,
    Ledger,
    Quota,
    Standing,
    counted,
    minute,
    others,
    standing,
)
from tests.app.job import NOW

LATEST_STAMP_MS = 59_999
"""How much later than ours the server's clock may stamp: less than a minute."""
LANDS_WITHIN_MS = 600_000
DAY = 24 * 3600 * 1000
TEN = Quota(10, DAY)
UNLIMITED = Quota(None, DAY)
FULL = tuple(NOW + hour * 3_600_000 for hour in range(1, 11))


@dataclass(frozen=True, slots=True)
class Post:
    """A POST as it went: when it was taken and answered by our clock, and when the server stamped it."""

    taken_at: int
    answered_at: int
    ending: Ending
    stamped_at: int

    def occupied_until(self, quota: Quota, now: int) -> int:
        """As the ledger has it at that moment: nothing is known before the answer."""
        if now < self.answered_at:
            return quota.occupied_until(Ending.OPEN, self.taken_at, None)
        return quota.occupied_until(self.ending, self.taken_at, self.answered_at)


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens around one POST: the idle time before it, its answer, and the server's lag."""

    idle: int
    ending: Ending
    answered_after: int
    lag: float


fates = st.lists(
    st.builds(
        Fate,
        idle=st.one_of(st.just(0), st.integers(0, 2 * DAY)),
        ending=st.sampled_from([ending for ending in Ending if ending is not Ending.OPEN]),
        answered_after=st.one_of(st.just(0), st.integers(0, LANDS_WITHIN_MS)),
        lag=st.sampled_from([0, 1]) | st.floats(0, 1),
    ),
    min_size=1,
    max_size=40,
)


def ledger_of(posts: list[Post], quota: Quota, now: int) -> Ledger:
    return Ledger(tuple(post.occupied_until(quota, now) for post in posts))


def posted(quota: Quota, course: list[Fate]) -> list[Post]:
    """POST as early as the ledger lets us, each time after some idling."""
    now, posts = NOW, list[Post]()
    for fate in course:
        now += fate.idle
        turn = at(0, ledger_of(posts, quota, now), quota, now)
        if not turn.may_go:
            now = turn.starts_at or now
            turn = at(0, ledger_of(posts, quota, now), quota, now)
        assert turn.may_go, "the time that was named is the time it starts"
        answered = now + fate.answered_after
        # It may be stamped at any moment until the answer (or the deadline, without one), by a clock up to a minute late.
        lands = answered if fate.ending is not Ending.AMBIGUOUS else now + LANDS_WITHIN_MS
        stamped = now + round(fate.lag * (lands - now + LATEST_STAMP_MS))
        posts.append(Post(now, answered, fate.ending, stamped))
    return posts


@given(fates, st.integers(1, 10), st.sampled_from([60_000, 3_600_000, DAY]))
def test_no_window_ever_sees_a_post_too_many_though_the_server_stamps_a_minute_late(
    course: list[Fate], limit: int, window: int
) -> None:
    posts = posted(Quota(limit, window), course)
    stamps = sorted(post.stamped_at for post in posts if post.ending is not Ending.RELEASED)
    for first, one_too_many in zip(stamps, stamps[limit:], strict=False):
        assert one_too_many - first >= window


ledgers = st.builds(
    Ledger,
    occupied_until=st.lists(st.integers(NOW - DAY, NOW + 2 * DAY), max_size=25).map(tuple),
    paused_until=st.none() | st.integers(NOW - DAY, NOW + 2 * DAY),
    pause=st.none() | st.sampled_from([Reason.RATE_LIMITED, Reason.UNREACHABLE]),
    remaining=st.none() | st.integers(-3, 20),
)
quotas = st.builds(Quota, st.none() | st.integers(1, 12), st.sampled_from([60_000, DAY]))


def alone(place: int = 0) -> list[Waiter]:
    """So many in line, each another person."""
    return [Waiter(NOW - 1, f"job-{number:02}", f"U{number}") for number in range(place + 1)]


def at(place: int, ledger: Ledger, quota: Quota, now: int, *, sibling: bool = False) -> Standing:
    """What the card of the job at this place says."""
    turn = list(turns(alone(place), {}, ledger, quota, now))[place][1]
    return standing(ledger, quota, now, turn, sibling=sibling)


def starts(ledger: Ledger, quota: Quota) -> list[int]:
    found = [turn.starts_at for _, turn in turns(alone(29), {}, ledger, quota, NOW)]
    return [start for start in found if start is not None]


@given(ledgers, quotas)
def test_forecast_starts_never_go_back_nor_before_now_or_the_pause(
    ledger: Ledger, quota: Quota
) -> None:
    times = starts(ledger, quota)
    assert len(times) == 30
    assert times == sorted(times)
    assert times[0] >= max(NOW, ledger.paused_until or 0)


@given(ledgers, quotas)
def test_forecast_starts_keep_the_window_themselves(ledger: Ledger, quota: Quota) -> None:
    times = starts(ledger, quota)
    for first, later in zip(times, times[quota.limit or 30 :], strict=False):
        assert later - first >= quota.window_ms + MARGIN_MS


@given(ledgers, quotas, st.integers(0, 15))
def test_a_job_may_go_exactly_when_its_forecast_is_now(
    ledger: Ledger, quota: Quota, place: int
) -> None:
    turn = at(place, ledger, quota, NOW)
    assert turn.may_go == (turn.starts_at == NOW)


@given(ledgers, quotas)
def test_at_the_forecast_time_it_is_the_jobs_turn(ledger: Ledger, quota: Quota) -> None:
    then = at(0, ledger, quota, NOW).starts_at
    assert then is not None
    assert at(0, ledger, quota, then).may_go
    assert then == NOW or not at(0, ledger, quota, then - 1).may_go


@given(ledgers, quotas)
def test_what_is_left_is_never_negative_and_never_more_than_the_limit(
    ledger: Ledger, quota: Quota
) -> None:
    left = standing(ledger, quota, NOW).left
    assert (left is None) == (quota.limit is None)
    assert left is None or 0 <= left <= (quota.limit or 0)


@pytest.mark.parametrize(
    ("ending", "answered_at", "until"),
    [
        (Ending.OPEN, None, NOW + POST_DEADLINE_MS + DAY + MARGIN_MS),
        (Ending.AMBIGUOUS, NOW + 5, NOW + POST_DEADLINE_MS + DAY + MARGIN_MS),
        (Ending.ACCEPTED, NOW + 5, NOW + 5 + DAY + MARGIN_MS),
        (Ending.REFUSED, NOW + 5, NOW + 5 + DAY + MARGIN_MS),
        (Ending.ACCEPTED, None, NOW + POST_DEADLINE_MS + DAY + MARGIN_MS),
        (Ending.RELEASED, NOW + 5, NOW + 5),
        (Ending.RELEASED, None, NOW),
    ],
)
def test_a_slot_is_occupied_for_a_window_after_its_answer_or_its_deadline(
    ending: Ending, answered_at: int | None, until: int
) -> None:
    assert TEN.occupied_until(ending, NOW, answered_at) == until


LIMITED = {"paused_until": NOW + 9, "pause": Reason.RATE_LIMITED}
OTHERS = {"others": 2, "others_until": NOW + DAY}
KEYLESS = {"paused_until": NOW + 9, "pause": Reason.KEY_REFUSED}


@pytest.mark.parametrize(
    ("ledger", "shown"),
    [
        ({}, Standing(10, 10, None)),
        ({"occupied_until": FULL[:3]}, Standing(10, 7, FULL[0])),
        ({"occupied_until": FULL[::-1]}, Standing(10, 0, FULL[0])),
        ({"occupied_until": (NOW, NOW - 1)}, Standing(10, 10, None)),
        ({"occupied_until": (*FULL, *FULL)}, Standing(10, 0, FULL[0])),
        ({"occupied_until": FULL[:3], "remaining": 2}, Standing(10, 2, FULL[0])),
        ({"occupied_until": FULL[:3], "remaining": 9}, Standing(10, 7, FULL[0])),
        ({"remaining": -1}, Standing(10, 0, None)),
        ({"occupied_until": FULL[:3], **LIMITED}, Standing(10, 0, NOW + 9)),
        ({"occupied_until": FULL[:3], **KEYLESS}, Standing(10, 7, FULL[0])),
        ({**LIMITED, "paused_until": NOW}, Standing(10, 10, None)),
    ],
)
def test_a_card_that_does_not_wait_shows_what_is_left_and_when_the_next_one_frees(
    ledger: dict[str, Any], shown: Standing
) -> None:
    assert standing(Ledger(**ledger), TEN, NOW) == shown


def test_a_key_without_a_limit_never_waits_for_a_slot() -> None:
    assert standing(Ledger(FULL * 5), UNLIMITED, NOW).left is None
    assert at(40, Ledger(FULL * 5), UNLIMITED, NOW).may_go


@pytest.mark.parametrize(
    ("ledger", "place", "sibling", "starts_at", "reason"),
    [
        ({}, 0, False, NOW, None),
        ({}, 9, False, NOW, None),
        # Those before it are taken to be answered at their deadline.
        ({}, 10, False, NOW + POST_DEADLINE_MS + DAY + MARGIN_MS, Reason.NO_SLOT),
        ({"occupied_until": FULL[:9]}, 0, False, NOW, None),
        ({"occupied_until": FULL[:9]}, 1, False, FULL[0], Reason.NO_SLOT),
        ({"occupied_until": FULL}, 0, False, FULL[0], Reason.NO_SLOT),
        ({"occupied_until": FULL}, 2, False, FULL[2], Reason.NO_SLOT),
        ({"occupied_until": FULL}, 0, True, FULL[0], Reason.NO_SLOT),
        ({}, 0, True, NOW, Reason.SIBLING),
        (LIMITED, 0, False, NOW + 9, Reason.RATE_LIMITED),
        (KEYLESS, 3, True, NOW + 9, Reason.KEY_REFUSED),
        ({**KEYLESS, "paused_until": NOW}, 0, False, NOW, None),
        ({"paused_until": NOW + 9, "pause": None}, 0, False, NOW + 9, Reason.NO_SLOT),
        ({"halted": True}, 0, False, None, Reason.PAUSED),
        ({"halted": True, **LIMITED}, 2, False, None, Reason.PAUSED),
        # Another tool's two count for as long as they may, but for the first in line, who tries.
        ({"occupied_until": FULL[:8], **OTHERS}, 0, False, NOW, None),
        ({"occupied_until": FULL[:8], **OTHERS}, 1, False, FULL[1], Reason.NO_SLOT),
    ],
)
def test_a_waiting_job_is_told_why_and_until_when(
    ledger: dict[str, Any], place: int, sibling: bool, starts_at: int, reason: Reason | None
) -> None:
    turn = at(place, Ledger(**ledger), TEN, NOW, sibling=sibling)
    assert (turn.place, turn.starts_at, turn.reason) == (place, starts_at, reason)
    assert turn.may_go == (reason is None)


def test_a_job_that_does_not_wait_may_not_go() -> None:
    assert not standing(Ledger(), TEN, NOW).may_go


@pytest.mark.parametrize(
    ("limit", "remaining", "ours", "found"),
    [
        (10, 7, 3, 0),
        (10, 5, 3, 2),
        # One of ours is on its way, or is kept a little longer than Reka counts it.
        (10, 8, 3, 0),
        (10, 0, 0, 10),
        (None, 0, 0, 0),
        (10, None, 0, 0),
    ],
)
def test_another_tool_is_noticed_by_the_posts_that_reka_counts_besides_ours(
    limit: int | None, remaining: int | None, ours: int, found: int
) -> None:
    assert others(limit, remaining, ours) == found


@pytest.mark.parametrize(
    ("moment", "shown"),
    [(60_000, 60_000), (60_001, 120_000), (119_999, 120_000), (NOW, NOW + 40_000)],
)
def test_a_time_is_shown_by_the_minute_that_is_not_before_it(moment: int, shown: int) -> None:
    assert minute(moment) == shown


@pytest.mark.parametrize(
    ("occupied", "limit", "remaining", "counts"),
    [
        (1, 10, 9, True),
        (1, 10, 10, False),
        (4, 10, 7, False),
        (4, 10, 6, True),
        # Somebody else spends from the same key: it cannot be told apart, so it counts.
        (4, 10, 2, True),
        (10, 10, 0, True),
        (1, None, 10, True),
        (1, 10, None, True),
        (1, None, None, True),
    ],
)
def test_a_refused_post_counts_unless_rekas_headers_say_otherwise(
    occupied: int, limit: int | None, remaining: int | None, counts: bool
) -> None:
    assert counted(occupied, limit, remaining) is counts
