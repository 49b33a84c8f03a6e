"""The rolling quota: never a POST too many, honest forecasts, and what a card says of it."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import Reason
from bot.slots import (
    MARGIN_MS,
    POST_DEADLINE_MS,
    Ending,
    Ledger,
    Quota,
    Standing,
    counted,
    standing,
    starts,
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
        turn = standing(ledger_of(posts, quota, now), quota, now, place=0)
        if not turn.may_go:
            now = turn.starts_at or now
            turn = standing(ledger_of(posts, quota, now), quota, now, place=0)
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


@given(ledgers, quotas)
def test_forecast_starts_never_go_back_nor_before_now_or_the_pause(
    ledger: Ledger, quota: Quota
) -> None:
    times = list(islice(starts(ledger, quota, NOW), 30))
    assert times == sorted(times)
    assert times[0] >= max(NOW, ledger.paused_until or 0)


@given(ledgers, quotas)
def test_forecast_starts_keep_the_window_themselves(ledger: Ledger, quota: Quota) -> None:
    times = list(islice(starts(ledger, quota, NOW), 30))
    for first, later in zip(times, times[quota.limit or 30 :], strict=False):
        assert later - first >= quota.window_ms + MARGIN_MS


@given(ledgers, quotas, st.integers(0, 15))
def test_a_job_may_go_exactly_when_its_forecast_is_now(
    ledger: Ledger, quota: Quota, place: int
) -> None:
    turn = standing(ledger, quota, NOW, place=place)
    assert turn.may_go == (turn.starts_at == NOW)


@given(ledgers, quotas)
def test_at_the_forecast_time_it_is_the_jobs_turn(ledger: Ledger, quota: Quota) -> None:
    then = standing(ledger, quota, NOW, place=0).starts_at
    assert then is not None
    assert standing(ledger, quota, then, place=0).may_go
    assert then == NOW or not standing(ledger, quota, then - 1, place=0).may_go


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
    assert standing(Ledger(FULL * 5), UNLIMITED, NOW, place=40).may_go


@pytest.mark.parametrize(
    ("ledger", "place", "sibling", "starts_at", "reason"),
    [
        ({}, 0, False, NOW, None),
        ({}, 9, False, NOW, None),
        ({}, 10, False, NOW + DAY + MARGIN_MS, Reason.NO_SLOT),
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
    ],
)
def test_a_waiting_job_is_told_why_and_until_when(
    ledger: dict[str, Any], place: int, sibling: bool, starts_at: int, reason: Reason | None
) -> None:
    turn = standing(Ledger(**ledger), TEN, NOW, place=place, sibling=sibling)
    assert (turn.place, turn.starts_at, turn.reason) == (place, starts_at, reason)
    assert turn.may_go == (reason is None)


def test_a_job_that_does_not_wait_may_not_go() -> None:
    assert not standing(Ledger(), TEN, NOW).may_go


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
