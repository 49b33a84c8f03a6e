"""Two runs beside each other: CPU ratios agree within 15 %, those of wall time at the median within 30 %."""

import io
from collections.abc import Iterable
from pathlib import Path

import pytest
import typer
from rich.console import Console

from bench import __main__ as command
from bench import report
from bench.again import compared, table
from bench.pairs import Figure


def figure(name: str, ratio: float | None) -> Figure:
    return Figure(name, "ms", 1.0, 1.0, ratio, (1.0, 1.0), None, None)


def verdicts(kept: Iterable[Figure], taken: Iterable[Figure]) -> list[bool | None]:
    return [each.agrees for each in compared(kept, taken)]


@pytest.mark.parametrize(
    ("name", "then", "now", "agrees"),
    [
        ("ack: one, CPU per command", 1.0, 1.15, True),
        ("ack: one, CPU per command", 1.0, 1.16, False),
        ("ack: one, CPU per command", 1.16, 1.0, False),
        ("streams: 100, CPU per event", 2.0, 2.3, True),
        ("streams: 100, CPU to open, per stream", 2.0, 2.4, False),
        ("ack: one, p50", 1.0, 1.3, True),
        ("ack: one, p50", 1.31, 1.0, False),
        ("ack: one, p99", 1.0, 9.0, None),
        ("streams: 100, memory per stream", 1.0, 9.0, None),
        ("limit: completed to ping, p50", 0.0, 0.0, True),
        ("limit: completed to ping, p50", 0.0, 0.1, False),
    ],
)
def test_ratios_agree_within_what_their_kind_allows(
    name: str, then: float, now: float, agrees: bool | None
) -> None:
    assert verdicts([figure(name, then)], [figure(name, now)]) == [agrees]


def test_a_figure_that_is_new_or_has_no_ratio_is_not_judged() -> None:
    new, bare = figure("ack: new, p50", 2.0), figure("ack: bare, p50", None)
    assert verdicts([bare], [new, bare]) == [None, None]


def test_a_ratio_that_was_not_there_before_does_not_agree() -> None:
    assert verdicts([figure("ack: a, p50", None)], [figure("ack: a, p50", 1.0)]) == [False]


def test_what_is_apart_is_said_and_what_was_not_taken_now_is_left_out() -> None:
    kept = [figure("ack: a, p50", 1.0), figure("ack: b, p50", 1.0), figure("edit: c, p50", 1.0)]
    taken = [figure("ack: a, p50", 1.1), figure("ack: b, p50", 2.0)]
    console = Console(file=io.StringIO(), width=120)
    console.print(table(compared(kept, taken)))
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above
    assert ("agrees" in shown, "apart" in shown, "edit:" in shown) == (True, True, False)


@pytest.mark.parametrize(("ratio", "status"), [(1.1, 0), (2.0, 1)])
def test_a_second_run_keeps_nothing_and_fails_where_it_is_apart(
    ratio: float, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bench.json"
    report.write(file, [figure("ack: a, p50", 1.0)])
    before = file.read_bytes()
    monkeypatch.setitem(command.BENCHMARKS, "ack", lambda _, __: [figure("ack: a, p50", ratio)])
    with pytest.raises(typer.Exit) as ended:
        command.main(only="ack", pairs=1, scale=1.0, root=tmp_path, against=file)
    assert ended.value.exit_code == status
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
