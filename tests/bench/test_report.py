"""The table, the file and the README: figures stay what they are, and a goal missed is said."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from bench import report
from bench.__main__ import BENCHMARKS, ROOT
from bench.pairs import Figure

KEYS = ["name", "unit", "ours", "reference", "ratio", "spread", "goal", "met"]
ORDER = ["ack", "edit", "clips"]


def row(name: str, *, met: bool | None = True, goal: str | None = "≤ 1.5×") -> Figure:
    return Figure(name, "ms", 1234.0, 1000.0, 1.234, (1.1, 1.3), goal, met)


def test_the_file_is_a_list_of_rows_and_reads_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    rows = [row("ack: p50"), row("ack: p99", met=None, goal=None)]
    report.write(file, rows)
    assert [list(each) for each in json.loads(file.read_text())] == [KEYS, KEYS]
    assert report.read(file) == rows
    assert len(file.read_text().splitlines()) == 2 + len(rows)


def test_one_benchmark_taken_anew_replaces_its_own_rows_only() -> None:
    kept = [row("ack: old"), row("ack: gone"), row("clips: p50")]
    found = report.merged(kept, [row("edit: p50"), row("ack: new")], ORDER)
    assert [each.name for each in found] == ["ack: new", "edit: p50", "clips: p50"]


def test_the_table_shows_every_row_and_says_which_goal_was_missed() -> None:
    console = Console(width=200, record=True)
    console.print(report.table([row("ack: good"), row("ack: bad", met=False), row("ack: told", met=None, goal=None)]))  # fmt: skip
    lines = console.export_text().splitlines()
    said = {name: next(line for line in lines if name in line) for name in ("good", "bad", "told")}
    assert "1.234×" in said["good"]
    assert "1.1–1.3" in said["good"]
    assert "met" in said["good"]
    assert "missed" in said["bad"]
    assert "m" not in said["told"].replace("ms", "")


def test_the_readme_quotes_figures_with_a_goal_each_with_ratio_verdict_and_command() -> None:
    said = report.quoted([row("ack: p50", met=False), row("clips: x"), row("ack: p99", goal=None)])
    assert "| ack: p50 | 1,234 ms | 1,000 ms | 1.234× | ≤ 1.5×, missed | `make bench ONLY=ack` |" in said  # fmt: skip
    assert "| clips: x | " in said
    assert "`make bench-clips`" in said
    assert "p99" not in said
    assert "| limit: worst | " in report.quoted([row("limit: worst", met=None, goal=None)])


def test_quoting_anew_changes_nothing_but_the_place_between_the_marks() -> None:
    readme = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    once = report.requoted(readme, [row("ack: p50")])
    assert once.startswith("before\n")
    assert once.endswith("\nafter\n")
    assert "old" not in once
    assert report.requoted(once, [row("ack: p50")]) == once


def test_a_readme_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for the figures"):
        report.requoted("nothing here", [])


def test_the_readme_quotes_what_stands_in_the_file_and_nothing_else() -> None:
    readme = (ROOT / "README.md").read_text()
    assert report.requoted(readme, report.read(ROOT / "docs/bench.json")) == readme


def test_every_row_of_the_file_belongs_to_a_benchmark_and_tells_where_it_was_taken() -> None:
    benchmarks = {report.benchmark_of(each) for each in report.read(ROOT / "docs/bench.json")}
    assert benchmarks <= set(BENCHMARKS)
    assert benchmarks == set(json.loads((ROOT / "docs/bench-machine.json").read_text()))


def test_a_goal_is_called_met_exactly_when_the_row_says_so() -> None:
    for each in report.read(ROOT / "docs/bench.json"):
        if each.goal is None:
            assert each.met is None
            continue
        most = float(each.goal.strip("≤× "))
        value = each.ratio if each.goal.endswith("×") else each.ours
        assert each.met is (value is not None and value <= most), each.name
