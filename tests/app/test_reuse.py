"""Which earlier jobs fit a new ask: the same, the same under way, and near misses, which say what is different."""

import dataclasses
from dataclasses import replace
from typing import Any

import pytest

from bot.captions import CaptionStyle
from bot.jobs import LINKS_LAST_MS, JobState
from bot.render import reuse as render
from bot.render.reuse import NOTHING_SPENT, Place
from bot.request import DEFAULT_PROMPT, ReelRequest, Template
from bot.reuse import Earlier, Kind, Match, Offer, matches, wish
from local.slack.blockkit.check import check_message
from tests.app.job import LINK, NOW, clip, job

ASKED = ReelRequest((LINK,), "the goals", aspect_ratio="16:9", num_generations=2)
PLACE = Place("C1", NOW, "https://team.slack.test/")


def done(name: str = "job-1", request: ReelRequest = ASKED, **changes: Any) -> Earlier:
    """A completed job whose clips can be watched."""
    kept = changes.pop("kept", frozenset())
    completed = {"state": JobState.COMPLETED, "clips": (clip(),), "ended_at": NOW - 1_000}
    made = job(**{"id": name, "card_ts": "2.5", "thread_ts": "1.0", **completed, **changes})
    return Earlier(replace(made, request=request), kept)


def kinds(*earlier: Earlier, asked: ReelRequest = ASKED) -> list[str]:
    return [f"{match.kind} {match.job.id}" for match in matches(asked, earlier, NOW)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the goals", "The Goals"),
        ("the goals", "  the\tgoals  "),
        ("the goals", "the goals."),
        ("the goals", "the goals …"),
        ("the goals", "THE GOALS!?"),
        ("the goals", "ｔｈｅ goals"),
        ("Straße", "STRASSE"),
        (None, ""),
        (None, " \t"),
        (None, DEFAULT_PROMPT),
        (None, f"{DEFAULT_PROMPT.lower()}."),
        ("?", "?"),
    ],
)
def test_two_wishes_are_one(one: str | None, other: str | None) -> None:
    assert wish(one) == wish(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the goals", "the goal"),
        ("the goals", "all the goals"),
        ("the goals", None),
        ("50%", "50"),
        ("c++", "c"),
        ("?", "!"),
        ("not the goals", "the goals"),
    ],
)
def test_two_wishes_are_two(one: str | None, other: str | None) -> None:
    assert wish(one) != wish(other)


def test_the_same_is_the_same_whoever_asked() -> None:
    theirs = done("theirs", user_id="U2", channel_id="C2")
    assert kinds(theirs, done("mine")) == ["same mine", "same theirs"]


STYLE = CaptionStyle("Lato")

# A field of the request, what an earlier one has there, and what is said of it; None for another ask altogether.
DIFFERENT: list[tuple[dict[str, Any], str | None]] = [
    ({"aspect_ratio": "9:16"}, "9:16 instead of 16:9"),
    ({"aspect_ratio": None}, "a shape that Reka chooses instead of 16:9"),
    ({"num_generations": 3}, "3 clips instead of 2 clips"),
    (
        {"min_duration_seconds": 15, "max_duration_seconds": 60},
        "15–60 s instead of a length that Reka chooses",
    ),
    ({"max_duration_seconds": 60}, "up to 60 s instead of a length that Reka chooses"),
    ({"resolution": 720}, "720p instead of a resolution that Reka chooses"),
    ({"subtitles": False}, "no subtitles instead of subtitles as Reka decides"),
    ({"caption_style": STYLE}, "captions in Lato instead of captions as Reka has them"),
    (
        {"translated_subtitles_target_language": "de_DE"},
        "subtitles in German instead of untranslated ones",
    ),
    ({"prompt": "the fouls"}, None),
    ({"video_urls": ("https://youtu.be/b",)}, None),
    ({"video_urls": (LINK, "https://youtu.be/b")}, None),
    ({"source_start_time": 60}, None),
    ({"source_end_time": 60}, None),
    ({"template": Template.COMPILATION}, None),
]


@pytest.mark.parametrize(("change", "said"), DIFFERENT, ids=lambda value: str(value)[:40])
def test_another_form_is_a_near_miss_and_another_thing_is_none(
    change: dict[str, Any], said: str | None
) -> None:
    found = matches(ASKED, [done(request=replace(ASKED, **change))], NOW)
    assert [match.kind for match in found] == ([Kind.NEAR] if said else [])
    assert [render.differences(match, ASKED) for match in found] == ([[said]] if said else [])


def test_every_field_of_a_request_makes_it_near_or_another() -> None:
    tried = {name for change, _ in DIFFERENT for name in change}
    assert tried == {field.name for field in dataclasses.fields(ReelRequest)}


@pytest.mark.parametrize(
    "change",
    [{"template": Template.MOMENTS}, {"caption_style": CaptionStyle()}, {"prompt": "The goals!"}],
    ids=str,
)
def test_what_says_the_same_to_reka_is_the_same(change: dict[str, Any]) -> None:
    assert kinds(done(request=replace(ASKED, **change))) == ["same job-1"]


def test_several_differences_are_all_named() -> None:
    other = replace(ASKED, aspect_ratio="1:1", num_generations=1, max_duration_seconds=30)
    [match] = matches(ASKED, [done(request=other)], NOW)
    assert render.differences(match, ASKED) == [
        "1 clip instead of 2 clips",
        "up to 30 s instead of a length that Reka chooses",
        "1:1 instead of 16:9",
    ]


UNDER_WAY: dict[str, Any] = {"state": JobState.RUNNING, "clips": (), "ended_at": None}


def test_the_best_come_first_and_of_equals_the_newest() -> None:
    square = replace(ASKED, aspect_ratio="1:1")
    earlier = [
        done("near, new", square, created_at=NOW - 1),
        done("old", created_at=NOW - 900),
        done("running", created_at=NOW - 5, **UNDER_WAY),
        done("new", created_at=NOW - 800),
        done("near, old", square, created_at=NOW - 999),
    ]
    assert kinds(*earlier) == [
        *("same new", "same old", "under_way running", "near near, new", "near near, old"),
    ]


@pytest.mark.parametrize("state", JobState)
def test_only_what_is_there_or_on_its_way_is_offered(state: JobState) -> None:
    offered = {JobState.COMPLETED, JobState.WAITING, JobState.SUBMITTING, JobState.RUNNING}
    assert bool(kinds(done(state=state))) is (state in offered)


@pytest.mark.parametrize(
    "change",
    [
        {"card_ts": None},
        {"cancel_requested_at": NOW},
        {"request": replace(ASKED, aspect_ratio="1:1")},
    ],
    ids=["nobody has seen it", "it is being cancelled", "in another form"],
)
def test_what_is_under_way_is_offered_where_it_is_seen_wanted_and_the_same(
    change: dict[str, Any],
) -> None:
    assert kinds(done(**UNDER_WAY)) == ["under_way job-1"]
    assert kinds(done(**{**UNDER_WAY, **change})) == []


OLD = {"ended_at": NOW - LINKS_LAST_MS}
NO_LINK = {"clips": (clip(url=None),)}


@pytest.mark.parametrize(
    ("change", "offered"),
    [
        ({"clips": ()}, False),
        (NO_LINK, False),
        ({**NO_LINK, "kept": frozenset({1})}, True),
        (OLD, False),
        ({"ended_at": NOW - LINKS_LAST_MS + 1}, True),
        ({**OLD, "kept": frozenset({1})}, True),
        ({"ended_at": None, "created_at": NOW - LINKS_LAST_MS}, False),
    ],
    ids=str,
)
def test_a_result_is_offered_while_something_is_left_to_watch(
    change: dict[str, Any], offered: bool
) -> None:
    assert bool(kinds(done(**change))) is offered


def shown(*found: Match, request: ReelRequest = ASKED) -> str:
    """What an offer says, as one text, once Slack has accepted it."""
    offer = Offer("command:1", request, found)
    message = render.answer(offer, PLACE)
    assert check_message(message.blocks) == []
    assert NOTHING_SPENT in message.text
    return str(message.blocks)


def test_an_offer_says_who_when_and_where_and_brings_the_clips() -> None:
    elsewhere = Match(done(channel_id="C7", user_id="U7"), Kind.SAME)
    said = shown(elsewhere)
    assert "cut before" in said
    assert "'user_id': 'U7'" in said
    assert "'channel_id': 'C7'" in said
    assert f"'timestamp': {elsewhere.job.created_at // 1000}" in said
    assert "https://cdn.test/1.mp4" in said
    assert "https://team.slack.test/archives/C7/p25?thread_ts=1.0&cid=C7" in said
    assert "share_clip" in said
    assert "Cut anew… (1 slot)" in said


def test_in_its_own_channel_an_offer_says_here() -> None:
    assert "'text': ' here'" in shown(Match(done(), Kind.SAME))


def test_one_that_is_under_way_says_how_far_it_is_and_has_nothing_to_share() -> None:
    said = shown(Match(done(**UNDER_WAY, stage="indexing"), Kind.UNDER_WAY))
    assert "was asked for already; you are not told when it is done" in said
    assert "Making 2 clips: indexing" in said
    assert "its card" in said
    assert "share_clip" not in said


def test_a_near_miss_is_offered_as_such() -> None:
    near = Match(done(request=replace(ASKED, aspect_ratio="9:16")), Kind.NEAR, ("aspect_ratio",))
    said = shown(near)
    assert "in another form" in said
    assert "Nearly the same: 9:16 instead of 16:9" in said


def test_a_clip_whose_link_is_over_is_shown_as_the_file_that_it_is() -> None:
    two: dict[str, Any] = {"clips": (clip("One"), clip("Two")), "kept": frozenset({2}), **OLD}
    said = shown(Match(done(**two), Kind.SAME))
    assert "https://cdn.test" not in said
    assert "not to be had any more" in said
    assert "a file in its thread" in said
    assert "share_clip" not in said  # it would share the link


def test_of_many_clips_the_first_are_shown_and_the_rest_is_counted() -> None:
    clips = tuple(clip(f"No {number}") for number in range(12))
    said = shown(*(Match(done(f"job-{number}", clips=clips), Kind.SAME) for number in range(3)))
    assert "No 4" in said
    assert "No 5" not in said
    assert "and 7 more on its card" in said


def test_what_was_offered_and_can_be_shown_no_more_is_said_to_be_so() -> None:
    assert "cannot show any more" in shown()
