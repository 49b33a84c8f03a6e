"""The clip service: video handled per second of CPU, the whole and its parts, for 720p and 1080p, 2 and 12 minutes long.

The source is the sample talk, scaled and repeated: drawn pictures, which decode faster than a camera's. CPU seconds are
those of all processes, ffmpeg's included. The floor is one decode and the same seconds of clips encoded, alone.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.pairs import Figure, Goal, Measure, Sample, figures, interleaved
from bench.processes import NotMeasured
from bench.references import clips as floor
from local.reka.ffmpeg import binary

TALK = Path(__file__).parents[1] / "local/sample/talk.mp4"
HEIGHTS = (720, 1080)
MINUTES = (2, 12)
ORDER = {"prompt": "what it costs", "num_generations": 3, "max_duration_seconds": 30}
ANALYSIS, WHOLE, FLAT = Goal(1.5), Goal(2.5), Goal(1.3)


@dataclass(frozen=True, slots=True)
class Used:
    """What a process and its children have used: CPU and wall seconds, and bytes of the largest at its most."""

    cpu: float
    wall: float
    memory: int


@dataclass(slots=True)
class Video:
    """One source, and which seconds of it became clips when it was cut last."""

    name: str
    seconds: float
    file: Path
    spans: list[tuple[float, float]] = field(default_factory=list)

    def measures(self) -> list[Measure]:
        """The rows."""
        return [
            Measure(f"clips: {self.name}, analysis to one decode, CPU per minute of video", "s", ANALYSIS),
            Measure(f"clips: {self.name}, whole less speech to the floor, CPU per minute of video", "s", WHOLE),
            Measure(f"clips: {self.name}, speech recognition, CPU per minute of video", "s"),
            Measure(f"clips: {self.name}, whole pipeline, video per second", "s"),
        ]  # fmt: skip

    def ours(self) -> Sample:
        """The whole pipeline, and two of its stages alone."""
        folder = self.file.with_suffix(f".{time.monotonic_ns()}")
        folder.mkdir()
        order = folder / "order.json"
        told = {**ORDER, "sources": [str(self.file)], "directory": str(folder / "clips")}
        order.write_text(json.dumps(told))
        whole, said = _run([sys.executable, "-m", "local.reka.pipeline", str(order)])
        self.spans = [(clip["start"], clip["end"]) for clip in _output(said)]
        speech = _stage("speech", self.file)
        minutes = self.seconds / 60
        values = (
            _stage("analysis", self.file) / minutes,
            (whole.cpu - speech) / minutes,
            speech / minutes,
            self.seconds / whole.wall,
        )
        sample = {row.name: value for row, value in zip(self.measures(), values, strict=True)}
        return {**sample, "memory": whole.memory / 2**20}

    def floor(self) -> Sample:
        """One decode, and with it the same seconds of clips."""
        decode, _ = _run(floor.decode(self.file))
        clips = floor.encode(self.file, self.spans, self.file.parent)
        encode = sum(_run(command)[0].cpu for command in clips)
        analysis, whole, *_ = self.measures()
        minutes = self.seconds / 60
        return {
            analysis.name: decode.cpu / minutes,
            whole.name: (decode.cpu + encode) / minutes,
        }


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """All rows. `scale` shortens the videos."""
    found = []
    with tempfile.TemporaryDirectory(prefix="reel-bench-") as folder:
        for height in HEIGHTS:
            talk = _scaled(Path(folder), height)
            short, long = (_looped(talk, height, minutes, scale) for minutes in MINUTES)
            once = list(interleaved(pairs, short.ours, short.floor))
            again = list(interleaved(pairs, long.ours, long.floor))
            found += figures(short.measures(), once)
            found += figures(long.measures(), again)
            found.append(_growth(height, once, again))
    return found


def _growth(
    height: int, short: list[tuple[Sample, Sample]], long: list[tuple[Sample, Sample]]
) -> Figure:
    """Peak memory of the long video to that of the short one."""
    name = f"clips: {height}p, peak memory at {MINUTES[1]} min to {MINUTES[0]} min"
    both = zip((ours for ours, _ in long), (ours for ours, _ in short), strict=True)
    pairs = [({name: big["memory"]}, {name: small["memory"]}) for big, small in both]
    [figure] = figures([Measure(name, "MB", FLAT)], pairs)
    return figure


def _scaled(folder: Path, height: int) -> Path:
    file = folder / f"{height}p.mp4"
    picture = f"-vf scale=-2:{height} -c:v libx264 -preset veryfast -crf 22 -c:a aac"
    _run([binary(), *_QUIET, "-i", str(TALK), *picture.split(), str(file)])
    return file


def _looped(talk: Path, height: int, minutes: int, scale: float) -> Video:
    seconds = minutes * 60 * scale
    file = talk.with_name(f"{height}p-{minutes}.mp4")
    source = ["-stream_loop", "-1", "-i", str(talk), "-t", f"{seconds:.0f}", "-c", "copy"]
    _run([binary(), *_QUIET, *source, str(file)])
    return Video(f"{height}p {minutes} min", seconds, file)


_QUIET = ("-v", "error", "-nostdin", "-y")


def _stage(name: str, file: Path) -> float:
    _, said = _run([sys.executable, "-m", "bench.stage", name, str(file)])
    return float(json.loads(said)["cpu"])


def _output(said: str) -> list[dict[str, float]]:
    last = json.loads(said.splitlines()[-1])
    if "output" not in last:
        raise NotMeasured(f"the pipeline made no clip: {last}")
    return list(last["output"])


def _run(command: Sequence[str]) -> tuple[Used, str]:
    """Run a process to its end: what it and its children have used, and what it said."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, stdout=said, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            log.seek(0)
            raise NotMeasured(log.read()[-2000:])
        said.seek(0)
        wall = time.monotonic() - began
        memory = usage.ru_maxrss * 1024
        return Used(usage.ru_utime + usage.ru_stime, wall, memory), said.read()
