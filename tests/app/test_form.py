"""What stands in the modal's fields becomes the request, and each problem is told at its own field."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import ask, bounds, form, links
from bot.captions import LOCALES, CaptionStyle
from bot.draft import Draft, Note, drafted
from bot.form import Field
from bot.render import form as render
from bot.render.buttons import Action
from bot.request import ReelRequest, Template
from bot.slots import Standing
from bot.values import UNDECIDED
from local.slack.blockkit.check import check_view, too_large
from tests.app.job import LINK, NOW

FOUND = tuple(f"https://cdn.test/{number}.mp4" for number in range(7))
PLAIN = ReelRequest((LINK,))


def element_of(block: Any) -> dict[str, Any]:
    element: dict[str, Any] = block["element"]
    return element


def standing_in(view: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """A view's `state.values` before anybody touches it: what its fields begin with."""
    values: dict[str, dict[str, dict[str, Any]]] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = element_of(block)
            entry = {
                "type": element["type"],
                "value": element.get("initial_value"),
                "selected_option": element.get("initial_option"),
                "selected_options": element.get("initial_options", []),
            }
            values[block["block_id"]] = {element["action_id"]: entry}
    return values


def filled(draft: Draft, asked: ReelRequest, **typed: str | None) -> tuple[ReelRequest, Any]:
    """Read the modal after somebody typed into fields."""
    view: Any = render.make(draft, asked, Standing())
    values = standing_in(view)
    for block_id, text in typed.items():
        [entry] = values[block_id].values()
        entry["value"] = text
    return form.read(values, drafted(view["private_metadata"]))


STYLED = ReelRequest(
    (LINK,),
    caption_style=CaptionStyle(font_family="Lato", position="top"),
    translated_subtitles_target_language="pt_BR",
)


def back(view: Any) -> tuple[ReelRequest, Any]:
    """Read a modal that nobody touched."""
    return form.read(standing_in(view), drafted(view["private_metadata"]))


SECONDS = st.integers(1, bounds.MAX_DURATION)
TIMES = st.integers(0, 30_000_000)
WORDS = st.text(max_size=80).map(lambda text: ask.clean(text).strip() or None)
ADDRESSES = st.from_regex(
    r"https?://[a-z]{1,9}\.test/[A-Za-z0-9/%_-]{0,30}[a-z0-9]", fullmatch=True
)


@st.composite
def requests(draw: st.DrawFn, videos: st.SearchStrategy[str] = ADDRESSES) -> ReelRequest:
    """Valid requests, as the grammar of `/reel` can make them."""
    shortest, longest = sorted((draw(SECONDS), draw(SECONDS)))
    start, end = sorted(draw(st.lists(TIMES, min_size=2, max_size=2, unique=True)))
    chosen = {
        "num_generations": draw(st.integers(1, bounds.MAX_CLIPS)),
        "template": draw(st.none() | st.sampled_from(Template)),
        "max_duration_seconds": draw(st.sampled_from([None, longest])),
        "source_start_time": draw(st.sampled_from([None, 0, start])),
        "source_end_time": draw(st.sampled_from([None, end])),
        "subtitles": draw(st.none() | st.booleans()),
        "aspect_ratio": draw(st.none() | st.sampled_from(bounds.ASPECT_RATIOS)),
        "resolution": draw(st.none() | st.sampled_from(bounds.RESOLUTIONS)),
    }
    if chosen["subtitles"] is not False:
        styles = st.none() | st.just(STYLED.caption_style)
        chosen["caption_style"] = draw(styles)
        languages = st.none() | st.sampled_from(sorted(LOCALES))
        chosen["translated_subtitles_target_language"] = draw(languages)
    most = chosen["max_duration_seconds"] or bounds.DEFAULT_MAX_DURATION
    least = draw(st.sampled_from([None, 0, min(shortest, most)]))
    asked = draw(st.lists(videos, min_size=1, max_size=bounds.MAX_LINKS, unique=True))
    return ReelRequest(
        tuple(dict.fromkeys(map(links.canonical, asked))),
        prompt=draw(WORDS),
        min_duration_seconds=least,
        **chosen,  # type: ignore[arg-type]
    )


@given(requests())
def test_the_strategy_makes_valid_requests(asked: ReelRequest) -> None:
    assert bounds.problems_of(asked) == []


@settings(max_examples=60)
@given(requests(), st.integers(0, 3))
def test_a_request_comes_back_from_the_modal_that_it_fills(asked: ReelRequest, taken: int) -> None:
    draft = Draft("C1", more=True, taken=taken)
    view = render.make(draft, asked, Standing())
    assert check_view(view, "modal") == []
    assert back(view) == (asked, {})


@settings(max_examples=60)
@given(requests())
def test_a_modal_with_few_fields_loses_nothing_where_no_more_are_needed(asked: ReelRequest) -> None:
    draft = Draft("C1", more=render.needs_more(asked))
    assert back(render.make(draft, asked, Standing())) == (asked, {})


@settings(max_examples=60)
@given(requests(st.sampled_from(FOUND)))
def test_what_was_chosen_among_several_comes_back(asked: ReelRequest) -> None:
    draft = Draft("C1", found=FOUND, more=True)
    read, problems = back(render.make(draft, asked, Standing()))
    assert problems == {}
    assert set(read.video_urls) == set(asked.video_urls)
    assert read.prompt == asked.prompt


def test_captions_that_an_ask_came_with_are_switched_off_and_on_again_and_off_with_subtitles() -> (
    None
):
    view: Any = render.make(Draft("C1", more=True), STYLED, Standing())
    values = standing_in(view)
    [captions] = values[Field.CAPTIONS].values()
    kept, nothing = captions["selected_option"], {"value": UNDECIDED}
    shown = "As set: styled captions · subtitles in Portuguese (Brazil)"
    assert kept["text"]["text"] == shown

    captions["selected_option"] = nothing
    off, _ = form.read(values, drafted(view["private_metadata"]))
    assert off == PLAIN
    redrawn: Any = render.make(drafted(view["private_metadata"]), off, Standing())
    assert back(redrawn) == (PLAIN, {})
    values = standing_in(redrawn)
    [captions] = values[Field.CAPTIONS].values()
    captions["selected_option"] = kept
    assert form.read(values, drafted(redrawn["private_metadata"])) == (STYLED, {})

    [subtitles] = values[Field.SUBTITLES].values()
    subtitles["selected_option"] = {"value": "off"}
    silent, _ = form.read(values, drafted(redrawn["private_metadata"]))
    assert silent == ReelRequest((LINK,), subtitles=False)


def test_a_form_says_that_it_was_filled_in_from_the_preset() -> None:
    filled: Any = render.make(Draft("C1", preset=True), PLAIN, Standing())
    plain: Any = render.make(Draft("C1"), PLAIN, Standing())
    [line] = [block for block in filled["blocks"] if block not in plain["blocks"]]
    assert "this channel's preset" in line["elements"][0]["text"]


def test_links_that_are_too_long_together_are_no_request_and_none_is_ever_cut() -> None:
    for length in (100, 560, 598, 600, 700, 1_900):
        long = tuple(f"https://cdn.test/{number}/{'a' * length}" for number in range(5))
        asked = ReelRequest(long)
        read, problems = filled(Draft("C1"), asked)
        assert set(read.video_urls) <= set(long)
        assert problems == {}
        assert (read == asked) == (not bounds.problems_of(asked)), length


@pytest.mark.parametrize(
    ("field", "typed", "name", "value"),
    [
        (Field.LINKS, "youtu.be/b\n https://cdn.test/a.mp4,", "video_urls", ("https://youtu.be/b", "https://cdn.test/a.mp4")),
        (Field.LINKS, "<https://cdn.test/a.mp4?x=1&amp;y=2|a>", "video_urls", ("https://cdn.test/a.mp4?x=1&y=2",)),
        (Field.LINKS, f"{LINK}\n{LINK}", "video_urls", (LINK,)),
        (Field.LINKS, f"{LINK}\u200b", "video_urls", (LINK,)),
        (Field.PROMPT, "  the goals\nand *more* <!channel> ", "prompt", "the goals and *more* <!channel>"),
        (Field.PROMPT, "clips:9 16:9", "prompt", "clips:9 16:9"),
        (Field.PROMPT, "\u200b \n", "prompt", None),
        (Field.PROMPT, None, "prompt", None),
        (Field.SHORTEST, "15", "min_duration_seconds", 15),
        (Field.SHORTEST, None, "min_duration_seconds", None),
        (Field.LONGEST, "60", "max_duration_seconds", 60),
        (Field.START, "1:10:00", "source_start_time", 4_200),
        (Field.START, " 90s ", "source_start_time", 90),
        (Field.END, "25:00", "source_end_time", 1_500),
    ],
)  # fmt: skip
def test_what_is_typed_is_read(field: str, typed: str | None, name: str, value: object) -> None:
    asked, problems = filled(Draft("C1", more=True), PLAIN, **{field: typed})
    assert problems == {}
    assert getattr(asked, name) == value


@pytest.mark.parametrize(
    ("field", "chosen", "name", "value"),
    [
        (Field.CLIPS, "2", "num_generations", 2),
        (Field.SHAPE, "1:1", "aspect_ratio", "1:1"),
        (Field.SHAPE, UNDECIDED, "aspect_ratio", None),
        (Field.TEMPLATE, "compilation", "template", Template.COMPILATION),
        (Field.TEMPLATE, UNDECIDED, "template", None),
        (Field.SUBTITLES, "off", "subtitles", False),
        (Field.SUBTITLES, "on", "subtitles", True),
        (Field.SUBTITLES, UNDECIDED, "subtitles", None),
        (Field.RESOLUTION, "1080", "resolution", 1080),
        (Field.RESOLUTION, UNDECIDED, "resolution", None),
    ],
)
def test_what_is_chosen_is_read(field: str, chosen: str, name: str, value: object) -> None:
    draft = Draft("C1", more=True)
    view: Any = render.make(draft, PLAIN, Standing())
    [block] = [each for each in view["blocks"] if each.get("block_id") == field]
    offered = {option["value"]: option for option in element_of(block)["options"]}
    values = standing_in(view)
    values[field][element_of(block)["action_id"]]["selected_option"] = offered[chosen]
    assert getattr(form.read(values, draft)[0], name) == value


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ({Field.LINKS: ""}, {Field.LINKS: "no video link"}),
        ({Field.LINKS: "the funniest minute"}, {Field.LINKS: "not a valid web address"}),
        ({Field.LINKS: f"{LINK} https://["}, {Field.LINKS: "not a valid web address"}),
        ({Field.LINKS: "https://team.slack.com/files/a.mp4"}, {Field.LINKS: "lives in Slack"}),
        ({Field.LINKS: " ".join(FOUND)}, {Field.LINKS: "at most 5"}),
        ({Field.LINKS: "https://me:secret@x.test/a"}, {Field.LINKS: "user name or password"}),
        ({Field.PROMPT: "x" * 2_001}, {Field.PROMPT: "2,000 are the most"}),
        ({Field.LONGEST: "601"}, {Field.LONGEST: "from 1 to 600 seconds"}),
        (
            {Field.SHORTEST: "60", Field.LONGEST: "15"},
            {Field.LONGEST: "above “Longest clip, in seconds” (15 s)"},
        ),
        (
            {Field.SHORTEST: "100"},
            {Field.LONGEST: "put 100 or more into “Longest clip, in seconds”"},
        ),
        ({Field.SHORTEST: "-5"}, {Field.SHORTEST: form.NO_TIME}),
        ({Field.START: "soon"}, {Field.START: form.NO_TIME}),
        ({Field.END: "1:75"}, {Field.END: form.NO_TIME}),
        (
            {Field.START: "25:00", Field.END: "10:00"},
            {Field.END: "“Only up to” must be later than “Only from”"},
        ),
        (
            {Field.LINKS: "", Field.PROMPT: "x" * 2_001, Field.START: "x", Field.LONGEST: "0"},
            {
                Field.LINKS: "no video",
                Field.PROMPT: "2,000",
                Field.START: "no time",
                Field.LONGEST: "1 to 600",
            },
        ),
    ],
)
def test_each_problem_is_told_at_its_field(typed: dict[str, str], problems: dict[str, str]) -> None:
    draft = Draft("C1", more=True)
    _, found = filled(draft, PLAIN, **typed)
    assert found.keys() == problems.keys()
    for block_id, sentence in problems.items():
        assert sentence in found[block_id]
        assert "`" not in found[block_id]
        assert "secret" not in found[block_id]


def test_a_sentence_names_fields_that_there_are() -> None:
    draft = Draft("C1", more=True)
    view: Any = render.make(draft, PLAIN, Standing())
    shown = {block["label"]["text"] for block in view["blocks"] if block["type"] == "input"}
    wrong = {"shortest": "60", "longest": "30", "start": "2:00", "end": "1:00"}
    _, problems = filled(draft, PLAIN, **wrong, prompt="x" * 2_001)
    named = {name for sentence in problems.values() for name in re.findall("“(.*?)”", sentence)}
    assert len(named) == 5
    assert named <= shown
    assert not re.search(r"\b[a-z]+:", " ".join(problems.values()))  # the command's words


@pytest.mark.parametrize("taken", [0, 1, 7])
def test_the_problem_of_a_prompt_is_told_at_the_field_that_is_there(taken: int) -> None:
    draft = Draft("C1", taken=taken)
    _, found = filled(draft, PLAIN, **{form.prompt_block(draft): "x" * 2_001})
    assert list(found) == [form.prompt_block(draft)]


def test_of_several_links_too_many_are_told_at_their_boxes() -> None:
    draft = Draft("C1", found=FOUND)
    values = standing_in(render.make(draft, ReelRequest(FOUND), Standing()))
    assert form.read(values, draft)[1].keys() == {Field.VIDEOS}
    values = standing_in(render.make(draft, ReelRequest(()), Standing()))
    assert form.read(values, draft)[1].keys() == {Field.VIDEOS}


@given(st.dictionaries(st.sampled_from([*Field]), st.text(), max_size=6))
def test_whatever_is_typed_every_problem_has_a_field_of_the_modal(typed: dict[str, str]) -> None:
    draft = Draft("C1", more=True)
    view: Any = render.make(draft, PLAIN, Standing())
    values = standing_in(view)
    inputs = set(values)
    for block_id, text in typed.items():
        for entry in values.get(block_id, {}).values():
            entry["value"] = text
    asked, problems = form.read(values, draft)
    assert problems.keys() <= inputs
    assert all(sentence.endswith(".") and len(sentence) < 500 for sentence in problems.values())
    assert bool(problems) >= bool(bounds.problems_of(asked))


DRAFTS: dict[str, Draft] = {
    "here": Draft("C1"),
    "anywhere": Draft(),
    "more": Draft("C1", more=True),
    "anew": Draft("C1", thread_ts="1.0", parent_id="job-1", anew=True, more=True),
    "several": Draft("C1", found=FOUND, more=True),
    "from a preset": Draft("C1", more=True, preset=True, caption_style=CaptionStyle("Lato")),
    "an idea was taken": Draft("C1", taken=3),
    **{note: Draft("C1", note=note) for note in Note},
}
STANDINGS = (Standing(), Standing(10, 7), Standing(10, 0, NOW))


@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS.keys())
def test_slack_accepts_every_variant(draft: Draft) -> None:
    for asked in (PLAIN, ReelRequest(()), ReelRequest(FOUND[:2], "goals", 1, Template.MOMENTS, 0)):
        for standing in STANDINGS:
            view = render.make(draft, asked, standing)
            assert check_view(view, "modal") == []
            assert not too_large(view)


def test_every_field_is_in_one_of_the_variants() -> None:
    shown = {
        name
        for draft in (Draft(more=True), DRAFTS["several"])
        for name in standing_in(render.make(draft, STYLED, Standing()))
    }
    assert shown == {*Field}


def test_a_number_is_within_the_bounds_that_its_field_names() -> None:
    for seconds in (None, 0, 1, 600, 601, 9_999):
        asked = ReelRequest((LINK,), min_duration_seconds=seconds, max_duration_seconds=seconds)
        view: Any = render.make(Draft("C1", more=True), asked, Standing())
        for block in view["blocks"]:
            if block["type"] == "input" and element_of(block)["type"] == "number_input":
                element = element_of(block)
                initial = int(element.get("initial_value", element["min_value"]))
                assert int(element["min_value"]) <= initial <= int(element["max_value"])


@pytest.mark.parametrize(
    ("note", "says"),
    [
        (Note.NOTHING_FOUND, "text, its previews, what it forwards and its files"),
        (Note.LIVES_IN_SLACK, "lives in Slack only"),
        (Note.ONE_LIVES_IN_SLACK, "also holds a video that lives in Slack"),
        (Note.NOT_SURE, "cannot tell"),
    ],
)
def test_a_note_stands_above_the_fields(note: Note, says: str) -> None:
    view: Any = render.make(Draft("C1", note=note), PLAIN, Standing())
    assert says in view["blocks"][0]["text"]["text"]
    assert render.make(Draft("C1"), PLAIN, Standing())["blocks"] == view["blocks"][1:]


@pytest.mark.parametrize(
    ("asked", "standing", "line"),
    [
        (PLAIN, Standing(10, 7), "3 clips · uses 1 of 7 slots left"),
        (
            ReelRequest((LINK,), None, 3, None, 15, 60, aspect_ratio="9:16"),
            Standing(10, 7),
            "3 clips · 9:16 · 15–60 s · uses 1 of 7 slots left",
        ),
        (
            ReelRequest((LINK,), None, 1, Template.COMPILATION, subtitles=False),
            Standing(10, 0, NOW),
            "1 compilation · no subtitles · uses 1 slot, and waits for it: none is left now",
        ),
    ],
)
def test_one_line_restates_the_ask_and_its_price(
    asked: ReelRequest, standing: Standing, line: str
) -> None:
    view: Any = render.make(Draft("C1"), asked, standing)
    assert view["blocks"][-1]["elements"][0]["text"] == line


def test_a_link_too_long_for_its_box_is_told_apart_by_both_of_its_ends() -> None:
    found = tuple(f"https://cdn.test/{'a' * 200}/{number}.mp4" for number in range(3))
    view: Any = render.make(Draft("C1", found=found), PLAIN, Standing())
    shown = [option["text"]["text"] for option in element_of(view["blocks"][0])["options"]]
    assert len(set(shown)) == 3
    assert all(len(text) <= 75 and text.startswith("cdn.test/") for text in shown)


def test_more_options_come_where_their_button_stood() -> None:
    def shown(*, more: bool) -> list[Any]:
        view: Any = render.make(Draft("C1", more=more), PLAIN, Standing())
        return list(view["blocks"])

    before, after = shown(more=False), shown(more=True)
    place = len(before) - 2  # the last block is the price
    assert before[place]["elements"][0]["action_id"] == Action.MORE.value
    assert after[:place] == before[:place]
    assert after[place]["block_id"] == Field.SHORTEST
