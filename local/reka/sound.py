"""Reads the sound as pieces of 16 kHz mono that end where it is quiet, and how loud it is."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from local.reka.ffmpeg import patience, reading, stream
from local.reka.probe import Source
from local.reka.track import Values

SAMPLE_RATE = 16_000  # what Whisper was trained on
LEVELS_PER_SECOND = 20
HOP = SAMPLE_RATE // LEVELS_PER_SECOND
SILENCE_DB = -100.0


@dataclass(frozen=True, slots=True)
class Piece:
    """`samples` (−1 … 1) from second `begin` of the source on; a whole number of hops long."""

    begin: float
    samples: Values

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def pieces(source: Source, start: float, length: float | None, seconds: float) -> Iterator[Piece]:
    """The sound in order, in pieces of at most `seconds`, so that hours need no more memory."""
    # Gaps in the sound's own clock are filled, so that sample k is at second k / 16,000.
    fill = "aresample=async=1000:first_pts=0"
    output = ["-map", "0:a:0", "-af", fill, "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "s16le"]
    timeout = patience(length or source.duration or 3600) * 4  # the reader waits for the speech
    most = int(seconds * LEVELS_PER_SECOND) * HOP
    rest = np.zeros(0, np.float32)
    done = 0
    with stream([*reading(source.path, start, length), *output], timeout) as pcm:
        while data := pcm.read(2 * (most - len(rest))):
            data = data[: len(data) // 2 * 2]
            rest = np.concatenate([rest, np.frombuffer(data, "<i2").astype(np.float32) / 32768])
            if len(rest) < most:
                break
            cut = quietest_end(rest)
            yield Piece(start + done / SAMPLE_RATE, rest[:cut])
            done, rest = done + cut, rest[cut:]
    whole = len(rest) // HOP * HOP
    if whole:
        yield Piece(start + done / SAMPLE_RATE, rest[:whole])


def quietest_end(samples: Values) -> int:
    """Where to end a piece: the middle of the quietest half second in its last third."""
    levels = loudness(samples)
    first = len(levels) * 2 // 3
    span = LEVELS_PER_SECOND // 2
    smooth = np.convolve(levels[first:], np.ones(span) / span, mode="valid")
    return int(first + int(np.argmin(smooth)) + span // 2) * HOP


def loudness(samples: Values) -> Values:
    """Level of each hop in dB below full scale."""
    hops = samples[: len(samples) // HOP * HOP].reshape(-1, HOP)
    power = np.square(hops).mean(axis=1)
    levels: Values = (10 * np.log10(power + 10 ** (SILENCE_DB / 10))).astype(np.float32)
    return levels


def voice_level(levels: Values) -> float:
    """How loud it is, in dB, when somebody speaks; however long the rest is silent."""
    if not len(levels):
        return SILENCE_DB
    loudest = float(np.percentile(levels, 99))
    return float(np.percentile(levels[levels > loudest - 30], 75))
