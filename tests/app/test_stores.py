"""The smaller stores, on both databases."""

from dataclasses import replace

import pytest

from bot.jobs import ClipFile, Delivery, Job, JobState
from bot.request import ReelRequest
from storage.database import Database
from storage.edits import EditStore
from storage.figures import Figures
from storage.files import FileStore
from storage.jobs import JobStore, Lost
from storage.presence import Presence
from storage.results import ResultStore
from tests.app.job import NOW, another, clip

LONG = tuple(f"https://example.com/{number}/{'ü' * 900}" for number in range(5))


async def kept(base: Database, name: str, **changes: object) -> Job:
    added = await JobStore(base).add(another(name, **changes))
    assert added is not None
    return added


def asked(*links: str, prompt: str | None = None) -> ReelRequest:
    return ReelRequest(video_urls=links, prompt=prompt)


@pytest.mark.parametrize(
    "links", [("https://youtu.be/ü",), ("https://a.test", "https://b.test"), LONG]
)
async def test_results_of_the_same_links_and_wish_are_found_newest_first_with_their_files(
    base: Database, links: tuple[str, ...]
) -> None:
    done = {"state": JobState.COMPLETED, "clips": (clip(), clip()), "video_urls": links}
    first = await kept(base, "first", **done, prompt="Goals!", created_at=NOW)
    await kept(base, "second", **done, prompt="goals", created_at=NOW + 1)
    await kept(base, "other wish", **done, prompt="saves")
    await kept(base, "other team", **done, prompt="goals", team_id="T2")
    await kept(base, "failed", **{**done, "state": JobState.FAILED}, prompt="goals")
    await kept(
        base,
        "other links",
        state=JobState.COMPLETED,
        video_urls=(*links, "https://c.test"),
        prompt="goals",
    )
    for number, shared_at in ((1, NOW), (2, None)):
        await FileStore(base).keep(first, ClipFile(number, file_id="F", shared_at=shared_at))
    found = await ResultStore(base).of_video(asked(*links, prompt="goals"), "T1")
    assert [(each.job.id, each.kept) for each in found] == [
        ("second", frozenset()),
        ("first", frozenset({1})),
    ]
    assert await ResultStore(base).of_video(asked("https://nobody.test"), "T1") == []


async def test_a_delivery_is_an_offer_or_a_job_and_an_old_offer_is_forgotten(
    base: Database,
) -> None:
    results, request = ResultStore(base), asked("https://a.test", prompt="goals")
    assert await results.offer(request, Delivery("T1", "C1", "U1", "offer"), NOW)
    assert await results.offer(request, Delivery("T1", "C1", "U1", "offer"), NOW + 1)
    assert await JobStore(base).add(another("late", delivery_key="offer")) is None
    job = await kept(base, "a")
    assert not await results.offer(request, Delivery("T1", "C1", "U1", job.delivery_key), NOW)
    assert await results.offered("offer") == request
    await results.purge(NOW + 1)
    assert await results.offered("offer") is None


async def test_a_file_is_kept_step_by_step_by_the_owner_only(base: Database) -> None:
    files, job = FileStore(base), await kept(base, "a", state=JobState.COMPLETED)
    step = await files.keep(job, ClipFile(2, file_id="F2"))
    await files.keep(job, replace(step, marked_at=NOW))
    await files.keep(job, ClipFile(1, skipped="no_link"))
    assert await files.of(job) == (ClipFile(1, skipped="no_link"), ClipFile(2, "F2", NOW))
    await JobStore(base).take(job.id)
    with pytest.raises(Lost):
        await files.keep(job, ClipFile(1))
    await base.write("DELETE FROM jobs WHERE id = ?", (job.id,))
    assert await files.of(job) == ()


async def test_figures_count_every_state_and_know_since_when_somebody_waits(base: Database) -> None:
    figures = Figures(base)
    assert await figures.owed_since() is None
    assert set((await figures.jobs()).values()) == {0}
    await kept(base, "a", created_at=NOW)
    await kept(base, "b", created_at=NOW - 5, settled_at=NOW)
    counted = await figures.jobs()
    assert counted[JobState.WAITING] == 2
    assert len(counted) == len(JobState)
    assert await figures.owed_since() == NOW


async def test_when_the_app_was_last_alive_is_one_time(base: Database) -> None:
    presence = Presence(base)
    assert await presence.last() is None
    for now in (NOW, NOW + 1):
        await presence.mark(now)
        assert await presence.last() == now
    assert len(await base.read("SELECT alive_at FROM presence")) == 1


async def test_edits_are_promised_one_after_the_other_and_time_that_went_unused_is_not(
    base: Database,
) -> None:
    edits = EditStore(base, "T1")
    assert await edits.paused_until() == 0
    assert [await edits.promise(1500, NOW) for _ in range(3)] == [
        (NOW + 1500, 0),
        (NOW + 3000, 0),
        (NOW + 4500, 0),
    ]
    await edits.pause(NOW + 9000)
    await edits.pause(NOW + 8000)
    assert await edits.promise(1500, NOW + 60_000) == (NOW + 61_500, NOW + 9000)
    assert await edits.promise(1500, NOW) == (NOW + 63_000, NOW + 9000)  # a clock that is behind
    assert await EditStore(base, "T2").promise(1500, NOW) == (NOW + 1500, 0)
    await EditStore(base, "T3").pause(NOW)
    assert await EditStore(base, "T3").paused_until() == NOW


async def test_several_queries_are_answered_at_once_each_with_its_rows(base: Database) -> None:
    await kept(base, "a")
    found = await base.reads(
        ("SELECT id FROM jobs WHERE id = ?", ("a",)),
        ("SELECT id FROM jobs WHERE id = ?", ("nobody",)),
        ("SELECT count(*) AS jobs FROM jobs", ()),
    )
    assert [[dict(row) for row in rows] for rows in found] == [[{"id": "a"}], [], [{"jobs": 1}]]
    assert await base.reads() == []
