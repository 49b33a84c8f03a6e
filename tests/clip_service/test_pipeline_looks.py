"""How a clip looks and reads: crop, captions, title, hashtags, size."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.reka.captions import clock, font_size, harmless, lines, script
from local.reka.framing import (
    Crop,
    Knot,
    Sighting,
    crop_position,
    largest_crop,
    track,
)
from local.reka.order import Order
from local.reka.sentences import Sentence, Word
from local.reka.wording import LONGEST_TITLE, title, wording

SIZE = (720, 1280)


def spoken(text: str, start: float = 0.0) -> Sentence:
    words = tuple(
        Word(start + k * 0.4, start + k * 0.4 + 0.35, word) for k, word in enumerate(text.split())
    )
    return Sentence(words[0].start, words[-1].end, words)


@pytest.mark.parametrize(
    ("shape", "resolution", "size"),
    [
        ("9:16", 720, (720, 1280)),
        ("16:9", 720, (1280, 720)),
        ("4:5", 720, (720, 900)),
        ("1:1", 720, (720, 720)),
        ("9:16", 1080, (1080, 1920)),
        ("9:16", 480, (480, 854)),
        ("9:16", 240, (240, 426)),
    ],
)
def test_resolution_is_the_shorter_side(shape: str, resolution: int, size: tuple[int, int]) -> None:
    order = Order.model_validate(
        {"sources": ["/a"], "directory": "/b", "aspect_ratio": shape, "resolution": resolution}
    )
    assert order.size == size


@given(st.integers(2, 8000), st.integers(2, 8000), st.sampled_from([SIZE, (1280, 720), (720, 720)]))
def test_the_crop_lies_inside_any_picture(width: int, height: int, size: tuple[int, int]) -> None:
    crop = largest_crop((width, height), size)
    assert 2 <= crop.width <= width
    assert 2 <= crop.height <= height
    assert crop.room >= 0
    assert crop.room == (width - crop.width if crop.axis == "x" else height - crop.height)


def test_a_still_subject_gets_a_still_crop() -> None:
    seen = [Sighting(k / 2, 0.7 + 0.01 * (k % 2), 1.0) for k in range(20)]
    knots = track(seen, [(0.0, 10.0)])
    assert len(knots) == 2
    assert knots[0].place == knots[1].place == pytest.approx(0.705, abs=0.01)


def test_a_walking_subject_is_followed() -> None:
    seen = [Sighting(k / 2, 0.4 + 0.015 * k, 1.0) for k in range(20)]
    places = [knot.place for knot in track(seen, [(0.0, 10.0)])]
    assert places[0] < 0.5 < places[-1]
    assert max(abs(b - a) for a, b in pairwise(places)) < 0.06


def test_a_stray_face_does_not_pull_the_crop() -> None:
    seen = [Sighting(k / 2, 0.3, 5.0) for k in range(10)] + [Sighting(2.2, 0.95, 1.0)]
    assert {knot.place for knot in track(seen, [(0.0, 5.0)])} == {0.3}


def test_each_shot_has_its_own_subject() -> None:
    seen = [Sighting(k / 2, 0.2 if k < 10 else 0.8, 1.0) for k in range(20)]
    first, _, second, _ = track(seen, [(0.0, 5.0), (5.0, 10.0)])
    assert (first.place, second.place) == (0.2, 0.8)


def test_without_a_subject_the_crop_is_in_the_middle() -> None:
    crop = Crop(400, 720, "x", 880)
    assert crop_position(track([], [(0.0, 8.0)]), crop) == "440"


@given(
    st.lists(st.tuples(st.floats(0, 30), st.floats(-0.5, 1.5)), min_size=1, max_size=12),
    st.floats(0, 40),
)
def test_the_crop_never_leaves_the_picture(points: list[tuple[float, float]], t: float) -> None:
    crop = Crop(404, 720, "x", 876)
    times = sorted({round(time, 2) for time, _ in points})
    knots = [Knot(time, place) for time, (_, place) in zip(times, points, strict=False)]
    python = re.sub(r"(gte|lt)\(t,([\d.]+)\)", r"(t \1 \2)", crop_position(knots, crop))
    python = python.replace("gte", ">=").replace("lt", "<")
    x = eval(python, {"__builtins__": {}}, {"t": t})  # noqa: S307 - our own expression
    assert -2 <= x <= crop.room + 2


def test_one_word_at_a_time_is_marked() -> None:
    text = script(spoken("the phone still works").words, 0, 3, SIZE)
    assert text is not None
    events = [line for line in text.splitlines() if line.startswith("Dialogue")]
    assert len(events) == 4
    assert all(line.count("00E5FF") == 1 for line in events)
    assert r"{\c&H00E5FF&}still{\c&HFFFFFF&} works" in events[2]


def test_captions_do_not_overlap_and_stay_in_the_clip() -> None:
    words = spoken("one two three four five six seven eight nine ten").words
    shown = lines(words, 0.5, 3.0, SIZE)
    assert shown[0][0] >= 0
    assert shown[-1][1] <= 2.5
    assert all(left[1] <= right[0] for left, right in pairwise(shown))


def test_a_caption_line_is_short() -> None:
    words = spoken(
        "extraordinary circumstances notwithstanding everybody unquestionably agreed"
    ).words
    for _, _, text in lines(words, 0, 5, SIZE):
        assert len(re.sub(r"\{.*?\}", "", text)) <= 22 + 13


def test_a_word_wider_than_the_frame_is_narrowed() -> None:
    long = "Donaudampfschifffahrtsgesellschaft"
    ((_, _, text),) = lines(spoken(long).words, 0, 2, SIZE)
    narrowed = re.search(r"\\fscx(\d+)", text)
    assert narrowed
    assert len(long) * font_size(SIZE) * 0.6 * int(narrowed[1]) / 100 <= 720


def test_what_is_said_cannot_become_an_override_code() -> None:
    assert harmless("{\\pos(0,0)}a\nb") == "(/pos(0,0))a b"


def test_nothing_said_means_no_captions() -> None:
    assert script(spoken("later").words, 10, 20, SIZE) is None


def test_the_clock_carries_over() -> None:
    assert clock(59.999) == "0:01:00.00"
    assert clock(3725.5) == "1:02:05.50"


OUTAGE = [
    spoken("On the second of March we took the whole service down for six hours."),
    spoken(
        "A single expired certificate locked every customer out, and our own status page was behind it."
    ),
    spoken("So we deleted the manual checklist and wrote a robot."),
]


def test_hashtags_are_the_things_named() -> None:
    tags = wording(OUTAGE, OUTAGE).hashtags
    assert 3 <= len(tags) <= 5
    assert "#ExpiredCertificate" in tags
    assert all(re.fullmatch(r"#\w+", tag) for tag in tags)


def test_the_sentences_before_lend_a_hashtag() -> None:
    said = [spoken("And it works.")]
    assert "#Ladder" in wording(said, said, [spoken("I drop it from the ladder.")]).hashtags


def test_the_title_follows_the_wish() -> None:
    liking = [0.0, 0.0, 0.9]
    assert wording(OUTAGE, OUTAGE, (), liking).title.startswith("We deleted the manual checklist")


@pytest.mark.parametrize(
    ("sentence", "headline"),
    [
        ("And so, it still works.", "It still works"),
        ("What does it cost?", "What does it cost?"),
        (
            "My grandmother called me last week, and for the first time she called me with video.",
            "My grandmother called me last week",
        ),
    ],
)
def test_a_title_is_one_clean_clause(sentence: str, headline: str) -> None:
    assert title(sentence) == headline


@given(st.text(st.sampled_from("ab ,.;:?!"), max_size=200))
def test_a_title_is_short_and_has_no_trailing_comma(text: str) -> None:
    headline = title(text)
    assert len(headline) <= LONGEST_TITLE
    assert not headline.endswith((",", ";", ":"))


def test_without_words_there_is_still_a_title() -> None:
    nothing = wording([], [])
    assert nothing.title == "Highlight"
    assert nothing.caption == ""
    assert len(nothing.hashtags) >= 3
