"""ffmpeg as a guarded subprocess: untrusted media in, bytes or a file out.

A video may come from anybody. So an input is opened by exactly one of a few container formats
(no playlists, which name other files), through the `file` protocol alone (no network), with a
bound on its picture size; and every run has a time-out.
"""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

FORMATS = "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg,mxf,gif,wav,mp3,aac,flac,h264,hevc"
MOST_PIXELS = 8192 * 8192


class FfmpegError(Exception):
    """ffmpeg ended with an error or was stopped; `log` is what it wrote on stderr."""

    def __init__(self, log: str) -> None:
        super().__init__(log[-2000:])
        self.log = log


class FfmpegMissing(Exception):
    """There is no ffmpeg to run."""


@cache
def binary() -> str:
    """The ffmpeg to start: REEL_FFMPEG, else the one of the imageio-ffmpeg wheel."""
    named = os.environ.get("REEL_FFMPEG")
    if named:
        return named
    try:
        import imageio_ffmpeg
    except ImportError as missing:
        raise FfmpegMissing(
            "ffmpeg is not installed: install imageio-ffmpeg, or name one in REEL_FFMPEG."
        ) from missing
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def reading(path: Path, start: float = 0, length: float | None = None) -> list[str]:
    """Arguments that open `path` (seconds `start` … `start + length`) as an untrusted input."""
    limits = ["-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS]
    limits += ["-max_pixels", str(MOST_PIXELS)]
    span = ["-ss", f"{start:.3f}"] if start > 0 else []
    span += ["-t", f"{length:.3f}"] if length is not None else []
    return [*limits, *span, "-i", f"file:{path}"]


def patience(video_seconds: float) -> float:
    """How many seconds a run over so much video may take before it is stopped."""
    return 60 + 6 * video_seconds


def run(arguments: Sequence[str], timeout: float, cwd: Path | None = None) -> str:
    """Runs ffmpeg to its end and returns its log. Raises FfmpegError."""
    command = [binary(), "-hide_banner", "-nostdin", *arguments]
    try:
        done = subprocess.run(
            command,
            check=False,  # the log tells more than CalledProcessError
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as late:
        raise FfmpegError(f"stopped after {timeout:.0f} s") from late
    except OSError as broken:
        raise FfmpegMissing(f"ffmpeg could not be started: {broken}.") from broken
    log = done.stderr.decode(errors="replace")
    if done.returncode:
        raise FfmpegError(log)
    return log


@contextmanager
def stream(arguments: Sequence[str], timeout: float) -> Iterator[IO[bytes]]:
    """ffmpeg's stdout, to read while it runs.

    What a damaged file gave before it broke off is worth having, so a failed run is not an error
    here: the reader sees how much came. FfmpegError is raised only when the time ran out.
    """
    command = [binary(), "-hide_banner", "-nostdin", "-v", "error", *arguments, "pipe:1"]
    expired = threading.Event()
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        ) as process,
    ):

        def stop() -> None:
            expired.set()
            process.kill()

        watchdog = threading.Timer(timeout, stop)
        watchdog.daemon = True
        watchdog.start()
        try:
            assert process.stdout is not None  # noqa: S101 - PIPE was asked for
            yield process.stdout
        finally:
            watchdog.cancel()
            process.kill()
    if expired.is_set():
        raise FfmpegError(f"stopped after {timeout:.0f} s")
