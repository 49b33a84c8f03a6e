"""Which windows make the best clips: by what was asked for, else by energy and form."""

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from local.reka.meaning import Vectors
from local.reka.sentences import Sentence
from local.reka.sound import voice_level
from local.reka.windows import Indexed, Window

HOOK = re.compile(
    r"[?!]|\d|\b(how|why|what|secret|never|first|best|worst|only|incredible|amazing)\b", re.I
)
DANGLING = re.compile(r"^(and|so|but|because|or|then|which|that's why|it|he|she|they)\b", re.I)
NEAR_ENOUGH = 0.05  # of cosine: windows this close to the best are equally on the subject
SCRAP = 2.5  # seconds
SAME_WORDS = 0.7  # share of common words from which two moments say the same

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wish:
    """The subject asked for (a vector) and every sentence's vector, source by source."""

    subject: Vectors
    sentences: tuple[Vectors, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A window with its place among this job's candidates: `score` is its percentile, 0–100."""

    window: Window
    score: int


def rank(
    videos: Sequence[Indexed], candidates: Sequence[Window], ideal: float, wish: Wish | None
) -> list[Moment]:
    """All candidates, best first. `ideal` is the length in seconds to lean to."""
    totals = energy(videos, candidates) + form(videos, candidates, ideal)
    if wish is not None:
        totals = with_wish(totals, likeness(videos, candidates, wish))
    order = np.argsort(-totals, kind="stable")
    last = max(1, len(order) - 1)
    return [
        Moment(candidates[k], round(100 * (last - place) / last)) for place, k in enumerate(order)
    ]


def energy(videos: Sequence[Indexed], candidates: Sequence[Window]) -> Floats:
    """Loudness and motion, each against the window's own video."""
    usual = [voice_level(video.loudness.values) for video in videos]
    mean, peak, motion = (np.zeros(len(candidates)) for _ in range(3))
    for k, window in enumerate(candidates):
        video = videos[window.source]
        levels = video.loudness.between(window.start, window.end)
        if len(levels):
            above = np.clip(levels - usual[window.source], -20, 20)
            mean[k], peak[k] = above.mean(), np.percentile(above, 95)
        motion[k] = video.picture.motion.between(window.start, window.end).mean()
    return 0.8 * standard(mean) + 0.8 * standard(peak) + 0.4 * standard(motion)


def form(videos: Sequence[Indexed], candidates: Sequence[Window], ideal: float) -> Floats:
    """How well a window stands alone: its first words, its edges, its length, its unity."""
    totals = np.zeros(len(candidates))
    for k, window in enumerate(candidates):
        video = videos[window.source]
        said = sentences_in(video, window)
        totals[k] += 0.35 * window.clean - 2.5 * window.makeshift
        totals[k] -= 0.7 * abs(float(np.log(max(window.seconds, 1) / ideal)))
        totals[k] -= 1.2 * stubs(video, window)
        if said:
            totals[k] += opening(said[0].text) - 2.5 * crossings(video, said)
    return totals


def opening(text: str) -> float:
    """A first sentence that makes curious, or one that hangs on what came before."""
    return 0.5 * bool(HOOK.search(text)) - 0.8 * bool(DANGLING.search(text))


def stubs(video: Indexed, window: Window) -> int:
    """How many of its two edges leave only a scrap of a shot in the window."""
    at_start = video.cut_between(window.start + 0.1, window.start + SCRAP)
    at_end = video.cut_between(window.end - SCRAP, window.end - 0.1)
    return (at_start is not None) + (at_end is not None)


def crossings(video: Indexed, said: Sequence[Sentence]) -> int:
    """How often the subject changes inside: a pause of a second with a cut in it."""
    return sum(
        1
        for left, right in pairwise(said)
        if right.start - left.end > 1.0
        and video.cut_between(left.end - 0.2, right.start + 0.2) is not None
    )


def sentences_in(video: Indexed, window: Window) -> tuple[Sentence, ...]:
    """The sentences whose middle is in the window."""
    first, last = sentence_span(video, window)
    return video.sentences[first:last]


def sentence_span(video: Indexed, window: Window) -> tuple[int, int]:
    """Number of the first of them, and of the first behind them."""

    def middle(sentence: Sentence) -> float:
        return (sentence.start + sentence.end) / 2

    first = bisect.bisect_left(video.sentences, window.start, key=middle)
    return first, max(first, bisect.bisect_right(video.sentences, window.end, key=middle))


def likeness(videos: Sequence[Indexed], candidates: Sequence[Window], wish: Wish) -> Floats:
    """Mean cosine of a window's sentences to the subject; −1 where nothing is said."""
    similar = [vectors @ wish.subject if len(vectors) else vectors for vectors in wish.sentences]
    found = np.full(len(candidates), -1.0)
    for k, window in enumerate(candidates):
        first, last = sentence_span(videos[window.source], window)
        if last > first:
            found[k] = float(similar[window.source][first:last].mean())
    return found


def with_wish(totals: Floats, similar: Floats) -> Floats:
    """The subject decides; among windows about equally on it, energy and form do."""
    on_subject = similar >= similar.max(initial=-1.0) - NEAR_ENOUGH
    return np.where(on_subject, totals + 1000, totals + 200 * similar)


def choose(videos: Sequence[Indexed], ranked: Sequence[Moment], count: int) -> list[Moment]:
    """The best that neither overlap nor say the same again, best first."""
    chosen: list[Moment] = []
    vocabularies: list[frozenset[str]] = []
    for moment in ranked:
        if len(chosen) == count:
            break
        if any(moment.window.overlaps(other.window) for other in chosen):
            continue
        vocabulary = words_of(sentences_in(videos[moment.window.source], moment.window))
        if any(alike(vocabulary, other) for other in vocabularies):
            continue
        chosen.append(moment)
        vocabularies.append(vocabulary)
    return chosen


def fill(
    videos: Sequence[Indexed], ranked: Sequence[Moment], longest: float, parts: int
) -> list[Moment]:
    """The best moments that together last at most `longest` seconds, in the order of time."""
    chosen: list[Moment] = []
    left = longest
    for moment in choose(videos, ranked, count=4 * parts):
        if moment.window.seconds <= left and len(chosen) < parts:
            chosen.append(moment)
            left -= moment.window.seconds
    return sorted(chosen, key=lambda each: (each.window.source, each.window.start))


def words_of(said: Sequence[Sentence]) -> frozenset[str]:
    return frozenset(re.findall(r"\w{3,}", " ".join(each.text for each in said).lower()))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and len(one & other) >= SAME_WORDS * min(len(one), len(other))


def standard(values: Floats) -> Floats:
    """Values as standard deviations from their mean, without far outliers."""
    scaled: Floats = np.clip((values - values.mean()) / (values.std() + 1e-6), -2, 2)
    return scaled
