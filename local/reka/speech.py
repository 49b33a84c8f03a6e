"""Speech to text with word times, in pieces side by side."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from local.reka.sentences import Word
from local.reka.sound import Piece

BATCH = 8  # 30-second stretches decoded together
SHORTEST_PIECE, LONGEST_PIECE = 30.0, 90.0  # seconds of sound handed to the model at once


def piece_seconds(seconds: float, workers: int) -> float:
    """How long the pieces of so much sound are at most. Short videos are shared out evenly, so that every worker has one."""
    return min(LONGEST_PIECE, max(SHORTEST_PIECE, seconds / workers + 1))


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of a piece, and how many stretches of speech made no sense in English."""

    words: tuple[Word, ...]
    unclear: int


class Transcriber:
    """Transcribes pieces on `workers` threads; at most one piece more than that is waiting."""

    def __init__(self, model: Any, workers: int) -> None:
        self._model = model
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="speech")
        self._pending: list[Future[Heard]] = []

    def add(self, piece: Piece) -> None:
        """Queues a piece; waits while enough are under way, so memory stays flat."""
        busy = [future for future in self._pending if not future.done()]
        if len(busy) > self._workers:
            busy[0].result()
        self._pending.append(self._pool.submit(transcribe, self._model, piece))

    def finish(self) -> Heard:
        """Everything that was said, in order."""
        heard = [future.result() for future in self._pending]
        self._pool.shutdown()
        words = tuple(word for part in heard for word in part.words)
        return Heard(words, sum(part.unclear for part in heard))


def transcribe(model: Any, piece: Piece) -> Heard:
    """The words of one piece. Voice activity detection keeps music and silence from the model."""
    from faster_whisper import BatchedInferencePipeline

    # One pipeline for each piece: it keeps state between segments.
    segments, _ = BatchedInferencePipeline(model).transcribe(
        piece.samples,
        language="en",
        beam_size=1,
        batch_size=BATCH,
        word_timestamps=True,
        vad_filter=True,
        condition_on_previous_text=False,
    )
    found = list(segments)
    clear = [each for each in found if each.no_speech_prob < 0.7 and each.avg_logprob > -1.2]
    spoken = (word for each in clear for word in each.words or ())
    return Heard(tuple(joined(spoken, piece.begin)), len(found) - len(clear))


def joined(spoken: Iterable[Any], begin: float) -> list[Word]:
    """Whisper's word pieces as words: one without a leading space continues the one before."""
    words: list[Word] = []
    for part in spoken:
        text = part.word.strip()
        if not text:
            continue
        if words and not part.word.startswith(" "):
            last = words.pop()
            words.append(Word(last.start, begin + float(part.end), last.text + text))
        else:
            words.append(Word(begin + float(part.start), begin + float(part.end), text))
    return words
