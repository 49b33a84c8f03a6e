"""What people ask of a job, in the database: each wish is granted in the states it is meant for, once."""

import asyncio
from typing import Any

import pytest

from bot.jobs import Job, JobState
from storage.database import Database
from storage.jobs import JobStore, Lost
from tests.app.job import NOW, another, job

PAID = {"reka_id": "r1", "submitted_at": NOW - 9, "running_at": NOW - 8}


@pytest.fixture
def store(base: Database) -> JobStore:
    return JobStore(base)


async def kept(store: JobStore, state: JobState, **changes: Any) -> Job:
    """A job in a state, as its follower knows it; settled where it rests."""
    settled = None if state.unfinished else NOW - 1
    added = await store.add(another("a", state=state, settled_at=settled, **changes))
    assert added is not None
    return added


async def a_former_owner_is_lost(store: JobStore, before: Job) -> None:
    with pytest.raises(Lost):
        await store.note(before, stage="late")


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.RUNNING])
async def test_cancel_ends_a_job_that_waits_or_runs_and_takes_it_from_its_follower(
    store: JobStore, state: JobState
) -> None:
    before = await kept(store, state)
    after = await store.cancel("a", NOW)
    assert after is not None
    assert (after.state, after.ended_at, after.settled_at) == (JobState.CANCELLED, NOW, None)
    await a_former_owner_is_lost(store, before)
    assert await store.cancel("a", NOW + 1) is None


async def test_cancel_is_noted_while_the_post_is_on_its_way_and_tears_nothing(
    store: JobStore,
) -> None:
    before = await kept(store, JobState.SUBMITTING)
    noted = await store.cancel("a", NOW)
    assert noted is not None
    assert (noted.state, noted.cancel_requested_at) == (JobState.SUBMITTING, NOW)
    again = await store.cancel("a", NOW + 5)
    assert again == noted, "the first wish counts"
    running = await store.move(before, JobState.RUNNING, reka_id="r1")
    assert running.cancel_requested_at == NOW


@pytest.mark.parametrize("state", [state for state in JobState if not state.unfinished])
async def test_cancel_comes_too_late_for_a_job_at_rest(store: JobStore, state: JobState) -> None:
    before = await kept(store, state)
    assert await store.cancel("a", NOW) is None
    assert await store.get("a") == before


async def test_look_again_wakes_a_job_that_gave_no_answer_with_a_fresh_hour(
    store: JobStore,
) -> None:
    before = await kept(store, JobState.NO_ANSWER, **PAID, ended_at=NOW - 2)
    after = await store.look_again("a", NOW)
    assert after is not None
    assert (after.state, after.running_at, after.ended_at) == (JobState.RUNNING, NOW, None)
    assert await store.unsettled() == ["a"]
    await a_former_owner_is_lost(store, before)


async def test_look_again_asks_for_an_unsure_job_to_be_looked_for(store: JobStore) -> None:
    before = await kept(store, JobState.UNSURE, submitted_at=NOW - 9)
    after = await store.look_again("a", NOW)
    assert after is not None
    assert (after.state, after.look_requested_at) == (JobState.UNSURE, NOW)
    assert await store.unsettled() == ["a"]
    await a_former_owner_is_lost(store, before)


@pytest.mark.parametrize(
    "state", [state for state in JobState if state not in {JobState.UNSURE, JobState.NO_ANSWER}]
)
async def test_no_other_job_is_woken(store: JobStore, state: JobState) -> None:
    before = await kept(store, state)
    assert await store.look_again("a", NOW) is None
    if state is not JobState.RUNNING:
        assert await store.adopt("a", "r9", NOW) is None
    assert await store.get("a") == before


async def test_the_id_that_a_person_knows_wakes_an_unsure_job(store: JobStore) -> None:
    before = await kept(store, JobState.UNSURE, ended_at=NOW - 2)
    after = await store.adopt("a", "r9", NOW)
    assert after is not None
    assert (after.state, after.reka_id, after.running_at) == (JobState.RUNNING, "r9", NOW)
    assert (after.ended_at, after.settled_at) == (None, None)
    await a_former_owner_is_lost(store, before)
    assert await store.adopt("a", "r10", NOW) is None


async def test_an_id_that_another_job_has_is_not_adopted(store: JobStore) -> None:
    await store.add(another("b", state=JobState.RUNNING, reka_id="r1"))
    before = await kept(store, JobState.UNSURE)
    assert await store.adopt("a", "r1", NOW) is None
    assert await store.get("a") == before


@pytest.mark.parametrize("verb", ["look_again", "adopt"])
async def test_whoever_wakes_a_job_takes_back_an_earlier_wish_to_cancel(
    store: JobStore, verb: str
) -> None:
    await kept(store, JobState.UNSURE, cancel_requested_at=NOW - 5)
    woken = store.look_again("a", NOW) if verb == "look_again" else store.adopt("a", "r9", NOW)
    after = await woken
    assert after is not None
    assert after.cancel_requested_at is None


@pytest.mark.parametrize("state", [JobState.UNSURE, JobState.NO_ANSWER])
async def test_cutting_anew_takes_a_resting_parent_out_of_the_way(
    store: JobStore, state: JobState
) -> None:
    parent = await kept(store, state)
    child = await store.replace(parent, another("c", parent_id="a"))
    assert child is not None
    after = await store.get("a")
    assert after is not None
    assert (after.state, after.settled_at) == (JobState.REPLACED, None)
    await a_former_owner_is_lost(store, parent)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.EXPIRED, JobState.RUNNING])
async def test_cutting_anew_leaves_other_parents_as_they_are(
    store: JobStore, state: JobState
) -> None:
    parent = await kept(store, state)
    assert await store.replace(parent, another("c", parent_id="a")) is not None
    assert await store.get("a") == parent


async def test_a_job_is_cut_anew_once_however_many_press(store: JobStore) -> None:
    parent = await kept(store, JobState.UNSURE)
    children = [another(f"c{number}", parent_id="a", anew_of="a") for number in range(5)]
    results = await asyncio.gather(*(store.replace(parent, child) for child in children))
    [child] = [result for result in results if result]
    assert await store.same(another("late", anew_of="a")) == child
    assert {found.id for found in await store.recent(9)} == {"a", child.id}


async def test_a_press_that_is_delivered_again_after_its_job_was_cancelled_is_no_second_request(
    store: JobStore,
) -> None:
    parent = await kept(store, JobState.UNSURE)
    child = await store.replace(parent, another("c", parent_id="a", anew_of="a"))
    assert child is not None
    cancelled = await store.cancel("c", NOW)
    assert cancelled is not None
    back = await store.get("a")
    assert back is not None
    assert back.state is JobState.UNSURE, "it can be cut anew again"
    redelivered = another("d", delivery_key="c", parent_id="a", anew_of="a")
    assert await store.replace(back, redelivered) is None
    found = await store.same(redelivered)
    assert found is not None
    assert found.id == "c"
    assert await store.replace(back, another("e", parent_id="a", anew_of="a")) is not None


async def test_a_repeated_wish_is_the_same_job_while_that_is_unfinished(store: JobStore) -> None:
    first = await store.add(job())
    assert first is not None
    again = job(id="job-2", delivery_key="command:2")
    assert await store.add(again) is None
    assert await store.same(again) == first
    for other in ({"user_id": "U2"}, {"channel_id": "C2"}, {"prompt": "other"}):
        changed = job(id=f"{other}", delivery_key=f"{other}", **other)
        assert await store.add(changed) is not None
    await store.cancel(first.id, NOW)
    assert await store.add(again) is not None


async def test_of_a_wish_typed_many_times_at_once_one_becomes_a_job(store: JobStore) -> None:
    wishes = [job(id=f"{number}", delivery_key=f"{number}") for number in range(10)]
    results = await asyncio.gather(*(store.add(wish) for wish in wishes))
    assert sum(result is not None for result in results) == 1


async def test_cutting_anew_is_allowed_while_the_same_request_is_under_way(
    store: JobStore,
) -> None:
    parent = await store.add(job(state=JobState.RUNNING))
    assert parent is not None
    child = job(id="job-2", delivery_key="view:1", parent_id=parent.id)
    assert await store.replace(parent, child) is not None


async def test_an_id_of_reka_is_known_when_some_job_has_it(store: JobStore) -> None:
    await kept(store, JobState.RUNNING, reka_id="r1")
    assert await store.knows("r1")
    assert not await store.knows("r2")


async def test_the_newest_jobs_come_first(store: JobStore) -> None:
    for name, created in (("a", 1), ("b", 3), ("c", 2)):
        await store.add(another(name, created_at=created))
    assert [found.id for found in await store.recent(2)] == ["b", "c"]


@pytest.mark.parametrize("state", JobState)
async def test_only_old_jobs_at_rest_are_forgotten(store: JobStore, state: JobState) -> None:
    await kept(store, state, ended_at=NOW - 5)
    assert await store.purge(NOW - 5) == 0
    assert await store.purge(NOW) == (0 if state.unfinished else 1)
    assert (await store.get("a") is None) == (not state.unfinished)


async def test_a_job_that_is_owed_something_is_never_forgotten(store: JobStore) -> None:
    await store.add(another("a", state=JobState.COMPLETED, ended_at=1, settled_at=None))
    assert await store.purge(NOW) == 0
