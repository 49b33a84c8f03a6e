"""The trail of slots: read with its jobs, page by page, and each reader sees of it what they may."""

import pytest

from bot.slots import Ending
from bot.trail import Reader, Spent
from storage import trail as storage
from storage.database import Database
from storage.jobs import JobStore
from storage.slots import Answer
from storage.trail import TrailStore
from tests.app.job import ASKER, NOW, job
from tests.app.line import DAY, ledger, said, took, waiting


def spent(**changes: object) -> Spent:
    """A slot that is occupied: the asker's, in C1."""
    whole = {"id": 1, "team_id": "T1", "user_id": ASKER, "channel_id": "C1", "job": job()}
    times = {"taken_at": NOW - 60_000, "occupied_until": NOW + DAY}
    return Spent(**{"ending": Ending.ACCEPTED, **whole, **times, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reader", "who", "what_and_where"),
    [
        (Reader("T1", ASKER, frozenset()), True, True),
        (Reader("T1", ASKER, frozenset({"C2"})), True, True),
        (Reader("T1", "U2", frozenset({"C1"})), True, True),
        (Reader("T1", "U2", frozenset({"C2", "C1"})), True, True),
        (Reader("T1", "U2", frozenset({"C2"})), True, False),
        (Reader("T1", "U2", frozenset()), True, False),
        (Reader("T1", "", frozenset({""})), True, False),
        (Reader("T2", ASKER, frozenset({"C1"})), False, False),
        (Reader("T2", "U2", frozenset()), False, False),
    ],
    ids=[
        "the asker, nowhere else",
        "the asker, elsewhere",
        "who is there",
        "who is there and elsewhere",
        "who is elsewhere",
        "who is nowhere",
        "nobody",
        "the asker's name in another workspace",
        "somebody in another workspace",
    ],
)
def test_that_a_slot_was_spent_is_for_all_and_what_for_only_for_those_who_are_there(
    reader: Reader, who: bool, what_and_where: bool
) -> None:
    whole = spent()
    seen = reader.sees(whole)
    assert (seen.taken_at, seen.occupied_until, seen.ending) == (
        whole.taken_at,
        whole.occupied_until,
        whole.ending,
    )
    assert seen.user_id == (ASKER if who else "")
    assert seen.channel_id == ("C1" if what_and_where else "")
    assert seen.job == (whole.job if what_and_where else None)


def test_what_is_not_known_any_more_is_nobodys() -> None:
    forgotten = spent(user_id="", channel_id="", job=None)
    assert Reader("T1", "U2", frozenset({"C1"})).sees(forgotten) == forgotten


async def test_each_slot_is_read_with_its_job_newest_first(base: Database) -> None:
    jobs, slots = JobStore(base), ledger(base)
    first = await took(slots, await waiting(jobs, "a"))
    await said(base, slots.answered(first, Answer(Ending.ACCEPTED, NOW + 5)))
    second = await took(slots, await waiting(jobs, "b"), NOW + 10)
    newest, oldest = await TrailStore(base, "key-1").newest(20)
    assert (oldest.job, newest.job) == (first, second)
    assert (oldest.ending, newest.ending) == (Ending.ACCEPTED, Ending.OPEN)
    assert (newest.team_id, newest.user_id, newest.channel_id) == ("T1", "Ub", "C1")
    assert (newest.taken_at, newest.status) == (NOW + 10, None)
    assert await TrailStore(base, "key-1").newest(1) == [newest]


async def test_a_job_that_is_forgotten_leaves_its_slot_with_who_and_where(base: Database) -> None:
    await took(ledger(base), await waiting(JobStore(base), "a"))
    await base.write("DELETE FROM jobs")
    [left] = await TrailStore(base, "key-1").newest(20)
    assert (left.user_id, left.channel_id, left.job) == ("Ua", "C1", None)


async def test_the_slots_of_another_key_are_not_in_it(base: Database) -> None:
    await took(ledger(base, key="key-2"), await waiting(JobStore(base), "a"))
    assert await TrailStore(base, "key-1").newest(20) == []
    assert await TrailStore(base, "key-1").occupied(NOW) == []
    assert [each async for each in TrailStore(base, "key-1").all()] == []


async def test_occupied_are_those_that_are_not_free_again_the_next_to_free_first(
    base: Database,
) -> None:
    jobs, slots, store = JobStore(base), ledger(base, limit=3), TrailStore(base, "key-1")
    late = await took(slots, await waiting(jobs, "late"), NOW + 9)
    soon = await took(slots, await waiting(jobs, "soon"), NOW)
    back = await took(slots, await waiting(jobs, "back"), NOW)
    await said(base, slots.answered(back, Answer(Ending.RELEASED, NOW + 5)))
    occupied = await store.occupied(NOW + 10)
    assert [each.user_id for each in occupied] == [soon.user_id, late.user_id]
    assert await store.occupied(occupied[-1].occupied_until) == []


async def test_all_of_it_is_read_in_pages_and_nothing_twice(
    base: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "PAGE", 2)
    jobs, slots = JobStore(base), ledger(base, limit=None)
    for number in range(5):
        await took(slots, await waiting(jobs, str(number)), NOW + number)
    found = [each.user_id async for each in TrailStore(base, "key-1").all()]
    assert found == ["U4", "U3", "U2", "U1", "U0"]
