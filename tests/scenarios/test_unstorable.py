"""What JSON can say and no database can keep: half a surrogate pair, NUL, a number beyond 64 bits.

SQLite binds no lone surrogate and no larger integer; PostgreSQL's text takes no NUL.
"""

import pytest

from bot.jobs import JobState
from tests.scenarios.people import People, said
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire, as_json, generation
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
ODD = "half\ud83d a\0pair"
CLEAN = "half apair"


async def test_a_refusal_with_it_ends_the_job_and_frees_or_counts_its_slot(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [as_json({"error": {"type": ODD, "message": ODD}}, 422)]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("No clips this time")
        [job] = await app.jobs()
    assert f"Reka says: {CLEAN}" in said(card)
    assert job.state is JobState.FAILED
    assert job.error_message == CLEAN


async def test_a_job_with_it_in_every_text_is_followed_to_its_end(
    stage: Start, people: People, wire: Wire
) -> None:
    clip = {**CLIP, "title": ODD, "caption": ODD, "hashtags": [ODD], "ai_score": 10**400}
    wire.on_post = [events(ODD, "completed", output=[clip], error_message=ODD)]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await people.links()
        [job] = await app.jobs()
    [made] = job.clips
    assert (made.title, made.caption, made.hashtags) == (CLEAN, CLEAN, (CLEAN,))
    assert job.state is JobState.COMPLETED
    assert len(wire.posts) == 1


@pytest.mark.parametrize("number", ["99999999999999999999", "18446744073709551615", "-1"])
@pytest.mark.parametrize("name", ["limit", "remaining"])
async def test_a_number_of_requests_that_no_key_has_is_not_kept(
    name: str, number: str, stage: Start, people: People, wire: Wire
) -> None:
    headers = {"x-ratelimit-requests-limit": "10", "x-ratelimit-requests-remaining": "7"}
    headers[f"x-ratelimit-requests-{name}"] = number
    wire.on_post = [as_json(generation("completed", output=[CLIP]), 200, headers)]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        assert "9 of 10 slots left" in said(await people.card("1 clip is ready"))
        [job] = await app.jobs()
    assert job.state is JobState.COMPLETED


async def test_what_people_write_is_kept_without_it(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [as_json(generation("completed", id=f"r{n}", output=[CLIP])) for n in range(2)]
    async with stage(wire.address) as app:
        await people.reel(f"{LINK}?ty\0ped the go\0als")
        await people.links()
        await people.makes_a_reel(await people.writes(LINK))
        await people.submits(prompt="the sa\0ves")
        await app.settled()
        typed, chosen = await app.jobs()
    assert typed.request.video_urls == (f"{LINK}?typed",)
    assert (typed.request.prompt, chosen.request.prompt) == ("the goals", "the saves")
