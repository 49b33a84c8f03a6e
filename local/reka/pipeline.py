"""One job from sources to clips, in a process of its own.

`python -m local.reka.pipeline ORDER.json` writes JSON lines on stdout: stages, measurements,
notes, and at last either the output or one clear sentence about what is wrong with the input.
Both end with exit code 0; any other code is a crash of ours or of a native library, which the
service that started the process survives.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from local.reka.choosing import choose_clips
from local.reka.ffmpeg import FfmpegError, FfmpegMissing
from local.reka.indexing import Index, Span
from local.reka.making import Maker
from local.reka.order import Clip, Order
from local.reka.probe import SHORTEST, Source, UnusableVideo, probe
from local.reka.remux import with_index
from local.reka.report import Emit, Report
from local.reka.windows import Indexed

Result = TypeVar("Result")


class NoClips(Exception):
    """The order can't be carried out; the message is one sentence for a person."""


def cut(order: Order, report: Report) -> list[Clip]:
    """Carries out `order`: its clips lie in its directory, the best first. Raises NoClips."""
    try:
        return stages(order, report)
    except UnusableVideo as unusable:
        raise NoClips(str(unusable)) from unusable
    except FfmpegMissing as missing:
        raise NoClips(str(missing)) from missing
    except FfmpegError as broken:
        sys.stderr.write(f"{broken.log}\n")  # for the operator; the person gets a sentence
        raise NoClips("The video could not be cut: export it again as an ordinary MP4.") from broken


def stages(order: Order, report: Report) -> list[Clip]:
    """The three stages, with a directory for what is of no use afterwards."""
    report.stage("indexing")
    with report.measure("probe", 0):
        probed = numbered(order, lambda number: probe(order.sources[number]))
        spans = numbered(order, lambda number: span_of(order, probed[number]))
    order.directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".work-", dir=order.directory) as name:
        workshop = Path(name).absolute()
        sources = [with_index(each, workshop / f"{k}.mkv") for k, each in enumerate(probed)]
        videos = look_at_all(order, sources, spans, report)
        report.stage("preprocessing")
        with report.measure("scoring", sum(video.end - video.begin for video in videos)):
            choice = choose_clips(order, videos, report)
        report.stage("processing")
        return Maker(order, sources, videos, report).make(choice, workshop)


def look_at_all(
    order: Order, sources: Sequence[Source], spans: Sequence[Span], report: Report
) -> list[Indexed]:
    with Index(report, order.threads) as index:
        return numbered(order, lambda number: index.look(number, sources[number], spans[number]))


def numbered(order: Order, work: Callable[[int], Result]) -> list[Result]:
    """`work` for each source in turn; an UnusableVideo says which it is, if there are several."""
    results = []
    for number in range(len(order.sources)):
        try:
            results.append(work(number))
        except UnusableVideo as unusable:
            if len(order.sources) == 1:
                raise
            raise UnusableVideo(f"Video {number + 1}: {unusable}") from unusable
    return results


def span_of(order: Order, source: Source) -> Span:
    """The asked part of a source. Raises UnusableVideo when that lies behind its end."""
    start = order.source_start_time or 0.0
    if start and source.duration is not None and start > source.duration - SHORTEST:
        raise UnusableVideo(
            f"The video ends at {source.duration:.0f} s, before the asked start at {start:.0f} s: "
            "choose an earlier source_start_time."
        )
    end = order.source_end_time
    return Span(start, None if end is None else end - start)


def read_order(file: Path) -> Order:
    """The order in a JSON file. Raises NoClips with every problem in it."""
    try:
        return Order.model_validate_json(file.read_bytes())
    except ValidationError as wrong:
        problems = (
            f"{'.'.join(map(str, each['loc'])) or 'order'}: {each['msg']}"
            for each in wrong.errors()
        )
        raise NoClips(f"The order is not valid ({'; '.join(problems)}).") from wrong


def main(arguments: Sequence[str]) -> int:
    """Runs the one order named in `arguments`; the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m local.reka.pipeline ORDER.json\n")
        return 2
    emit = json_lines()
    try:
        clips = cut(read_order(Path(arguments[0])), Report(emit))
    except NoClips as reason:
        emit({"error": str(reason)})
    else:
        emit({"output": [clip.as_json() for clip in clips]})
    return 0


def json_lines() -> Emit:
    """Writes events to stdout, which is then theirs alone: native libraries print there too."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def emit(event: Mapping[str, object]) -> None:
        events.write(json.dumps(event, ensure_ascii=False) + "\n")
        events.flush()

    return emit


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
