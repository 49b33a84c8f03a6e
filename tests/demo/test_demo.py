"""`make demo` as a newcomer runs it, without a terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
STAGES = ("queued", "starting", "downloading", "indexing", "preprocessing", "processing")


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """The demo in an empty folder, with a proxy in the environment that nothing may use."""
    dead = "http://127.0.0.1:9"
    settings = {"PYTHONPATH": str(ROOT), "HTTP_PROXY": dead, "https_proxy": dead}
    demo = subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, "-m", "bot", "demo", *arguments],
        cwd=folder,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with demo, killed_at_last(demo):
        yield demo


@contextmanager
def killed_at_last(process: "subprocess.Popen[Any]") -> Iterator[None]:
    """Who does not end by itself is not waited for."""
    try:
        yield
    finally:
        process.kill()


def children_of(pid: int) -> list[int]:
    """The processes below one, by /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == pid:
            child = int(stat.parent.name)
            found += [child, *children_of(child)]
    return found


def alive(pid: int) -> bool:
    """True for a process that still runs; a zombie that nobody waits for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.video
def test_the_demo_shows_every_stage_and_leaves_playable_clips(tmp_path: Path) -> None:
    av = pytest.importorskip("av", reason="the clip service's models are not installed")
    with started(tmp_path) as demo:
        shown, _ = demo.communicate(timeout=150)
    assert demo.returncode == 0, shown
    assert "Making 2 clips: indexing" in shown
    positions = [shown.index(f"✓ {stage}") for stage in STAGES]
    assert positions == sorted(positions)
    assert "Open it in a browser: http://127.0.0.1:" in shown
    assert "× real time" in shown

    clips = sorted((tmp_path / "clips").iterdir())
    assert len(clips) == 2
    for path in clips:
        assert str(path.relative_to(tmp_path)) in shown
        with av.open(str(path)) as container:
            video, audio = container.streams.video[0], container.streams.audio[0]
            assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
            assert (video.width, video.height) == (720, 1280)
            assert 10 <= container.duration / 1_000_000 <= 40.1
            assert sum(1 for _ in container.decode(video=0)) > 200


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    with started(tmp_path) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "Making 2 clips: indexing" in line:
                break
        children = children_of(demo.pid)
        assert len(children) >= 3
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=20)
    assert demo.returncode == 130
    deadline = time.monotonic() + 5
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [pid for pid in children if alive(pid)]


@pytest.mark.video
def test_enter_alone_says_where_the_form_is(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    settings = {"PYTHONPATH": str(ROOT), "CI": "true"}  # no browser opens
    demo = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        cwd=tmp_path,
        env={**os.environ, **settings},
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
    )
    with demo, killed_at_last(demo):
        os.close(inside)
        assert "/reel" in read_until(terminal, "Go on with another one")
        os.write(terminal, b"\n")
        read_until(terminal, "The form is open in the workspace's page.")
        demo.send_signal(signal.SIGINT)
        read_until(terminal, "Stopped.")
        assert demo.wait(20) == 130


def read_until(terminal: int, words: str) -> str:
    """What a terminal shows until these words are there; fails after a while."""
    shown, deadline = "", time.monotonic() + 100
    while words not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, shown
        shown += os.read(terminal, 65_536).decode(errors="replace")
    return shown


def test_a_video_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with started(tmp_path, "--video", "nowhere.mp4") as demo:
        shown, _ = demo.communicate(timeout=30)
    assert demo.returncode == 1
    assert "There is no file nowhere.mp4." in shown
    assert "Traceback" not in shown
