"""Looks at and listens to one source: picture and sound side by side."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from local.reka import speech_model
from local.reka.picture import Picture, watch
from local.reka.probe import Source
from local.reka.report import Report
from local.reka.sentences import Word, sentences, settle
from local.reka.sound import LEVELS_PER_SECOND, loudness, pieces
from local.reka.speech import Heard, Transcriber, piece_seconds
from local.reka.track import Track, Values, empty
from local.reka.windows import Indexed

MISSING_END = 2.0  # seconds of picture short of the promised length that are worth a word


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a source to look at: `length` seconds (None: the rest) from `start` on."""

    start: float = 0.0
    length: float | None = None

    def seconds(self, source: Source) -> float:
        """Its length as far as it is known beforehand."""
        rest = max(0.0, (source.duration or 0.0) - self.start)
        return rest if self.length is None else min(self.length, rest or self.length)


@dataclass(frozen=True, slots=True)
class Listening:
    """How loud a source is, and what is said in it."""

    loudness: Track
    words: tuple[Word, ...]


class Index:
    """Makes an Indexed of each source. The speech model is loaded while the first is probed."""

    def __init__(self, report: Report, threads: int) -> None:
        self._report = report
        self._threads = threads
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="index")
        self._model: Future[Any] = self._pool.submit(self._load_model)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown()

    def look(self, number: int, source: Source, span: Span) -> Indexed:
        """Source `number`, watched and heard. Raises UnusableVideo and FfmpegError."""
        heard = self._pool.submit(self._listen, source, span) if source.has_sound else None
        with self._report.measure("shots", span.seconds(source)):
            picture = watch(source, span.start, span.length)
        listening = heard.result() if heard else Listening(empty(span.start), ())
        for sentence in remarks(source, span, picture, listening):
            self._report.note(sentence)
        return Indexed(
            source=number,
            begin=span.start,
            end=picture.end,
            picture=picture,
            loudness=listening.loudness,
            words=listening.words,
            sentences=tuple(settle(sentences(listening.words), listening.loudness)),
        )

    def _listen(self, source: Source, span: Span) -> Listening:
        seconds = span.seconds(source)
        model = self._model.result()
        transcriber = Transcriber(model, self._threads) if model else None
        levels: list[Values] = []
        with self._report.measure("speech" if transcriber else "sound", seconds):
            most = piece_seconds(seconds, self._threads)
            for piece in pieces(source, span.start, span.length, most):
                levels.append(loudness(piece.samples))
                if transcriber:
                    transcriber.add(piece)
            heard = transcriber.finish() if transcriber else Heard((), 0)
        self._remark_on_speech(transcriber is not None, heard)
        joined = np.concatenate(levels) if levels else np.zeros(0, np.float32)
        return Listening(Track(span.start, LEVELS_PER_SECOND, joined), heard.words)

    def _load_model(self) -> Any:
        with self._report.measure("speech model", 0):
            try:
                return speech_model.load(self._threads)
            except speech_model.SpeechMissing as missing:
                self._report.note(f"{missing}: cut by sound and picture, without captions.")
                return None

    def _remark_on_speech(self, tried: bool, heard: Heard) -> None:
        if tried and heard.unclear > len(heard.words) / 10:
            self._report.note(
                "Much of the speech could not be understood: only English is transcribed."
            )
        elif tried and not heard.words:
            self._report.note("No speech was found: cut by sound and picture, without captions.")


def remarks(source: Source, span: Span, picture: Picture, listening: Listening) -> list[str]:
    """What a person should know about this source."""
    found = []
    if not source.has_sound:
        found.append("The video has no sound: cut by picture, without captions.")
    elif not len(listening.loudness.values):
        found.append("The sound could not be decoded: cut by picture, without captions.")
    promised = span.start + span.seconds(source)
    if promised - picture.end > MISSING_END:
        found.append(
            f"The video breaks off: {picture.end:.0f} of {promised:.0f} seconds could be read."
        )
    return found
