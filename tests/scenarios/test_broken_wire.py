"""What happens to a job, and to its slot, when Reka or the way there fails."""

import re
import time

import pytest

from bot import follow, polls, verdict
from bot.chores import Resume
from bot.jobs import JobState, Reason
from bot.patience import Patience
from bot.reka import retry
from tests.scenarios.people import People, said, urls
from tests.scenarios.stage import Start
from tests.scenarios.wire import (
    CLIP,
    Answer,
    Wire,
    as_html,
    as_json,
    cut,
    generation,
)
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
SAM = "U0SAM000002"
DONE = as_json(generation("completed", output=[CLIP]))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "POLL_SECONDS", (0.01,))
    monkeypatch.setattr(polls, "GONE_SECONDS", 0.05)
    monkeypatch.setattr(retry, "WAIT_INITIAL", 0.01)
    monkeypatch.setattr(retry, "WAIT_MAX", 0.02)


@pytest.mark.parametrize(
    ("ending", "statuses"),
    [("close", ["queued"]), ("break", ["queued", "downloading"])],
    ids=["a stream that ends early", "a stream that breaks"],
)
async def test_an_accepted_job_is_polled_to_its_end_after(
    ending: str, statuses: list[str], stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events(*statuses, ending=ending)]
    wire.on_get = [as_json(generation("processing")), as_html(502), DONE]
    async with stage(wire.address):
        await people.reel(LINK)
        await people.links()
    assert len(wire.posts) == 1


@pytest.mark.parametrize(
    "answer",
    [
        cut(),
        as_html(502),
        as_html(200),
        as_json({"error": {"type": "server_error"}}, 500),
        events(),
    ],
    ids=["cut after the body", "502 in HTML", "200 in HTML", "500", "an empty stream"],
)
async def test_a_post_without_an_id_is_unsure_and_never_sent_again(
    answer: Answer, stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [answer]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Unsure whether Reka took the job")
        [job] = await app.jobs()
        await Resume(app.runner.jobs, app.runner.engine, Patience()).work()
    assert "a slot may be spent" in said(card)
    assert job.state is JobState.UNSURE
    assert len(wire.posts) == 1


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (400, "Reka says: video_urls is no list"),
        (422, "no job began"),
    ],
)
async def test_a_refusal_says_what_to_do(
    status: int, says: str, stage: Start, people: People, wire: Wire
) -> None:
    error = {"error": {"type": "validation_error", "message": "video_urls is no list"}}
    wire.on_post = [as_json(error, status, {"X-Request-ID": "req-7"})]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("No clips this time")
        [job] = await app.jobs()
    assert says in said(card)
    assert job.state is JobState.FAILED
    assert job.request_id == "req-7"
    assert len(wire.posts) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_pauses_every_job_spends_nothing_and_tells_the_operator_once(
    status: int, stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [as_json({"error": {"type": "authentication_error"}}, status)]
    async with stage(wire.address, reel_operator=frozenset({SAM})) as app:
        await people.reel(LINK)
        card = await people.card("Waiting: Reka refuses the API key")
        await people.reel(f"{LINK} something else")
        await people.sees(lambda message: "1 before it" in said(message))
        jobs = await app.jobs()
    assert "nothing is spent" in said(card)
    assert "10 of 10 slots left" in said(card)
    assert [job.state for job in jobs] == [JobState.WAITING, JobState.WAITING]
    assert len(wire.posts) == 1
    told = [
        call for call in await people.calls("chat.postMessage") if call["args"]["channel"] == SAM
    ]
    assert len(told) == 1


async def test_a_rate_limited_job_waits_for_the_time_that_reka_names(
    stage: Start, people: People, wire: Wire
) -> None:
    error = {"error": {"code": "rate_limit_exceeded", "message": "daily limit"}}
    wire.on_post = [as_json(error, 429, {"retry-after": "3600"})]
    began = time.time()
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Waiting: Reka has no slot free")
        [job] = await app.jobs()
    assert job.state is JobState.WAITING
    assert "0 of 10 slots left" in said(card)
    named = re.search(r"starts about <!date\^(\d+)\^", said(card))
    assert named is not None
    assert 3600 <= int(named[1]) - int(began) <= 3680


async def test_reka_being_down_spends_nothing_and_the_job_goes_on_when_it_is_back(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "RETRY_MS", (300,))
    wire.on_post = [events("completed", output=[CLIP])]
    await wire.stop()
    async with stage(wire.address):
        await people.reel(LINK)
        card = await people.card("Waiting: Reka cannot be reached")
        assert "Nothing is spent" in said(card)
        assert "10 of 10 slots left" in said(card)
        await wire.start()
        assert urls(await people.links())
    assert len(wire.posts) == 1


async def test_an_id_that_reka_no_longer_knows_ends_the_job(
    stage: Start, people: People, wire: Wire
) -> None:
    missing = {"error": {"type": "not_found_error", "message": "no such id"}}
    wire.on_post = [events("queued")]
    wire.on_get = [as_json(missing, 404)]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("No clips this time")
        [job] = await app.jobs()
    assert job.reason is Reason.GONE
    assert "no longer knows it" in said(card)


async def test_a_job_that_reka_never_finishes_rests_as_no_answer(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polls, "NO_ANSWER_MS", 50)
    wire.on_post = [events("queued")]
    wire.on_get = [as_json(generation("processing"))]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await people.card("No answer from Reka")
        [job] = await app.jobs()
    assert job.state is JobState.NO_ANSWER


async def test_an_unknown_stage_is_shown_as_it_is(stage: Start, people: People, wire: Wire) -> None:
    wire.on_post = [events("queued", "polishing")]
    wire.on_get = [as_json(generation("polishing"))]
    async with stage(wire.address):
        await people.reel(LINK)
        card = await people.card("Making 3 clips: polishing")
    tasks = card["blocks"][0]["tasks"]
    assert (tasks[-1]["title"], tasks[-1]["status"]) == ("polishing", "in_progress")


async def test_a_silent_stream_is_left_and_polled(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "SILENCE_SECONDS", 0.1)
    wire.on_post = [events("queued", ending="silence")]
    wire.on_get = [DONE]
    async with stage(wire.address):
        await people.reel(LINK)
        await people.links()


async def test_the_slots_that_are_left_are_shown(stage: Start, people: People, wire: Wire) -> None:
    headers = {
        "x-ratelimit-requests-limit": "10",
        "x-ratelimit-requests-remaining": "7",
        "retry-after": "0",
    }
    wire.on_post = [as_json(generation("completed", output=[CLIP]), 200, headers)]
    async with stage(wire.address):
        await people.reel(LINK)
        assert "7 of 10 slots left" in said(await people.card("1 clip is ready"))
