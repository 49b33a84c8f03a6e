"""Every stretch of a video that could be a clip: whole sentences, clean edges, no flash frames."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.reka.picture import Picture
from local.reka.sentences import Sentence, Word, clauses, quiet_runs, settle
from local.reka.sound import voice_level
from local.reka.track import Track

LEAD, TAIL = 0.2, 0.35  # seconds kept before the first and after the last word
PAUSE = 0.8  # seconds of silence that mark an edge as an end of its own
REACTION = 6.0  # seconds of applause or laughter that may stay behind a sentence
ENDS_PER_START = 10
GRID = 2.0  # seconds between possible edges where nobody speaks


@dataclass(frozen=True, slots=True)
class Indexed:
    """All that is known of source number `source` before choosing. Times are its seconds."""

    source: int
    begin: float
    end: float
    picture: Picture
    loudness: Track
    words: tuple[Word, ...]
    sentences: tuple[Sentence, ...]

    @property
    def frame(self) -> float:
        """Length of a watched frame in seconds."""
        return 1 / self.picture.motion.rate

    def cut_between(self, earliest: float, latest: float) -> float | None:
        """The last cut in this span."""
        behind = bisect.bisect_right(self.picture.cuts, latest)
        if behind and self.picture.cuts[behind - 1] >= earliest:
            return self.picture.cuts[behind - 1]
        return None


@dataclass(frozen=True, slots=True)
class Edge:
    """A possible start or end. `clean`: 1 if a pause marks it, 2 if a cut or applause does."""

    time: float
    clean: int


@dataclass(frozen=True, slots=True)
class Window:
    """Seconds `start` … `end` of source number `source`.

    `clean` sums up its edges (0–4); `makeshift` says how far down the list of better kinds
    of edges it was found (0: whole sentences).
    """

    source: int
    start: float
    end: float
    clean: int = 0
    makeshift: int = 0

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def overlaps(self, other: "Window") -> bool:
        return (
            self.source == other.source
            and self.start < other.end - 0.01
            and other.start < self.end - 0.01
        )


def windows(video: Indexed, shortest: float, longest: float, needed: int) -> list[Window]:
    """Candidates of `shortest` to `longest` seconds: the best kinds that give `needed` clips.

    Whole sentences first; then clauses; then a grid over the shots. A video shorter than
    `shortest` is one candidate. Never longer than `longest`.
    """
    found: list[Window] = []
    if video.sentences:
        found += spoken_windows(video, video.sentences, shortest, longest, makeshift=0)
    if video.sentences and room(found) < needed:
        smaller = settle(clauses(video.words), video.loudness)
        found += spoken_windows(video, smaller, shortest, longest, makeshift=1)
    if room(found) < (1 if video.sentences else needed):
        found += grid_windows(video, shortest, longest, makeshift=2)
    return found or [Window(video.source, video.begin, min(video.end, video.begin + longest))]


def room(found: Sequence[Window]) -> int:
    """How many of these windows fit side by side."""
    count, free = 0, float("-inf")
    for window in sorted(found, key=lambda each: each.end):
        if window.start >= free - 0.01:
            count, free = count + 1, window.end
    return count


def spoken_windows(
    video: Indexed, units: Sequence[Sentence], shortest: float, longest: float, makeshift: int
) -> list[Window]:
    """From the start of one unit to the end of the same or a later one."""
    starts = [start_edge(video, units, k) for k in range(len(units))]
    voice = voice_level(video.loudness.values)
    ends = [end_edges(video, units, k, voice) for k in range(len(units))]
    found = []
    for first, start in enumerate(starts):
        fitting = []
        for choices in ends[first:]:
            if choices[0].time - start.time > longest:
                break
            fitting += [edge for edge in choices if shortest <= edge.time - start.time <= longest]
        found += [pair(video, start, end, makeshift) for end in spread(fitting)]
    return found


def pair(video: Indexed, start: Edge, end: Edge, makeshift: int) -> Window:
    return Window(video.source, start.time, end.time, start.clean + end.clean, makeshift)


def spread(edges: Sequence[Edge]) -> list[Edge]:
    """At most ENDS_PER_START of the edges, evenly, so that long videos stay quick to rank."""
    if len(edges) <= ENDS_PER_START:
        return list(edges)
    chosen = np.linspace(0, len(edges) - 1, ENDS_PER_START).round().astype(int)
    return [edges[k] for k in chosen]


def start_edge(video: Indexed, units: Sequence[Sentence], k: int) -> Edge:
    """A breath before the unit, or the cut that begins its shot: never inside the unit before."""
    begin = units[k].start
    before = units[k - 1].end if k else video.begin
    pause = begin - before
    time = max(video.begin, begin - min(LEAD, max(0.0, pause / 2)))
    cut = video.cut_between(max(before, begin - 1.0), begin + 0.05)
    if cut is not None:
        return Edge(cut + video.frame / 2, clean=2)
    return Edge(time, clean=2 if k == 0 else int(pause >= PAUSE))


def end_edges(video: Indexed, units: Sequence[Sentence], k: int, voice: float) -> list[Edge]:
    """Shortly behind the unit; and behind the applause that follows it, if any does."""
    end = units[k].end
    after = units[k + 1].start if k + 1 < len(units) else video.end
    pause = max(0.0, after - end)
    plain = min(video.end, end + min(TAIL, pause / 2))
    cut = video.cut_between(end, after)
    marked = after == video.end or cut is not None
    clean = 2 if marked else int(pause >= PAUSE)
    edges = [Edge(before_cut(video, end, plain), clean)]
    reaction = reaction_end(video.loudness, end, min(after, end + REACTION), voice)
    if reaction is not None:
        edges.append(Edge(before_cut(video, end, min(reaction, video.end)), clean=2))
    return edges


def before_cut(video: Indexed, spoken_end: float, end: float) -> float:
    """`end`, or just before a cut that would leave a flash of the next shot."""
    cut = video.cut_between(max(spoken_end, end - 0.6), end)
    return end if cut is None else max(spoken_end, cut - 1.5 * video.frame)


def reaction_end(loudness: Track, spoken_end: float, latest: float, voice: float) -> float | None:
    """Where applause or laughter right behind the words dies down; None where there is none."""
    if not len(loudness.values) or latest - spoken_end < 1:
        return None
    levels = loudness.between(spoken_end + 0.1, latest)
    loud = np.flatnonzero(levels > voice - 14) / loudness.rate
    if len(loud) < loudness.rate or loud[0] > 1.2:
        return None
    breaks = np.flatnonzero(np.diff(loud) > 0.5)
    last = float(loud[breaks[0]] if len(breaks) else loud[-1])
    return min(latest, spoken_end + 0.25 + last) if last - loud[0] > 0.8 else None


def grid_windows(video: Indexed, shortest: float, longest: float, makeshift: int) -> list[Window]:
    """Between shots, quiet places or a regular grid, but not inside a word."""
    cuts = {cut for cut in video.picture.cuts if video.begin < cut < video.end}
    marked = {*cuts, video.begin, video.end}
    step = min(GRID, longest / 2)
    quiet = {(start + end) / 2 for start, end in quiet_runs(video.loudness, shortest=0.3)}
    if len(quiet) * 4 * step < video.end - video.begin:  # too few to choose from
        quiet = {float(time) for time in np.arange(video.begin, video.end, step)}
    edges = [
        Edge(time, 2 * (time in marked))
        for time in sorted(marked | quiet)
        if video.begin <= time <= video.end and not inside_word(video.words, time)
    ]
    found = []
    for start in edges:
        least, most = start.time + shortest, start.time + longest
        fitting = [edge for edge in edges if least <= edge.time <= most]
        if not fitting and most <= video.end:
            fitting = [Edge(most, clean=0)]
        found += [pair(video, *off_cuts(video, start, end), makeshift) for end in spread(fitting)]
    return [window for window in found if window.seconds > 0.2]


def off_cuts(video: Indexed, start: Edge, end: Edge) -> tuple[Edge, Edge]:
    """The pair, moved off the cuts they lie on, so that no frame of another shot flashes."""
    cuts = video.picture.cuts
    begin = start.time + video.frame / 2 if start.time in cuts else start.time
    finish = end.time - 1.5 * video.frame if end.time in cuts else end.time
    return Edge(begin, start.clean), Edge(finish, end.clean)


def inside_word(words: Sequence[Word], time: float) -> bool:
    begun = bisect.bisect_left(words, time, key=lambda word: word.start)
    return begun > 0 and words[begun - 1].end > time
