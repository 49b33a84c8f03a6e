"""What became of each POST, and what was learnt of its key."""

import asyncio

import pytest

from bot.jobs import Job, JobState, Reason
from bot.slots import MARGIN_MS, POST_DEADLINE_MS, Ending
from storage.database import Database
from storage.jobs import JobStore
from storage.slots import Answer, SlotStore
from tests.app.job import NOW, another
from tests.app.line import DAY, ledger, refused, rows, said, took, waiting

HOUR = 3_600_000


@pytest.fixture
def jobs(base: Database) -> JobStore:
    return JobStore(base)


async def test_a_slot_that_surely_did_not_land_is_free_at_once_and_the_job_may_take_another(
    base: Database, jobs: JobStore
) -> None:
    slots = ledger(base, limit=1)
    taken = await took(slots, await waiting(jobs, "a"))
    released = slots.answered(taken, Answer(Ending.RELEASED, NOW))
    again = await jobs.move(taken, JobState.WAITING, released)
    assert (await slots.overall(NOW)).left == 1
    await took(slots, again)
    assert await rows(base) == [("a", "released"), ("a", "open")]


@pytest.mark.parametrize(
    ("ending", "until"),
    [
        (Ending.ACCEPTED, NOW + 5 + DAY + MARGIN_MS),
        (Ending.REFUSED, NOW + 5 + DAY + MARGIN_MS),
        (Ending.AMBIGUOUS, NOW + POST_DEADLINE_MS + DAY + MARGIN_MS),
    ],
)
async def test_every_other_slot_counts_for_a_window(
    base: Database, jobs: JobStore, ending: Ending, until: int
) -> None:
    slots = ledger(base, limit=1)
    taken = await took(slots, await waiting(jobs, "a"))
    await said(base, slots.answered(taken, Answer(ending, NOW + 5, 500, 10, 4)))
    [row] = await base.read("SELECT * FROM slots")
    assert (row["answered_at"], row["status"]) == (NOW + 5, 500)
    assert (row["limit_header"], row["remaining_header"]) == (10, 4)
    second = await waiting(jobs, "b")
    assert (await refused(slots, second, until - 1)).starts_at == until
    await took(slots, second, until)


async def test_the_first_certain_answer_stays(base: Database, jobs: JobStore) -> None:
    slots = ledger(base)
    taken = await took(slots, await waiting(jobs, "a"))
    await said(base, slots.answered(taken, Answer(Ending.ACCEPTED, NOW)))
    await said(base, slots.answered(taken, Answer(Ending.RELEASED, NOW + 1)))
    assert await rows(base) == [("a", "accepted")]


async def test_a_job_found_long_after_its_post_occupies_its_slot_no_longer_than_before(
    base: Database, jobs: JobStore
) -> None:
    slots = ledger(base)
    taken = await took(slots, await waiting(jobs, "a"))
    await said(base, slots.answered(taken, Answer(Ending.AMBIGUOUS, NOW + 5)))
    found = Answer(Ending.ACCEPTED, NOW + 9 * HOUR)
    await said(base, slots.answered(taken, found, learnt_late=True))
    assert await rows(base) == [("a", "accepted")]
    [row] = await base.read("SELECT occupied_until FROM slots")
    assert row["occupied_until"] == NOW + POST_DEADLINE_MS + DAY + MARGIN_MS


@pytest.mark.parametrize("ending", [Ending.ACCEPTED, Ending.REFUSED, Ending.AMBIGUOUS])
async def test_a_post_that_left_long_after_its_slot_was_taken_counts_from_its_answer(
    base: Database, jobs: JobStore, ending: Ending
) -> None:
    slots = ledger(base)
    taken = await took(slots, await waiting(jobs, "a"))
    woken = NOW + 3 * HOUR  # the machine slept between the two
    await said(base, slots.answered(taken, Answer(ending, woken)))
    [row] = await base.read("SELECT occupied_until FROM slots")
    assert row["occupied_until"] == woken + DAY + MARGIN_MS


async def test_slots_and_pauses_belong_to_the_key(base: Database, jobs: JobStore) -> None:
    one, two = ledger(base, limit=1), ledger(base, limit=1, key="key-2")
    await took(one, await waiting(jobs, "a"))
    await said(base, one.pause(Reason.KEY_REFUSED, NOW + HOUR, NOW))
    assert await one.tell(NOW)
    await took(two, await waiting(jobs, "b"))
    assert ((await one.overall(NOW)).left, (await two.overall(NOW)).left) == (0, 0)
    assert (await one.tries(), await two.tries()) == (1, 0)
    assert await two.tell(NOW)


async def test_a_paused_key_sends_nothing_until_the_time_has_come(
    base: Database, jobs: JobStore
) -> None:
    slots, job = ledger(base), await waiting(jobs, "a")
    await said(base, slots.pause(Reason.UNREACHABLE, NOW + 15_000, NOW))
    turn = await refused(slots, job, NOW + 14_999)
    assert (turn.reason, turn.starts_at) == (Reason.UNREACHABLE, NOW + 15_000)
    await took(slots, job, NOW + 15_000)


@pytest.mark.parametrize("limit", [None, 2])
async def test_after_a_pause_one_post_tries_whether_it_is_over_and_the_others_wait_for_its_answer(
    base: Database, jobs: JobStore, limit: int | None
) -> None:
    slots, later = ledger(base, limit=limit), NOW + 20_000
    first, second = await waiting(jobs, "a"), await waiting(jobs, "b")
    await said(base, slots.pause(Reason.RATE_LIMITED, NOW + 15_000, NOW))
    probe = await took(slots, first, later)
    assert (await refused(slots, second, later)).reason is Reason.RATE_LIMITED
    accepted = Answer(Ending.ACCEPTED, later)
    await said(base, slots.answered(probe, accepted), slots.accepted(accepted))
    await took(slots, second, later)


async def test_a_shorter_pause_neither_shortens_nor_renames_the_one_there_is(
    base: Database, jobs: JobStore
) -> None:
    slots, job = ledger(base), await waiting(jobs, "a")
    await said(base, slots.pause(Reason.RATE_LIMITED, NOW + HOUR, NOW))
    await said(base, slots.pause(Reason.UNREACHABLE, NOW + 15_000, NOW))
    turn = await refused(slots, job)
    assert (turn.reason, turn.starts_at) == (Reason.RATE_LIMITED, NOW + HOUR)
    await said(base, slots.pause(Reason.KEY_REFUSED, NOW + 2 * HOUR, NOW))
    turn = await refused(slots, job)
    assert (turn.reason, turn.starts_at) == (Reason.KEY_REFUSED, NOW + 2 * HOUR)


async def test_tries_count_pauses_that_follow_each_other_and_end_with_an_acceptance(
    base: Database, jobs: JobStore
) -> None:
    slots, job = ledger(base), await waiting(jobs, "a")
    assert await slots.tries() == 0
    await said(base, slots.pause(Reason.UNREACHABLE, NOW + 10, NOW))
    await said(base, slots.pause(Reason.UNREACHABLE, NOW + 15, NOW + 9))
    assert await slots.tries() == 1, "two that failed at the same time are one try"
    await said(base, slots.pause(Reason.UNREACHABLE, NOW + 30, NOW + 15))
    assert await slots.tries() == 2
    await said(base, slots.accepted(Answer(Ending.ACCEPTED, NOW + 16)))
    assert await slots.tries() == 0
    await took(slots, job, NOW + 17)


async def test_the_operator_is_told_once_until_the_key_is_accepted_again(base: Database) -> None:
    slots = ledger(base)
    assert sorted(await asyncio.gather(*(slots.tell(NOW) for _ in range(5)))) == [
        *[False] * 4,
        True,
    ]
    await said(base, slots.pause(Reason.KEY_REFUSED, NOW + 1, NOW))
    assert not await slots.tell(NOW + DAY)
    await said(base, slots.accepted(Answer(Ending.ACCEPTED, NOW)))
    assert await slots.tell(NOW + DAY)


async def left(slots: SlotStore, job: Job, now: int) -> int | None:
    return (await slots.standing(job, now)).left


async def test_rekas_header_says_when_others_spend_from_the_same_key(
    base: Database, jobs: JobStore
) -> None:
    slots, seen = ledger(base, limit=10), another("seen", state=JobState.RUNNING)
    assert await left(slots, seen, NOW) == 10
    await said(base, slots.accepted(Answer(Ending.ACCEPTED, NOW, remaining=3)))
    assert await left(slots, seen, NOW) == 3
    taken = await took(slots, await waiting(jobs, "a"), NOW + 1)
    assert await left(slots, seen, NOW + 2) == 2
    await said(base, slots.answered(taken, Answer(Ending.RELEASED, NOW + 3)))
    assert await left(slots, seen, NOW + 3) == 3
    assert await left(slots, seen, NOW + DAY) == 3
    assert await left(slots, seen, NOW + DAY + 1) == 10, "older than the window"
    await said(base, slots.accepted(Answer(Ending.ACCEPTED, NOW + 4)))
    assert await left(slots, seen, NOW + 5) == 10, "an answer without the header"


async def test_only_slots_that_no_window_counts_are_forgotten(
    base: Database, jobs: JobStore
) -> None:
    slots = ledger(base)
    taken = await took(slots, await waiting(jobs, "a"))
    await said(base, slots.answered(taken, Answer(Ending.ACCEPTED, NOW)))
    until = NOW + DAY + MARGIN_MS
    await slots.purge(until)
    assert await rows(base) == [("a", "accepted")]
    await slots.purge(until + 1)
    assert await rows(base) == []


async def test_our_own_slots_that_free_after_rekas_header_are_left_again(
    base: Database, jobs: JobStore
) -> None:
    slots, seen = ledger(base, limit=2), another("seen", state=JobState.RUNNING)
    for name, at in (("a", NOW), ("b", NOW + HOUR)):
        taken = await took(slots, await waiting(jobs, name), at)
        heard = Answer(Ending.ACCEPTED, at, limit=2, remaining=1 if name == "a" else 0)
        await said(base, slots.answered(taken, heard), slots.accepted(heard))
    assert await left(slots, seen, NOW + 2 * HOUR) == 0
    assert await left(slots, seen, NOW + DAY + MARGIN_MS) == 1, "the first is free again"
    assert (await slots.overall(NOW + 2 * HOUR)).others == 0


async def test_posts_that_reka_counts_besides_ours_are_anothers(
    base: Database, jobs: JobStore
) -> None:
    slots = ledger(base, limit=10)
    taken = await took(slots, await waiting(jobs, "a"))
    heard = Answer(Ending.ACCEPTED, NOW + 5, limit=10, remaining=6)
    await said(base, slots.answered(taken, heard), slots.accepted(heard))
    standing = await slots.overall(NOW + 6)
    assert (standing.left, standing.others) == (6, 3)
    assert (await slots.overall(NOW + 2 * DAY)).others == 0, "older than the window"
