"""The clip service's benchmark: a small run of it, and that a stage alone does the work that it does in the pipeline."""

import math
import sys
from collections.abc import Iterator

import pytest

from bench import clips, stage
from local.reka import indexing
from local.reka.probe import Source, probe
from local.reka.report import Report
from local.reka.sound import Piece, pieces

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks need Linux")


def test_one_pair_of_it_gives_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "HEIGHTS", (240,))
    rows = clips.run(1, 0.05)
    assert len({row.name for row in rows}) == len(rows) == 9
    assert all(math.isfinite(row.ours) and row.ours > 0 for row in rows)
    assert all((row.reference is not None) == (row.goal is not None) for row in rows)


def test_speech_alone_is_cut_into_the_pieces_of_the_pipeline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[float] = []

    def noted(
        source: Source, start: float, length: float | None, seconds: float
    ) -> Iterator[Piece]:
        asked.append(seconds)
        return pieces(source, start, length, seconds)

    monkeypatch.setattr(stage, "pieces", noted)
    monkeypatch.setattr(indexing, "pieces", noted)
    source = probe(clips.TALK)
    stage.speech(source)()
    with indexing.Index(Report(lambda event: None), stage.THREADS) as index:
        index.look(0, source, indexing.Span())
    alone, piped = asked
    assert alone == piped
