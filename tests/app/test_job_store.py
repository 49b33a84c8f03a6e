"""Jobs at rest: guarded moves, fenced owners, one job a delivery."""

import asyncio
import json
from dataclasses import fields, replace

import pytest

from bot.captions import CaptionStyle
from bot.jobs import TRANSITIONS, Clip, Job, JobState, Reason
from bot.request import ReelRequest, Template
from storage.database import Database
from storage.jobs import JobStore, Lost, Taken
from tests.app.job import another, clip, job

EVERYTHING = ReelRequest(
    video_urls=("https://youtu.be/a", "https://x.test/ü"),
    prompt="<!channel> 'quoted' \"twice\" 🎉 \u200d",
    num_generations=1,
    template=Template.COMPILATION,
    min_duration_seconds=0,
    max_duration_seconds=60,
    source_start_time=0,
    source_end_time=9,
    subtitles=False,
    aspect_ratio="4:5",
    resolution=1080,
    caption_style=CaptionStyle("Lato", 80, "initial", "#FFFFFF", "#FF7E4F", "#000000", "top"),
    translated_subtitles_target_language="es_ES",
)


@pytest.fixture
def store(base: Database) -> JobStore:
    return JobStore(base)


async def added(store: JobStore, kept: Job) -> Job:
    job_ = await store.add(kept)
    assert job_ is not None
    return job_


async def test_a_job_comes_back_as_it_went_in(store: JobStore) -> None:
    full = job(
        state=JobState.COMPLETED,
        stage="completed",
        reason=Reason.GONE,
        error_message="a\0b",
        clips=(clip(), Clip("", None), clip("Größe 🎬", hashtags=(), score=0)),
        reka_id="r1",
        parent_id="job-0",
        preset=("aspect_ratio", "prompt"),
        cancel_requested_at=2,
        look_requested_at=3,
        settled_at=5,
    )
    full = replace(full, request=EVERYTHING)
    assert await added(store, full) == full
    if store.database.shared:  # the text of PostgreSQL holds no NUL
        full = replace(full, error_message="a\N{REPLACEMENT CHARACTER}b")
    assert await store.get(full.id) == full
    assert await store.same(job(id="job-2")) == full
    assert await store.get("nobody") is None
    assert await store.same(job(delivery_key="nothing", prompt="other")) is None


async def test_a_request_of_an_older_version_is_read_and_still_the_same(
    base: Database, store: JobStore
) -> None:
    first = await added(store, replace(job(), request=replace(EVERYTHING, caption_style=None)))
    plain = replace(
        first,
        request=replace(first.request, translated_subtitles_target_language=None),
    )
    older = {
        "video_urls": list(EVERYTHING.video_urls),
        "prompt": EVERYTHING.prompt,
        "num_generations": 1,
        "template": "compilation",
        "min_duration_seconds": 0,
        "max_duration_seconds": 60,
        "source_start_time": 0,
        "source_end_time": 9,
        "subtitles": False,
        "aspect_ratio": "4:5",
        "resolution": 1080,
    }
    await base.write("UPDATE jobs SET request = ?", (json.dumps(older),))
    assert await store.get(first.id) == plain
    assert await store.add(replace(plain, id="job-2", delivery_key="again")) is None


async def test_every_field_of_a_job_has_its_column(base: Database) -> None:
    await JobStore(base).add(job())
    [row] = await base.read("SELECT * FROM jobs")
    assert {*row.keys()} == {field.name for field in fields(Job)} | {"videos"}


async def test_a_delivery_makes_one_job_however_often_it_comes(store: JobStore) -> None:
    results = await asyncio.gather(*(store.add(job(id=f"job-{n}")) for n in range(20)))
    winners = [result for result in results if result]
    assert len(winners) == 1
    assert await store.same(job(id="another")) == winners[0]
    assert await store.unsettled() == [winners[0].id]


async def test_of_two_racing_moves_one_wins(store: JobStore) -> None:
    waiting = await added(store, job())
    results = await asyncio.gather(
        *(store.move(waiting, JobState.SUBMITTING, submitted_at=n) for n in range(10)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Lost) for result in results) == 9
    [moved] = [result for result in results if isinstance(result, Job)]
    assert moved.state is JobState.SUBMITTING
    assert await store.get(waiting.id) == moved


async def test_only_the_moves_of_the_table_are_possible(store: JobStore) -> None:
    for number, (source, target) in enumerate((a, b) for a in JobState for b in JobState):
        kept = await added(store, another(f"{number}", state=source))
        if target in TRANSITIONS.get(source, frozenset()):
            assert (await store.move(kept, target)).state is target
        else:
            with pytest.raises(ValueError, match="no way leads from"):
                await store.move(kept, target)
            assert await store.get(kept.id) == kept


async def test_a_former_owners_writes_find_no_row(store: JobStore) -> None:
    mine = await store.take((await added(store, job())).id)
    assert mine is not None
    yours = await store.take(mine.id)
    assert yours is not None
    assert yours.attempt == mine.attempt + 1
    with pytest.raises(Lost):
        await store.move(mine, JobState.SUBMITTING)
    with pytest.raises(Lost):
        await store.note(mine, stage="late")
    with pytest.raises(Lost):
        await store.at_stage(mine, "late")
    assert await store.get(mine.id) == yours
    assert (await store.note(yours, stage="queued")).stage == "queued"
    staged = await store.at_stage(yours, "starting")
    assert (staged.stage, await store.get(yours.id)) == ("starting", staged)
    assert await store.take("nobody") is None


async def test_a_note_on_a_job_that_has_moved_on_finds_no_row(store: JobStore) -> None:
    before = await added(store, job())
    await store.move(before, JobState.SUBMITTING)
    with pytest.raises(Lost):
        await store.note(before, card_ts="1.0")


async def test_one_id_of_reka_belongs_to_one_job(store: JobStore) -> None:
    for name in ("a", "b"):
        await added(store, another(name, state=JobState.SUBMITTING))
    one, two = await store.get("a"), await store.get("b")
    assert one is not None
    assert two is not None
    await store.move(one, JobState.RUNNING, reka_id="r1")
    with pytest.raises(Taken):
        await store.move(two, JobState.RUNNING, reka_id="r1")
    assert await store.get("b") == two
    assert (await store.move(two, JobState.UNSURE)).reka_id is None


async def test_unsettled_jobs_come_oldest_first(store: JobStore) -> None:
    for name, created, settled in (("c", 3, None), ("a", 1, None), ("b", 2, 9), ("d", 1, None)):
        await added(store, another(name, created_at=created, settled_at=settled))
    assert await store.unsettled() == ["a", "d", "c"]


async def test_a_column_that_is_none_is_a_mistake_of_ours(store: JobStore) -> None:
    kept = await added(store, job())
    with pytest.raises(TypeError, match="no such columns: id = 'x' --"):
        await store.note(kept, **{"id = 'x' --": 1})
    with pytest.raises(TypeError, match="no column takes a dict"):
        await store.note(kept, stage={})


async def test_a_move_is_seen_by_a_reader_at_once(store: JobStore) -> None:
    for number in range(50):
        kept = await added(store, another(f"{number}"))
        moved = await store.move(kept, JobState.SUBMITTING, stage=f"{number}")
        assert await store.get(kept.id) == moved
