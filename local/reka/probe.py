"""Looks at a source before any work: is it a video at all, and of what kind?"""

import re
from dataclasses import dataclass
from pathlib import Path

from local.reka.ffmpeg import FfmpegError, reading, run

SHORTEST = 0.5


class UnusableVideo(Exception):
    """This source can't be cut; the message is one sentence for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A readable video. Sizes are of the picture as shown: rotated, before square pixels.

    `duration` is what the container says, in seconds (None: it says nothing); `pixel_shape` is
    the width of one pixel over its height; `hdr` means that its light needs tone mapping;
    `has_index` that one can seek in it to the frame.
    """

    path: Path
    width: int
    height: int
    fps: float
    duration: float | None
    has_sound: bool
    pixel_shape: float = 1.0
    hdr: bool = False
    has_index: bool = True

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height in square pixels."""
        return max(2, round(self.width * self.pixel_shape)), self.height


def probe(path: Path) -> Source:
    """Decodes one frame and reads ffmpeg's own description. Raises UnusableVideo."""
    if not path.is_file():
        raise UnusableVideo("The file is not there any more: send it again.")
    if path.stat().st_size == 0:
        raise UnusableVideo("The file is empty: download or upload it again.")
    first_frame = ["-map", "0:V:0", "-frames:v", "1", "-vf", "showinfo", "-f", "null", "-"]
    try:
        log = run([*reading(path), *first_frame], timeout=60)
    except FfmpegError as broken:
        raise UnusableVideo(why_unusable(broken.log, looks_like_mp4(path))) from broken
    return read_description(path, log)


def looks_like_mp4(path: Path) -> bool:
    """Whether the file begins with an MP4 box: ffmpeg believes the name of any other file."""
    with path.open("rb") as content:
        return content.read(8)[4:] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}


def why_unusable(log: str, mp4: bool) -> str:
    """One sentence for a person from ffmpeg's log of a failed look."""
    if "moov atom not found" in log and mp4:
        return (
            "The video is incomplete (its index is missing, as after a broken download): "
            "fetch or export it again."
        )
    if "Stream #" in log and "Video:" not in without_covers(log):
        return "The file has sound but no video track: send one with pictures."
    if "stopped after" in log:
        return "The video could not be opened in time: export it again as an ordinary MP4."
    if "Stream #" in log:
        return "No picture of the video can be decoded: export it again as an ordinary MP4."
    return "The file is not a video that can be read: send an MP4, MOV, MKV or WebM file."


def without_covers(log: str) -> str:
    """The log without cover pictures, which ffmpeg lists as video streams."""
    return "\n".join(line for line in log.splitlines() if "(attached pic)" not in line)


def read_description(path: Path, log: str) -> Source:
    """The Source from the log of a run with `showinfo`, whose lines describe the frame itself."""
    seen = re.search(r"n: *0 .*?fmt:(\S+) .*?sar:(\d+)/(\d+) .*?s:(\d+)x(\d+)", log)
    if not seen:
        raise UnusableVideo(
            "No picture of the video can be decoded: export it again as an ordinary MP4."
        )
    across, down = int(seen[2]), int(seen[3])
    described = next(
        (line for line in without_covers(log).splitlines() if re.search(r"Stream.*Video:", line)),
        "",
    )
    return Source(
        path=path,
        width=int(seen[4]),
        height=int(seen[5]),
        fps=frame_rate(described),
        duration=duration(log),
        has_sound=bool(re.search(r"Stream #0:\d+.*: Audio: (?!none)", log)),
        pixel_shape=across / down if across and down else 1.0,
        hdr=bool(re.search(r"smpte2084|arib-std-b67", described)),
        has_index=not re.search(r"Input #0, (mpegts|mpeg|h264|hevc),", log),
    )


def duration(log: str) -> float | None:
    """The container's own length in seconds, where it gives one."""
    found = re.search(r"Duration: (\d+):(\d+):([\d.]+)", log)
    if not found:
        return None
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])


def frame_rate(described: str) -> float:
    """Frames a second of a stream line; NTSC rates exactly, odd ones brought into 1 … 60.

    Where frames come at varying times, their average would lose some: the base rate is taken.
    """
    average = number_before("fps", described) or 25.0
    base = number_before("tbr", described) or average
    varying = average < base <= 60 and abs(base - 2 * average) > 0.1  # twice: interlaced fields
    rate = base if varying else average
    ntsc = {23.98: 24000 / 1001, 29.97: 30000 / 1001, 59.94: 60000 / 1001}
    return ntsc.get(rate, min(60.0, max(1.0, rate)))


def number_before(unit: str, described: str) -> float | None:
    found = re.search(rf"([\d.]+)(k?) {unit}\b", described)
    return float(found[1]) * (1000 if found[2] else 1) if found else None
