"""From chosen moments to finished files: framing, captions, rendering, words."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

from local.reka.choosing import Choice
from local.reka.faces import FaceFinder, FacesMissing
from local.reka.framing import Crop, Knot, largest_crop, track
from local.reka.order import Clip, Order
from local.reka.probe import Source
from local.reka.ranking import Moment, Wish, sentence_span
from local.reka.rendering import Part, render
from local.reka.report import Report
from local.reka.sentences import Sentence
from local.reka.subject import looks, sightings
from local.reka.windows import Indexed, Window
from local.reka.wording import Wording, wording

LEADING = 3  # sentences before a moment that tell what it is about
WORTH_LOOKING = 4  # pixels of room from which it matters where the crop is


class Maker:
    """Makes the clips of one order, as many at once as there are threads."""

    def __init__(
        self, order: Order, sources: Sequence[Source], videos: Sequence[Indexed], report: Report
    ) -> None:
        self._order = order
        self._sources = sources
        self._videos = videos
        self._report = report
        self._finder = self._face_finder()

    def make(self, choice: Choice, workshop: Path) -> list[Clip]:
        """Writes every clip into the order's directory. Raises FfmpegError."""
        workers = min(self._order.threads, len(choice.clips))
        threads = math.ceil(self._order.threads / workers)
        with ThreadPoolExecutor(workers, thread_name_prefix="make") as pool:
            files = [
                pool.submit(self._render, moments, number, workshop / str(number), threads)
                for number, moments in enumerate(choice.clips, start=1)
            ]
            return [
                self._described(moments, file.result(), choice.wish)
                for moments, file in zip(choice.clips, files, strict=True)
            ]

    def _render(self, moments: Sequence[Moment], number: int, workshop: Path, threads: int) -> Path:
        seconds = sum(moment.window.seconds for moment in moments)
        with self._report.measure("framing", seconds):
            parts = [self._part(moment.window) for moment in moments]
        workshop.mkdir()
        draft = workshop / "clip.mp4"
        with self._report.measure("rendering", seconds):
            render(parts, self._order.size, draft, workshop, threads)
        # Under its name only when it is whole.
        return draft.replace(self._order.directory / f"clip{number}.mp4")

    def _part(self, window: Window) -> Part:
        source, video = self._sources[window.source], self._videos[window.source]
        crop = largest_crop(source.shown, self._order.size)
        return Part(
            source=source,
            start=window.start,
            end=window.end,
            crop=crop,
            knots=tuple(self._knots(source, video, window, crop)),
            words=video.words if self._order.subtitles else (),
            look=self._order.look,
        )

    def _knots(self, source: Source, video: Indexed, window: Window, crop: Crop) -> list[Knot]:
        shots = shots_of(video, window)
        if crop.room < WORTH_LOOKING:
            return track([], shots)
        seen = looks(source, window.start, window.seconds)
        return track(sightings(seen, shots, self._finder, crop.axis), shots)

    def _described(self, moments: Sequence[Moment], file: Path, asked: Wish | None) -> Clip:
        words = self._wording(moments, asked)
        return Clip(
            file=file.name,
            title=words.title,
            caption=words.caption,
            hashtags=list(words.hashtags),
            ai_score=round(sum(moment.score for moment in moments) / len(moments)),
            start=round(moments[0].window.start, 2),
            end=round(moments[-1].window.end, 2),
            source=moments[0].window.source,
        )

    def _wording(self, moments: Sequence[Moment], asked: Wish | None) -> Wording:
        said: list[Sentence] = []
        before: list[Sentence] = []
        liking: list[float] = []
        for moment in moments:
            number = moment.window.source
            video = self._videos[number]
            first, last = sentence_span(video, moment.window)
            said += video.sentences[first:last]
            before += lead_in(video, moment.window, first)
            if asked is not None:
                liking += (asked.sentences[number][first:last] @ asked.subject).tolist()
        everything = [each for video in self._videos for each in video.sentences]
        return wording(said, everything, before, liking or None)

    def _face_finder(self) -> FaceFinder | None:
        try:
            return FaceFinder(threads=1)
        except FacesMissing:
            self._report.note("The face finder is not installed: the crop follows motion.")
            return None


def lead_in(video: Indexed, window: Window, first: int) -> list[Sentence]:
    """The sentences right before number `first` that are of the window's own scene."""
    leading = video.sentences[max(0, first - LEADING) : first]
    return [each for each in leading if video.cut_between(each.end - 0.2, window.start) is None]


def shots_of(video: Indexed, window: Window) -> list[tuple[float, float]]:
    """The window's shots in seconds of the clip."""
    cuts = [
        cut - window.start
        for cut in video.picture.cuts
        if window.start + 0.1 < cut < window.end - 0.1
    ]
    edges = [0.0, *cuts, window.seconds]
    return list(pairwise(edges))
