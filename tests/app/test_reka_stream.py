"""Reading the event stream, byte by byte, as the standard says and a little more kindly."""

import asyncio
from typing import Any

import pytest

from bot.reka import client as module
from bot.reka.client import RekaClient
from bot.reka.errors import Broken
from bot.reka.models import Generation
from tests.app.wire import Play, event, playing, raw, reset, silence, streamed

KEY = "key-that-must-not-show"
ID = "0b6f2c1e-6f0d-4a57-9a0b-3f5a3f1f7c11"
BODY = {"video_urls": ["https://youtu.be/a"], "prompt": "goals"}
CLIP = {"title": "🎬 Café", "video_url": "https://cdn.test/1.mp4", "caption": "c", "ai_score": 85}


async def read_from(*pieces: bytes) -> list[Generation]:
    async with (
        playing(streamed(*pieces)) as wire,
        RekaClient(wire.address, KEY) as reka,
        reka.submit(BODY) as submission,
    ):
        read = [generation async for generation in submission.generations]
        assert len(wire.requests) == 1
        return read


def statuses(generations: list[Generation]) -> list[str]:
    return [generation.status for generation in generations]


async def test_a_cut_at_any_byte_of_the_stream_changes_nothing() -> None:
    text = b"\r\n".join(
        [b": hello", event(id=ID, status="queued"), event(id=ID, status="completed", output=[CLIP])]
    ).replace(b"\n\n", b"\r\n\r\n")
    ways = [(text,), tuple(text[at : at + 1] for at in range(len(text)))]
    ways += [(text[:at], text[at:]) for at in range(1, len(text))]
    async with (
        playing(*(streamed(*pieces) for pieces in ways)) as wire,
        RekaClient(wire.address, KEY) as reka,
    ):
        for _ in ways:
            async with reka.submit(BODY) as submission:
                read = [generation async for generation in submission.generations]
            assert statuses(read) == ["queued", "completed"]
            assert read[1].output[0].title == "🎬 Café"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b'data:{"id":"a","status":"queued"}\n\n', ["queued"]),
        (
            b'data: {"id":"a","status":"queued"}\r\rdata: {"id":"a","status":"x"}\r\r',
            ["queued", "x"],
        ),
        (b': ping\n\n: ping\n\ndata: {"id":"a","status":"queued"}\n\n', ["queued"]),
        (b'event: status\nid: 7\nretry: 9\ndata: {"id":"a","status":"queued"}\n\n', ["queued"]),
        (b'data: {"id":"a",\ndata: "status":"queued"}\n\n', ["queued"]),
        (b'data: {"id":"a","status":"queued"}\n\n' * 3, ["queued"] * 3),
        (b"data: [DONE]\n\ndata: null\n\ndata: {}\n\ndata: {half\n\ndata\n\n", []),
        (b'event: error\ndata: {"error":{"type":"server_error","message":"no"}}\n\n', []),
        (b'data: {"id":"a","status":"queued"}\n', []),
        (b'data: {"id":"a","status":"dreaming","new":{"a":[1]}}\n\n', ["dreaming"]),
        (b'data: {"id":"","status":"queued"}\n\ndata: {"id":"a","status":null}\n\n', []),
        (b"data: \xff\xfe\n\n" + event(id="a", status="queued"), ["queued"]),
        (b"data: " + b"[" * 100_000 + b"\n\n" + event(id="a", status="queued"), ["queued"]),
        (b"", []),
    ],
)
async def test_events_are_read_by_the_standard_and_what_is_no_job_is_skipped(
    written: bytes, read: list[str]
) -> None:
    assert statuses(await read_from(written)) == read


@pytest.mark.parametrize(
    "detail",
    [
        {"output": None},
        {"output": "soon"},
        {"output": [None, 3]},
        {"output": [{"title": None, "video_url": None, "caption": None, "hashtags": None}]},
        {"output": [{"title": 5, "video_url": 7, "caption": ["a"], "hashtags": "#a #b"}]},
        {"output": [{"hashtags": ["a", None, 3], "ai_score": "high"}]},
        {"output": [{"ai_score": float("inf")}, {"ai_score": float("nan")}, {"ai_score": True}]},
        {"error_message": {"message": "no"}, "prompt": 3, "video_urls": "x", "created_at": "soon"},
        {"generation_config": {"num_generations": 0}, "created_at": 12},
    ],
)
async def test_an_odd_detail_never_hides_that_a_job_has_ended(detail: dict[str, Any]) -> None:
    assert statuses(await read_from(event(id=ID, status="completed", **detail))) == ["completed"]


@pytest.mark.parametrize(
    ("sent", "score"), [(85, 85), (84.6, 85), (None, None), ("85", None), (False, None)]
)
async def test_a_score_is_a_whole_number_or_missing(sent: object, score: int | None) -> None:
    [job] = await read_from(event(id=ID, status="completed", output=[{**CLIP, "ai_score": sent}]))
    assert job.output[0].ai_score == score


FIRST = event(id=ID, status="queued")


@pytest.mark.parametrize(
    "end",
    [raw(b""), raw(b"zz\r\nnonsense"), raw(b"40\r\nshort"), reset],
    ids=["no last chunk", "a broken chunk", "a short chunk", "reset"],
)
async def test_a_stream_that_breaks_raises_broken_after_what_came(end: Play) -> None:
    async with (
        playing(streamed(FIRST, end=end)) as wire,
        RekaClient(wire.address, KEY) as reka,
    ):
        read: list[Generation] = []
        with pytest.raises(Broken) as raised:
            await _collect(reka, read)
        assert not raised.value.not_landed
        assert len(wire.requests) == 1
        assert end is reset or statuses(read) == ["queued"]


async def _collect(reka: RekaClient, read: list[Generation]) -> None:
    async with reka.submit(BODY) as submission:
        async for generation in submission.generations:
            read.append(generation)  # noqa: PERF401  what came before the break counts too


async def test_silence_on_a_stream_is_broken_after_the_clients_own_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SUBMIT_SECONDS", 0.2)
    async with playing(streamed(FIRST, end=silence)) as wire:
        async with RekaClient(wire.address, KEY) as reka, reka.submit(BODY) as submission:
            assert (await anext(submission.generations)).status == "queued"
            with pytest.raises(Broken):
                await anext(submission.generations)
        assert len(wire.requests) == 1


async def test_leaving_a_stream_early_closes_its_connection() -> None:
    async with playing(streamed(FIRST, end=silence)) as wire:
        async with RekaClient(wire.address, KEY) as reka, reka.submit(BODY) as submission:
            assert (await anext(submission.generations)).id == ID
            assert not wire.ended.is_set()
        await asyncio.wait_for(wire.ended.wait(), 5)
