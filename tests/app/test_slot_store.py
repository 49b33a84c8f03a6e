"""Taking a slot: with the intent to POST or not at all, in turn, and once."""

import asyncio

import pytest

from bot import patience
from bot.app import RESUME_SECONDS
from bot.jobs import JobState, Reason
from bot.line import PLACING_MS
from bot.slots import MARGIN_MS, POST_DEADLINE_MS
from bot.workspace import SLACK_TIMEOUT
from storage.database import Database, NotUnique
from storage.jobs import JobStore, Lost
from tests.app.job import NOW
from tests.app.line import DAY, ledger, refused, rows, took, waiting


@pytest.fixture
def jobs(base: Database) -> JobStore:
    return JobStore(base)


async def test_taking_a_slot_commits_the_intent_and_names_its_time(
    base: Database, jobs: JobStore
) -> None:
    taken = await took(ledger(base), await waiting(jobs, "a"))
    assert (taken.state, taken.submitted_at) == (JobState.SUBMITTING, NOW)
    assert await jobs.get("a") == taken
    [row] = await base.read("SELECT * FROM slots")
    assert (row["job_id"], row["fingerprint"], row["ending"]) == ("a", "key-1", "open")
    assert row["occupied_until"] == NOW + POST_DEADLINE_MS + DAY + MARGIN_MS


async def test_a_slot_that_cannot_be_written_leaves_the_job_waiting(
    base: Database, jobs: JobStore
) -> None:
    job = await waiting(jobs, "a")
    await base.write(
        "INSERT INTO slots (fingerprint, job_id, taken_at, occupied_until, ending) "
        "VALUES ('key-1', 'z', 0, 0, 'released')"
    )
    await base.write("CREATE UNIQUE INDEX one ON slots (fingerprint)")
    with pytest.raises(NotUnique):
        await ledger(base).take(job, NOW)
    assert await jobs.get("a") == job
    assert await rows(base) == [("z", "released")]


async def test_the_line_is_by_the_time_of_asking_then_by_id(base: Database, jobs: JobStore) -> None:
    slots = ledger(base, limit=1)
    late = await waiting(jobs, "a", created_at=NOW - 1)
    third = await waiting(jobs, "c", created_at=NOW - 9)
    second = await waiting(jobs, "b", created_at=NOW - 9)
    first = await waiting(jobs, "z", created_at=NOW - 10)
    order = [await slots.standing(job, NOW) for job in (first, second, third, late)]
    assert [turn.place for turn in order] == [0, 1, 2, 3]
    for job in (late, third, second):
        assert (await refused(slots, job)).reason is Reason.NO_SLOT
    await took(slots, first)
    turn = await refused(slots, second)
    assert (turn.place, turn.starts_at) == (0, NOW + POST_DEADLINE_MS + DAY + MARGIN_MS)
    await jobs.move(second, JobState.CANCELLED)
    assert (await refused(slots, third)).place == 0


def test_a_job_is_in_line_for_longer_than_a_card_takes_that_slack_fails_once() -> None:
    """A post that is not answered, the pause after it, the next look for jobs that nobody follows, a slow post."""
    post = SLACK_TIMEOUT.total
    assert post is not None
    assert post + patience.FIRST_SECONDS + RESUME_SECONDS + post < PLACING_MS / 1000


async def test_a_job_whose_card_is_not_posted_is_in_line_for_a_while_and_then_holds_up_nobody(
    base: Database, jobs: JobStore
) -> None:
    slots = ledger(base, limit=1)
    await waiting(jobs, "a", card_ts=None, created_at=NOW)
    second = await waiting(jobs, "b", created_at=NOW + 1)
    assert (await refused(slots, second, NOW + PLACING_MS - 1)).place == 1
    await took(slots, second, NOW + PLACING_MS)


async def test_a_job_further_back_goes_when_there_are_slots_for_all_before_it(
    base: Database, jobs: JobStore
) -> None:
    slots = ledger(base, limit=2)
    line = [await waiting(jobs, name, created_at=NOW - 9) for name in "abc"]
    await took(slots, line[1])
    assert (await refused(slots, line[2])).place == 1
    await took(slots, line[0])


async def test_the_same_request_waits_until_its_sibling_has_an_id(
    base: Database, jobs: JobStore
) -> None:
    slots = ledger(base, limit=None)
    one, two = [await waiting(jobs, name, prompt="goals") for name in "ab"]
    other = await waiting(jobs, "c", prompt="saves")
    taken = await took(slots, one)
    assert (await refused(slots, two)).reason is Reason.SIBLING
    await took(slots, other)
    await jobs.move(taken, JobState.RUNNING, reka_id="r1")
    await took(slots, two)


async def test_of_many_racing_takes_as_many_win_as_there_are_slots(
    base: Database, jobs: JobStore
) -> None:
    slots = ledger(base, limit=3)
    line = [await waiting(jobs, f"{number}") for number in range(10)]
    results = await asyncio.gather(*(slots.take(job, NOW) for job in line))
    assert sum(taken is not None for taken, _ in results) == 3
    assert {standing.reason for taken, standing in results if taken is None} == {Reason.NO_SLOT}
    assert len(await rows(base)) == 3


async def test_of_two_jobs_that_race_for_one_slot_the_first_in_line_wins(
    base: Database, jobs: JobStore
) -> None:
    slots = ledger(base, limit=1)
    first, second = await waiting(jobs, "a"), await waiting(jobs, "b")
    (lost, _), (won, _) = await asyncio.gather(slots.take(second, NOW), slots.take(first, NOW))
    assert lost is None
    assert won is not None
    assert await rows(base) == [("a", "open")]


@pytest.mark.parametrize("limit", [1, 2, None])
async def test_one_job_never_takes_two_slots(
    base: Database, jobs: JobStore, limit: int | None
) -> None:
    job, slots = await waiting(jobs, "a"), ledger(base, limit)
    results = await asyncio.gather(
        *(slots.take(job, NOW) for _ in range(5)), return_exceptions=True
    )
    won = [result for result in results if isinstance(result, tuple) and result[0]]
    assert len(won) == 1
    assert all(isinstance(result, tuple | Lost) for result in results)
    assert await rows(base) == [("a", "open")]


async def test_a_former_owner_takes_no_slot(base: Database, jobs: JobStore) -> None:
    before = await waiting(jobs, "a")
    await jobs.take("a")
    with pytest.raises(Lost):
        await ledger(base).take(before, NOW)
    assert await rows(base) == []


async def test_with_a_limit_the_line_is_what_counts(base: Database, jobs: JobStore) -> None:
    _, second = await waiting(jobs, "a"), await waiting(jobs, "b")
    assert await ledger(base, limit=1).unqueued(second, NOW) is None
    assert (await refused(ledger(base, limit=1), second)).place == 1
