"""`/reel slots` and `/reel log` as they are drawn: within Slack's limits, and in plain words."""

from typing import Any

import pytest

from bot.jobs import Job, JobState
from bot.render import ledger
from bot.render.blocks import Message
from bot.slots import Ending, Standing, minute
from bot.trail import Reader, Spent, Window
from local.slack.blockkit.check import check_message
from tests.app.job import ASKER, NOW, clip, job
from tests.app.line import DAY
from tests.app.test_hostile_text import elements_in, mrkdwn_in
from tests.app.test_trail import spent

HOUR = DAY // 24
URL = "https://team.slack.test/"


def window(slots: int, limit: int | None = 10, **changes: Any) -> Window:
    """So many occupied slots, one an hour."""
    held = tuple(spent(job=None, occupied_until=NOW + n * HOUR + 1) for n in range(slots))
    left = None if limit is None else max(0, limit - slots)
    frees_at = held[0].occupied_until if held else None
    made = {"standing": Standing(limit, left, frees_at), "occupied": held}
    return Window(**{"now": NOW, "window_ms": DAY, **made, **changes})


def read(message: Message) -> str:
    """Everything that is shown, as one text."""
    shown = [
        str(element.get("text") or element.get("user_id") or element.get("channel_id") or "date")
        for element in elements_in(message)
    ]
    return " ".join([*mrkdwn_in(message.blocks), *shown])


def fits(message: Message) -> bool:
    return (
        check_message(message.blocks) == []
        and len(message.blocks) <= 50
        and 0 < len(message.text) <= 3_000
    )


def test_the_window_shows_what_is_left_the_bar_and_a_line_for_each_slot() -> None:
    message = ledger.slots(window(3))
    assert fits(message)
    assert "*7 of 10* slots are left" in message.text
    assert "The next one frees <!date^" in message.text
    [bar] = [e["text"] for e in elements_in(message) if "now" in str(e.get("text"))]
    assert bar == f"now{' ' * 17}24 h\n111{'·' * 21}"
    assert [e["user_id"] for e in elements_in(message) if e["type"] == "user"] == [ASKER] * 3
    dates = [e["timestamp"] for e in elements_in(message) if e["type"] == "date"]
    assert dates == [
        moment // 1000
        for held in window(3).occupied
        for moment in (held.taken_at, minute(held.occupied_until))
    ]
    assert read(message).count("taken by Reka") == 3


def test_a_slot_elsewhere_names_no_channel() -> None:
    seen = Reader("T1", "U2", frozenset()).sees(spent())
    message = ledger.slots(window(1, occupied=(seen,)))
    assert " elsewhere" in read(message)
    assert all(element["type"] != "channel" for element in elements_in(message))


def test_nothing_occupied_is_said_without_a_bar() -> None:
    message = ledger.slots(window(0))
    assert fits(message)
    assert "*10 of 10* slots are left" in message.text
    assert list(elements_in(message)) == []
    assert ledger.freeing(window(0)) is None


def test_an_account_without_a_limit_says_so() -> None:
    message = ledger.slots(window(3, limit=None))
    assert fits(message)
    assert message.text == "Clips are not limited here."
    assert list(elements_in(message)) == []
    assert ledger.freeing(window(3, limit=None)) is None


def test_a_hundred_slots_and_a_hundred_who_wait_still_fit() -> None:
    line_up = tuple((f"U{number}", NOW + number if number % 2 else None) for number in range(100))
    message = ledger.slots(window(100, limit=100, waiting=line_up))
    assert fits(message)
    assert read(message).count("and 80 more") == 2
    assert "*0 of 100* slots are left" in message.text


def test_who_waits_is_listed_after_the_slots_the_next_in_line_first() -> None:
    message = ledger.slots(window(10, waiting=(("U1", NOW + HOUR), ("U2", None))))
    words = read(message)
    assert words.index("taken by Reka") < words.index("next in line:  U1")
    assert "U1   starts about  date" in words
    assert words.rstrip().endswith("2.  U2")


def test_where_reka_left_fewer_both_counts_are_said() -> None:
    message = ledger.slots(window(3, standing=Standing(10, 2, NOW + 1)))
    assert "*2 of 10* slots are left" in message.text
    assert "By my own count it would be 7" in message.text


def test_home_gets_the_bar_in_a_line() -> None:
    assert ledger.freeing(window(2)) == (
        f"When taken slots free, from now to 24 h ahead: `11{'·' * 22}`  `/reel slots` tells more."
    )


DONE = {"state": JobState.COMPLETED, "clips": (clip(),), "reka_id": "r1"}


@pytest.mark.parametrize(
    ("ending", "status", "made", "words"),
    [
        (Ending.OPEN, None, job(state=JobState.SUBMITTING), "on its way to Reka"),
        (Ending.ACCEPTED, None, job(**DONE), "1 clip is ready"),
        (
            Ending.ACCEPTED,
            None,
            job(state=JobState.RUNNING, stage="indexing", reka_id="r1"),
            "Making 3 clips: indexing",
        ),
        (
            Ending.ACCEPTED,
            None,
            job(state=JobState.NO_ANSWER, reka_id="r1"),
            "No answer from Reka",
        ),
        (Ending.ACCEPTED, None, None, "taken by Reka"),
        # Reka's id was another job's.
        (Ending.ACCEPTED, 200, job(state=JobState.FAILED), "No clips this time"),
        (Ending.REFUSED, 422, job(state=JobState.FAILED), "refused by Reka (422), counted"),
        (Ending.RELEASED, 429, job(), "refused by Reka (429), not counted"),
        (Ending.RELEASED, None, job(), "surely not landed, not counted"),
        (
            Ending.AMBIGUOUS,
            None,
            job(state=JobState.UNSURE),
            "unsure whether it landed, so it counts",
        ),
        (Ending.AMBIGUOUS, None, None, "unsure whether it landed, so it counts"),
        # A person told its id.
        (Ending.AMBIGUOUS, None, job(**DONE), "1 clip is ready"),
    ],
)
def test_the_end_of_a_slot_is_said_in_plain_words(
    ending: Ending, status: int | None, made: Job | None, words: str
) -> None:
    assert ledger.end(spent(ending=ending, status=status, job=made)) == words


def test_every_ending_has_its_words() -> None:
    for ending in Ending:
        for made in (None, job()):
            assert ledger.end(spent(ending=ending, job=made))


def test_the_log_says_when_who_where_what_for_and_to_what_end_with_the_way_to_the_card() -> None:
    made = job(prompt="the goals", card_ts="2.5", thread_ts="1.0", **DONE)
    message = ledger.log([spent(job=made)], URL)
    assert fits(message)
    assert message.text == "The slots that were taken last, the newest first."
    for words in (ASKER, "C1", "the goals", "1 clip is ready", "its card"):
        assert words in read(message)
    [way] = [element for element in elements_in(message) if element["type"] == "link"]
    assert way["url"] == f"{URL}archives/C1/p25?thread_ts=1.0&cid=C1"


def test_the_log_of_what_happened_elsewhere_shows_no_wish_and_no_way() -> None:
    made = job(prompt="layoffs", card_ts="2.5", **DONE)
    seen = Reader("T1", "U2", frozenset()).sees(spent(job=made))
    words = read(ledger.log([seen], URL))
    assert " elsewhere" in words
    assert "taken by Reka" in words
    assert "layoffs" not in words
    assert "its card" not in words


def test_a_log_without_a_wish_says_what_was_asked_for_and_an_empty_one_that_it_is() -> None:
    assert "3 clips" in read(ledger.log([spent()], URL))
    empty = ledger.log([], URL)
    assert fits(empty)
    assert empty.text == "No slot has been spent yet."


def test_twenty_long_lines_fit_into_one_message() -> None:
    long: list[Spent] = [spent(job=job(prompt="&" * 500, card_ts="2.5", **DONE))] * 20
    assert fits(ledger.log(long, f"https://{'x' * 200}.test/"))
