"""`python -m bench.stage analysis|speech VIDEO`: one stage of the clip service alone; writes the CPU seconds it took, ffmpeg's included."""

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from local.reka import speech_model
from local.reka.picture import watch
from local.reka.probe import Source, probe
from local.reka.sound import pieces
from local.reka.speech import Transcriber, piece_seconds

THREADS = 2


def analysis(source: Source) -> Callable[[], object]:
    """Cuts and motion: what is known of the picture before anything is chosen."""
    return lambda: watch(source)


def speech(source: Source) -> Callable[[], object]:
    """Every word that is said; the model is loaded before the clock runs."""
    transcriber = Transcriber(speech_model.load(THREADS), THREADS)
    most = piece_seconds(source.duration or 0.0, THREADS)

    def hear() -> None:
        for piece in pieces(source, 0, None, most):
            transcriber.add(piece)
        transcriber.finish()

    return hear


def used() -> float:
    """CPU seconds so far, those of processes that have ended included."""
    each = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in each)


if __name__ == "__main__":
    work = {"analysis": analysis, "speech": speech}[sys.argv[1]](probe(Path(sys.argv[2])))
    before = used()
    work()
    print(json.dumps({"cpu": used() - before}))  # noqa: T201
