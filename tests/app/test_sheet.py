"""The trail as CSV: what a program reads back, and what no spreadsheet runs."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import JobState
from bot.render import sheet
from bot.slots import Ending
from bot.trail import Reader, Spent
from tests.app.job import ASKER, LINK, NOW, clip, job
from tests.app.test_hostile_text import HOSTILE
from tests.app.test_trail import spent

URL = "https://team.slack.test/"


def read(*rows: Spent) -> list[dict[str, str]]:
    """As Python's own reader gives it back."""
    text = sheet.head() + "".join(sheet.row(row, URL) for row in rows)
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_row_says_who_spent_what_when_where_and_to_what_end() -> None:
    ended: dict[str, Any] = {"state": JobState.COMPLETED, "clips": (clip(), clip()), "reka_id": "r"}
    made = job(prompt='the "goals", all', card_ts="2.5", thread_ts="1.0", **ended)
    [row] = read(spent(job=made, taken_at=NOW, occupied_until=NOW + 1_500))
    assert row == {
        "taken_at": "2026-09-21T14:13:20.000+00:00",
        "occupied_until": "2026-09-21T14:13:21.500+00:00",
        "user_id": ASKER,
        "channel_id": "C1",
        "job_id": "job-1",
        "prompt": 'the "goals", all',
        "video_urls": LINK,
        "ending": "accepted",
        "status": "",
        "outcome": "2 clips are ready",
        "clips": "2",
        "card_ts": "2.5",
        "card_url": f"{URL}archives/C1/p25?thread_ts=1.0&cid=C1",
    }


def test_what_happened_elsewhere_says_who_and_when_and_no_more() -> None:
    made = job(prompt="layoffs", card_ts="2.5")
    seen = Reader("T1", "U2", frozenset()).sees(spent(job=made, status=422, ending=Ending.REFUSED))
    [row] = read(seen)
    assert (row["user_id"], row["channel_id"]) == (ASKER, "elsewhere")
    assert row["outcome"] == "refused by Reka (422), counted"
    hidden = ("job_id", "prompt", "video_urls", "clips", "card_ts", "card_url")
    assert [row[name] for name in hidden] == [""] * 6
    assert "C1" not in row.values()


def test_without_an_address_of_the_workspace_there_is_none_of_the_card() -> None:
    row = sheet.row(spent(job=job(card_ts="2.5")), None)
    assert row.endswith(',"2.5",""\r\n')


def test_lines_end_as_the_rfc_says_and_the_header_comes_first() -> None:
    assert sheet.head().startswith('"taken_at","occupied_until","user_id"')
    assert sheet.head().endswith("\r\n")
    assert sheet.row(spent(), URL).count("\r\n") == 1


@pytest.mark.parametrize(
    "formula",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM",
    ],
)
def test_a_cell_that_may_be_a_formula_is_text(formula: str) -> None:
    assert sheet.literal(formula) == f"'{formula}"


@pytest.mark.parametrize("harmless", ["", "goals", "1+1", "a=b", "'=1", "2026-09-21", "…"])
def test_any_other_cell_stays_as_it_is(harmless: str) -> None:
    assert sheet.literal(harmless) == harmless


@given(st.text())
def test_no_wish_makes_a_formula_another_row_or_another_cell(prompt: str) -> None:
    [row] = read(spent(job=job(prompt=prompt, card_ts=prompt)))
    assert list(row) == list(sheet.COLUMNS)
    for cell in row.values():
        assert cell[:1] not in set("=+-@\t\r\n")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_one_cell_of_utf_8(text: str) -> None:
    rows = read(spent(job=job(prompt=text, video_urls=(text, LINK))), spent())
    assert len(rows) == 2
    assert str(rows).encode()
    assert sheet.row(spent(job=job(prompt=text, video_urls=(text,))), URL).encode()
