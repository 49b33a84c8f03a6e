"""A measured quantity along a video: loudness, motion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Track:
    """`values[k]` holds for the source's seconds `begin + k / rate` … `begin + (k + 1) / rate`."""

    begin: float
    rate: float
    values: Values

    @property
    def end(self) -> float:
        return self.begin + len(self.values) / self.rate

    def index(self, time: float) -> int:
        """The value in force at this second of the source, brought inside the track."""
        return int(min(max((time - self.begin) * self.rate, 0), max(len(self.values) - 1, 0)))

    def between(self, start: float, end: float) -> Values:
        """The values from `start` to `end`; never empty unless the track is."""
        return self.values[self.index(start) : self.index(end) + 1]


def empty(begin: float = 0.0, rate: float = 20.0) -> Track:
    """The track of something that was not there, such as the sound of a silent film."""
    return Track(begin, rate, np.zeros(0, np.float32))
