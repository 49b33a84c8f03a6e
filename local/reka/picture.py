"""Watches the whole picture once, small: how much it moves, and where it cuts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from local.reka.ffmpeg import patience, reading, stream
from local.reka.probe import SHORTEST, Source, UnusableVideo
from local.reka.track import Track, Values

WIDTH, HEIGHT = 64, 36
FRAME_BYTES = WIDTH * HEIGHT * 3
BLOCK = 256
FASTEST = 30.0


@dataclass(frozen=True, slots=True)
class Picture:
    """Motion (mean change of a pixel against the frame before, 0–255) and the times of cuts.

    A cut is the time of the first frame of the new shot, in seconds of the source.
    """

    motion: Track
    cuts: tuple[float, ...]

    @property
    def end(self) -> float:
        """Where the last frame ends: what can really be decoded, whatever the container says."""
        return self.motion.end


def watch(source: Source, start: float = 0, length: float | None = None) -> Picture:
    """Decodes the source from `start` once. Memory does not grow with its frames.

    Raises UnusableVideo when less than SHORTEST seconds of picture come out.
    """
    rate = min(source.fps, FASTEST)
    shrink = f"fps={rate:.6f}:start_time=0,scale={WIDTH}:{HEIGHT}:flags=fast_bilinear"
    # Without the deblocking filter a frame costs a third less; at 64 × 36 nobody can tell.
    fast = ["-skip_loop_filter", "all"]
    output = ["-map", "0:V:0", "-vf", shrink, "-pix_fmt", "rgb24", "-f", "rawvideo"]
    timeout = patience(length or source.duration or 3600)
    with stream([*fast, *reading(source.path, start, length), *output], timeout) as pixels:
        changes = np.fromiter(frame_changes(pixels), np.float32)
    motion = Track(start, rate, changes)
    if motion.end - motion.begin < SHORTEST:
        raise UnusableVideo("The video is too short to cut a clip from it.")
    return Picture(motion, tuple(start + k / rate for k in find_cuts(changes, rate)))


def frame_changes(pixels: IO[bytes]) -> Iterator[float]:
    """How much each frame differs from the one before, block by block."""
    before: NDArray[np.int16] | None = None
    while block := pixels.read(FRAME_BYTES * BLOCK):
        whole = len(block) // FRAME_BYTES
        frames = np.frombuffer(block, np.uint8, whole * FRAME_BYTES)
        frames_16 = frames.reshape(whole, FRAME_BYTES).astype(np.int16)
        if not whole:
            return
        first = frames_16[:1] if before is None else before
        yield from np.abs(np.diff(frames_16, axis=0, prepend=first)).mean(axis=1)
        before = frames_16[-1:]


def find_cuts(changes: Values, rate: float) -> list[int]:
    """Frames that differ far more than their neighbours: the first frames of new shots.

    A fixed threshold on luminance (ffmpeg's scene filter) misses cuts between equally bright
    pictures; colour against the local median finds them.
    """
    around = max(2, int(rate * 0.8))
    cuts: list[int] = []
    for k in np.flatnonzero(changes > 9):
        usual = float(np.median(changes[max(0, k - around) : k + around + 1]))
        if changes[k] > 4 * usual + 4 and (not cuts or k - cuts[-1] > 0.4 * rate):
            cuts.append(int(k))
    return cuts
