"""What is usual comes from our own history, by nearest rank; the card says it, and says when a job is slower."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import JobState
from bot.pace import ENOUGH, Pace, pace
from bot.render import card
from bot.slots import Standing
from storage.database import Database, opened
from storage.jobs import JobStore
from tests.app.job import NOW, another, job
from tests.app.test_render import read

MINUTE = 60_000
USUAL = Pace(4 * MINUTE, 10 * MINUTE)


@pytest.fixture
def store(base: Database) -> JobStore:
    return JobStore(base)


async def kept(store: JobStore, name: str, **changes: Any) -> None:
    assert await store.add(another(name, **changes))


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        ([], None),
        ([1, 2, 3, 4], None),
        ([5, 1, 4, 2, 3], Pace(3, 5)),
        ([7] * 5, Pace(7, 7)),
        (range(1, 11), Pace(5, 9)),
        (range(50, 0, -1), Pace(25, 45)),
    ],
)
def test_the_pace_is_the_median_and_the_ninetieth_percentile(
    durations: list[int], expected: Pace | None
) -> None:
    assert pace(list(durations)) == expected


@given(st.lists(st.integers(0, 10**9), min_size=ENOUGH, max_size=60))
def test_half_took_no_longer_than_usual_and_one_in_ten_at_most_was_slower(
    durations: list[int],
) -> None:
    known = pace(durations)
    assert known is not None
    assert known.usual_ms in durations
    assert known.slow_ms in durations
    shorter = sum(each < known.usual_ms for each in durations)
    assert (
        shorter
        < math.ceil(len(durations) / 2)
        <= len(durations) - sum(each > known.usual_ms for each in durations)
    )
    assert sum(each > known.slow_ms for each in durations) * 10 <= len(durations)


def said(after_ms: int, **changes: Any) -> str:
    """The card of a job whose POST was so long ago."""
    running = {"state": JobState.RUNNING, "stage": "indexing", "submitted_at": NOW - after_ms}
    return read(card.card(job(**{**running, **changes}), Standing(), NOW, usual=USUAL))


@pytest.mark.parametrize(
    ("after_ms", "slow"),
    [(MINUTE, False), (USUAL.slow_ms, False), (USUAL.slow_ms + 1, True)],
)
def test_the_card_says_what_is_usual_and_when_it_is_slower(after_ms: int, slow: bool) -> None:
    assert "usually about 4 min 0 s" in said(after_ms)
    assert ("slower than usual" in said(after_ms)) is slow


def test_a_job_that_only_waits_is_compared_with_nothing() -> None:
    waiting = said(0, state=JobState.WAITING, submitted_at=None, created_at=NOW - 60 * MINUTE)
    assert "usual" not in waiting


@pytest.mark.parametrize("state", [state for state in JobState if not state.unfinished])
def test_a_job_at_rest_is_compared_with_nothing(state: JobState) -> None:
    rested = said(60 * MINUTE, state=state, ended_at=NOW)
    assert "usual" not in rested.replace("as usual", "")


def test_without_a_history_nothing_is_said_of_it() -> None:
    running = job(state=JobState.RUNNING, submitted_at=NOW - 60 * MINUTE)
    assert "usual" not in read(card.card(running, Standing(), NOW))


async def test_durations_are_those_of_the_last_completed_jobs_newest_first(
    store: JobStore,
) -> None:
    for number in range(4):
        at = NOW + number * MINUTE
        ended = {"submitted_at": at, "ended_at": at + number + 1, "created_at": NOW - number}
        await kept(store, f"done{number}", state=JobState.COMPLETED, **ended)
    for state in JobState:
        if state is not JobState.COMPLETED:
            times = {"submitted_at": NOW, "ended_at": NOW + 99 * MINUTE}
            await kept(store, f"other-{state}", state=state, **times)
    # Found in Reka's list after it had ended there: nobody knows when it was submitted.
    await kept(store, "untimed", state=JobState.COMPLETED, ended_at=NOW + 9 * MINUTE)
    assert await store.durations(50) == [4, 3, 2, 1]
    assert await store.durations(2) == [4, 3]


async def test_durations_are_found_by_an_index(tmp_path: Path) -> None:
    async with opened(tmp_path / "reel.db") as base:
        plan = await base.read(
            "EXPLAIN QUERY PLAN SELECT ended_at - submitted_at FROM jobs "
            "WHERE state = 'completed' AND submitted_at IS NOT NULL ORDER BY ended_at DESC LIMIT 50"
        )
    assert "jobs_by_end" in " ".join(row["detail"] for row in plan)


async def test_a_persons_jobs_are_listed_newest_first_here_or_anywhere(store: JobStore) -> None:
    for number in range(5):
        where = {"channel_id": f"C{number % 2}", "created_at": NOW + number, "prompt": str(number)}
        await kept(store, f"mine{number}", user_id="UME", **where)
    await kept(store, "theirs", user_id="UYOU", channel_id="C0")

    async def listed(channel_id: str | None, limit: int) -> list[str]:
        return [each.id for each in await store.of_person("UME", channel_id, limit)]

    assert await listed("C0", 10) == ["mine4", "mine2", "mine0"]
    assert await listed("C1", 10) == ["mine3", "mine1"]
    assert await listed(None, 3) == ["mine4", "mine3", "mine2"]
    assert await listed("C9", 10) == []
    assert await store.of_person("UNOBODY", None, 10) == []
