"""Words with times become sentences whose edges lie in the quiet around them."""

import bisect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from local.reka.sound import voice_level
from local.reka.track import Track

Ends = Callable[["Word", "Word"], bool]
Run = tuple[float, float]  # start and end of a quiet stretch, in seconds

LONGEST = 18.0  # seconds; a speaker without full stops is cut here
PAUSE = 1.0  # seconds of silence that end a sentence whatever its punctuation


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word with its punctuation, in seconds of the source."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """Neighbouring words that belong together, in seconds of the source."""

    start: float
    end: float
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        text = " ".join(word.text for word in self.words)
        return re.sub(r"\.(?= [a-z])", ",", text)  # a full stop before a mere breath


def sentences(words: Sequence[Word]) -> list[Sentence]:
    """Splits at full stops, at long pauses, and after LONGEST seconds."""
    return group(words, lambda word, after: full_stop(word) and is_new_start(word, after))


def clauses(words: Sequence[Word]) -> list[Sentence]:
    """Smaller units, for when no whole sentences fit: split at commas and short pauses too."""
    return group(
        words,
        lambda word, after: (
            full_stop(word) or word.text.endswith((",", ";")) or after.start - word.end > 0.3
        ),
    )


def full_stop(word: Word) -> bool:
    return word.text.endswith((".", "?", "!"))


def is_new_start(word: Word, after: Word) -> bool:
    """Whether `after` can begin a sentence. Whisper also puts full stops before a mere breath."""
    return after.start - word.end > 0.05 and not after.text[:1].islower()


def group(words: Sequence[Word], ends: Ends) -> list[Sentence]:
    """Splits behind each word for which `ends(word, the next word)` is true."""
    found: list[Sentence] = []
    current: list[Word] = []
    for word, after in zip_longest(words, words[1:]):
        current.append(word)
        too_long = word.end - current[0].start > LONGEST
        if after is None or too_long or after.start - word.end > PAUSE or ends(word, after):
            found.append(Sentence(current[0].start, word.end, tuple(current)))
            current = []
    return found


def settle(units: Sequence[Sentence], loudness: Track) -> list[Sentence]:
    """Moves the edges to where the sound really begins and ends.

    Whisper's word times are up to half a second off. Where there is quiet nearby, the edge goes
    to the border of that quiet; where there is none (music below the voice) it stays.
    """
    runs = quiet_runs(loudness)
    settled = [
        replace(unit, start=settled_start(unit, runs), end=settled_end(unit, runs))
        for unit in units
    ]
    for k in range(len(settled) - 1):
        left, right = settled[k], settled[k + 1]
        if right.start < left.end:  # no quiet between them: Whisper's border holds
            border = min(max(units[k].end, left.start), right.end)
            settled[k] = replace(left, end=border)
            settled[k + 1] = replace(right, start=border)
    return settled


def settled_start(unit: Sentence, runs: Sequence[Run]) -> float:
    first = unit.words[0]
    latest = first.end - 0.05
    ends = [end for start, end in near(runs, unit.start) if start <= unit.start]
    return max((end for end in ends if unit.start - 0.7 <= end <= latest), default=unit.start)


def settled_end(unit: Sentence, runs: Sequence[Run]) -> float:
    last = unit.words[-1]
    starts = [start for start, end in near(runs, unit.end) if end >= unit.end - 0.05]
    return min(
        (start for start in starts if last.start < start <= unit.end + 0.5), default=unit.end
    )


def near(runs: Sequence[Run], time: float) -> Iterable[Run]:
    """The runs that touch the second before or after `time` (`runs` are in order)."""
    first = bisect.bisect_left(runs, time - 1, key=lambda run: run[1])
    for run in runs[first:]:
        if run[0] > time + 1:
            return
        yield run


def quiet_runs(loudness: Track, shortest: float = 0.1) -> list[Run]:
    """Stretches well below the voice, in seconds of the source, in order."""
    if not len(loudness.values):
        return []
    floor, voice = float(np.percentile(loudness.values, 5)), voice_level(loudness.values)
    threshold = min(voice - 12, max(floor + 6, voice - 25))
    quiet = np.concatenate([[False], loudness.values < threshold, [False]])
    edges = np.flatnonzero(quiet[1:] != quiet[:-1]).reshape(-1, 2)
    seconds = loudness.begin + edges / loudness.rate
    return [(float(start), float(end)) for start, end in seconds if end - start >= shortest]
