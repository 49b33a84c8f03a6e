"""Videos as people really send them: each ends in a clear sentence or in a good clip."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import local
from local.reka import speech_model
from local.reka.ffmpeg import FfmpegError, binary, reading, run, stream
from local.reka.order import Clip, Order
from local.reka.pipeline import NoClips, cut, read_order
from local.reka.probe import probe
from local.reka.report import Report
from local.reka.speech_model import SpeechMissing, verify

av = pytest.importorskip("av", reason="PyAV comes with the clip service's models")
pytest.importorskip("imageio_ffmpeg", reason="ffmpeg is not installed")

TALK = Path(local.__file__).parent / "sample" / "talk.mp4"

Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the speech model: what is tested here is picture and sound, and that it works so."""

    def load(workers: int) -> None:
        raise SpeechMissing("The speech model is not installed")

    monkeypatch.setattr(speech_model, "load", load)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a video with ffmpeg's own test sources."""

    def made(name: str, *arguments: str) -> Path:
        file = tmp_path / name
        command = [binary(), "-v", "error", "-y", *arguments, str(file)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)  # noqa: S603
        return file

    return made


def picture(size: str = "320x240", seconds: float = 4, rate: int = 25) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=s={size}:d={seconds}:r={rate}"]


X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
TONE = ["-f", "lavfi", "-i", "sine=d=4", "-c:a", "aac"]


def clip_of(source: Path, **changes: object) -> tuple[Clip, list[str]]:
    """The one clip of 1 to 3 seconds, and the notes on it."""
    events: list[dict[str, str]] = []
    order = Order.model_validate(
        {
            "sources": [source],
            "directory": source.parent / "clips",
            "min_duration_seconds": 1,
            "max_duration_seconds": 3,
            "resolution": 240,
            **changes,
        }
    )
    (clip,) = cut(order, Report(lambda event: events.append(dict(event))))  # type: ignore[arg-type]
    assert_plays(source.parent / "clips" / clip.file)
    return clip, [event["note"] for event in events if "note" in event]


def assert_plays(file: Path, size: tuple[int, int] = (240, 426)) -> None:
    with av.open(str(file)) as container:
        codec = container.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
        assert (codec.width, codec.height) == size
        frames = sum(1 for _ in container.decode(video=0))
        seconds = container.duration / av.time_base
        assert seconds <= 3
        assert frames == pytest.approx(
            seconds * float(container.streams.video[0].average_rate), abs=1.5
        )


def refusal(*sources: Path, **changes: object) -> str:
    order = Order.model_validate(
        {"sources": sources, "directory": sources[0].parent / "clips", **changes}
    )
    with pytest.raises(NoClips) as refused:
        cut(order, Report(lambda event: None))
    assert not list(sources[0].parent.glob("clips/*.mp4"))
    return str(refused.value)


def test_sound_alone_is_refused(make: Make) -> None:
    assert "no video track" in refusal(make("a.m4a", *TONE))


def test_a_song_with_a_cover_is_not_a_video(make: Make) -> None:
    cover = make("cover.png", *picture(seconds=1), "-frames:v", "1")
    song = make(
        "song.m4a", "-f", "lavfi", "-i", "sine=d=4", "-i", str(cover), "-map", "0", "-map", "1",
        "-c:v", "copy", "-disposition:v:0", "attached_pic",
    )  # fmt: skip
    assert "no video track" in refusal(song)


def test_a_broken_download_is_told_apart(make: Make) -> None:
    file = make("a.mp4", *picture(), *X264)
    file.write_bytes(file.read_bytes()[:-3000])
    assert "incomplete" in refusal(file)


@pytest.mark.video
def test_what_arrived_of_a_cut_off_video_is_used(make: Make) -> None:
    file = make("a.mp4", *picture(seconds=10), *X264, "-movflags", "+faststart")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    clip, notes = clip_of(file)
    assert clip.end < 6
    assert any("breaks off" in note for note in notes)


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"<html><body>404 Not Found</body></html>",
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
    ],
)
def test_text_is_not_a_video_whatever_its_name(tmp_path: Path, content: bytes) -> None:
    for name in ("a.mp4", "a.m3u8", "a"):
        file = tmp_path / name
        file.write_bytes(content)
        assert "not a video" in refusal(file)


def test_a_playlist_of_real_videos_is_not_followed(tmp_path: Path) -> None:
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{TALK}\n#EXT-X-ENDLIST\n")
    with pytest.raises(FfmpegError, match="whitelist"):
        run([*reading(playlist), "-f", "null", "-"], timeout=20)


def test_an_empty_and_a_missing_file_are_named_as_such(tmp_path: Path) -> None:
    empty = tmp_path / "a.mp4"
    empty.touch()
    assert "empty" in refusal(empty)
    assert "not there" in refusal(tmp_path / "b.mp4")


def test_two_frames_are_too_short(make: Make) -> None:
    assert "too short" in refusal(make("a.mp4", *picture(), "-frames:v", "2", *X264))


def test_of_several_videos_the_bad_one_is_named(make: Make, tmp_path: Path) -> None:
    page = tmp_path / "b.mp4"
    page.write_bytes(b"<html>")
    assert refusal(make("a.mp4", *picture(), *X264), page).startswith("Video 2: ")


def test_a_start_behind_the_end_is_refused(make: Make) -> None:
    assert "before the asked start" in refusal(
        make("a.mp4", *picture(), *X264), source_start_time=30
    )


@pytest.mark.video
def test_a_tiny_video_of_one_second_is_cut(make: Make) -> None:
    clip, notes = clip_of(make("a.mp4", *picture("64x48", 1, 15), *X264))
    assert (clip.start, clip.end) == (0.0, 1.0)
    assert any("no sound" in note for note in notes)


@pytest.mark.video
def test_without_the_speech_model_sound_and_picture_decide(make: Make) -> None:
    clip, notes = clip_of(make("a.mp4", *picture(), *TONE, *X264))
    assert clip.title == "Highlight"
    assert notes == [
        "The speech model is not installed: cut by sound and picture, without captions."
    ]


@pytest.mark.video
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["-vf", "scale=321:241", "-c:v", "mjpeg", "-pix_fmt", "yuvj444p"], id="odd"),
        pytest.param(
            ["-vf", "select='if(lt(t,2),1,not(mod(n,3)))'", "-fps_mode", "vfr", *X264], id="vfr"
        ),
        pytest.param(["-vf", "scale=180:320", *X264], id="portrait"),
        pytest.param(["-vf", "scale=352:288,setsar=16/11", *X264], id="anamorphic"),
        pytest.param(
            [
                "-vf",
                "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084"
                ":colorspace=bt2020nc",
                "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le",
            ],
            id="hdr",
        ),
        pytest.param(["-output_ts_offset", "100", "-f", "mpegts", *X264], id="late-start"),
    ],
)  # fmt: skip
def test_unusual_pictures_become_ordinary_clips(make: Make, arguments: list[str]) -> None:
    clip, _ = clip_of(make("a.mkv", *picture(), *arguments))
    assert 1 <= clip.end - clip.start <= 3


@pytest.mark.video
def test_a_video_turned_by_its_phone_is_seen_upright(make: Make) -> None:
    flat = make("flat.mp4", *picture("320x180"), *X264)
    turned = make("turned.mp4", "-display_rotation", "90", "-i", str(flat), "-c", "copy")
    source = probe(turned)
    assert (source.width, source.height) == (180, 320)
    clip_of(turned)


@pytest.mark.video
def test_a_file_name_is_only_a_name(make: Make, tmp_path: Path) -> None:
    odd = tmp_path / "it's: a, [dir];%d"
    odd.mkdir()
    file = make("a.mp4", *picture(), *X264).rename(odd / "-y 'x'.mp4")
    clip_of(file)


def test_a_run_that_takes_too_long_is_stopped() -> None:
    endless = ["-f", "lavfi", "-re", "-i", "testsrc2", "-f", "rawvideo"]

    def read_all() -> None:
        with stream(endless, timeout=0.2) as pixels:
            while pixels.read(1 << 20):
                pass

    with pytest.raises(FfmpegError, match="stopped after"):
        read_all()


def test_a_model_with_other_bytes_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"not the model")
    with pytest.raises(SpeechMissing, match="not the published ones"):
        verify(file)
    with pytest.raises(SpeechMissing, match="not installed"):
        verify(tmp_path / "other.bin")


def test_an_order_names_everything_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "order.json"
    file.write_text(json.dumps({"sources": [], "directory": "x", "resolution": 7}))
    with pytest.raises(NoClips, match=r"sources: .*resolution: "):
        read_order(file)
