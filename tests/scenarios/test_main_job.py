"""From `/reel` to the clips in the thread, over real sockets."""

import json

from bot.jobs import JobState
from tests.scenarios.people import People, said, title_of, urls
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, ID, Wire, as_json, generation
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"


async def test_a_command_becomes_a_card_that_shows_each_stage_and_then_the_links(
    stage: Start, people: People, clip_service: str
) -> None:
    async with stage(clip_service) as app:
        answer = await people.reel(f"{LINK} the funniest minute clips:2 16:9")
        assert answer["acked"]
        assert "2 clips · 16:9" in answer["ack"]["text"]

        links = await people.links()
        card = await people.card("2 clips are ready")
        root = (await people.messages())[1]
        [job] = await app.jobs()

    assert root["ts"] == card["thread_ts"] == links["thread_ts"]
    assert {"type": "user", "user_id": job.user_id} == links["blocks"][0]["elements"][0][
        "elements"
    ][0]
    assert "the funniest minute" in said(root)
    assert urls(card) == urls(links)
    assert len(urls(card)) == 2
    assert job.state is JobState.COMPLETED
    assert f"/{job.reka_id}/" in urls(card)[0]


async def test_every_stage_is_shown_once_and_in_order(
    stage: Start, people: People, wire: Wire
) -> None:
    stages = ["queued", "starting", "downloading", "indexing", "preprocessing", "processing"]
    wire.on_post = [
        events(*[s for name in stages for s in (name, name)], "completed", output=[CLIP])
    ]
    async with stage(wire.address):
        await people.reel(LINK)
        await people.links()
    shown = [
        title_of(change["message"])
        for change in await people.changes("message_changed")
        if title_of(change["message"]).startswith("Making")
    ]
    # A picture may be skipped when a newer one is there already, but none comes late.
    named = [title.rsplit(": ", 1)[1] for title in shown]
    assert named == sorted(set(named), key=stages.index)


async def test_the_body_carries_what_was_asked_and_nothing_else(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("completed", output=[CLIP])]
    async with stage(wire.address):
        await people.reel(
            f"{LINK} https://example.com/b.mp4 the goals clips:1 1:1 15-60s from:10:00 to:25:00 "
            "compilation no-subtitles 1080p"
        )
        await people.links()
    assert wire.posts == [
        {
            "video_urls": [LINK, "https://example.com/b.mp4"],
            "prompt": "the goals",
            "generation_config": {
                "template": "compilation",
                "num_generations": 1,
                "min_duration_seconds": 15,
                "max_duration_seconds": 60,
                "source_start_time": 600,
                "source_end_time": 1500,
            },
            "rendering_config": {"subtitles": False, "aspect_ratio": "1:1", "resolution": 1080},
            "stream": True,
        }
    ]


async def test_a_failed_job_says_what_reka_said_in_safe_text(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", "failed", error_message="No video at <!channel> *this* link")]
    async with stage(wire.address):
        await people.reel(LINK)
        card = await people.card("No clips this time")
    assert "No video at <!channel> *this* link" in said(card)
    assert "<!channel>" not in card["text"]
    assert "used one slot" in said(card)


async def test_the_same_delivery_twice_is_one_job(
    stage: Start, people: People, clip_service: str
) -> None:
    async with stage(clip_service) as app:
        await people.reel(LINK, deliveries=2)
        await people.links()
        assert len(await app.jobs()) == 1


async def test_the_newer_dialect_makes_the_same_clips(
    stage: Start, people: People, clip_service: str
) -> None:
    async with stage(clip_service, reka_dialect="clips"):
        await people.reel(f"{LINK} clips:1")
        assert len(urls(await people.links())) == 1


async def test_a_json_answer_is_an_acceptance_that_is_polled(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [as_json(generation("queued"), status=202)]
    wire.on_get = [as_json(generation("completed", output=[CLIP]))]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await people.links()
        [job] = await app.jobs()
    assert job.reka_id == ID
    assert len(wire.posts) == 1


async def test_hashtags_with_and_without_their_sign_come_out_alike(
    stage: Start, people: People, wire: Wire
) -> None:
    output = [{**CLIP, "hashtags": ["#one", "two"]}]
    wire.on_post = [events("completed", output=output)]
    async with stage(wire.address):
        await people.reel(LINK)
        links = await people.links()
    assert "#one #two" in said(links)
    assert "The best bits" in said(links)
    assert "score 85" in said(links)


async def test_fewer_clips_than_asked_and_a_clip_without_a_link_are_said(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("completed", output=[CLIP, {**CLIP, "video_url": None}])]
    async with stage(wire.address):
        await people.reel(LINK)
        card = await people.card("2 clips are ready")
        links = await people.links()
    assert "Reka sent no link for 1 clip" in said(card)
    assert len(urls(links)) == 1


async def test_no_clip_at_all_is_said_without_a_ping(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("completed", output=[])]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Finished without a clip")
        [job] = await app.jobs()
    assert "the slot is spent" in said(card)
    assert job.links_marked_at is None
    assert json.dumps(await people.messages()).count("here you go") == 0
