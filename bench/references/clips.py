"""Reference: the floor that any tool must pay. ffmpeg decodes the source once, and encodes the same seconds of clips."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from local.reka.ffmpeg import binary

ENCODER = "-c:v libx264 -preset superfast -crf 21 -pix_fmt yuv420p -c:a aac -b:a 128k"
"""As the clip service encodes, so that only the work around it differs."""


def decode(source: Path) -> list[str]:
    """The command that decodes picture and sound once, and throws them away."""
    return [binary(), "-v", "error", "-nostdin", "-i", str(source), "-f", "null", "-"]


def encode(source: Path, spans: Sequence[tuple[float, float]], folder: Path) -> Iterator[list[str]]:
    """A command for each clip: its seconds, cropped to the middle, in the size of the clip service's."""
    for number, (start, end) in enumerate(spans):
        span = ["-ss", f"{start:.3f}", "-t", f"{end - start:.3f}", "-i", str(source)]
        picture = ["-vf", "crop=ih*9/16:ih,scale=720:1280", *ENCODER.split()]
        file = str(folder / f"floor{number}.mp4")
        yield [binary(), "-v", "error", "-nostdin", "-y", *span, *picture, file]
