"""What stands in the fields of a channel's preset becomes the preset, and each problem is told at its own field."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import bounds, preset_form
from bot.captions import FONTS, LOCALES, POSITIONS, TRANSFORMS, CaptionStyle, colour
from bot.preset import Preset
from bot.preset_form import NO_COLOUR, NO_LENGTH, NO_SIZE, Setting
from bot.render import preset as render
from bot.values import UNDECIDED
from local.reka import requests
from local.slack.blockkit.check import check_view, too_large
from tests.app.test_form import SECONDS, WORDS, standing_in

COLOURS = st.none() | st.from_regex(r"#[0-9A-F]{6}", fullmatch=True)


def one_of(options: dict[str, str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(sorted(options))


STYLES = st.builds(
    CaptionStyle,
    font_family=one_of(FONTS),
    desired_font_size=st.none() | st.integers(60, 120),
    text_transform=one_of(TRANSFORMS),
    text_color=COLOURS,
    highlight_color=COLOURS,
    stroke_color=COLOURS,
    position=one_of(POSITIONS),
).map(lambda style: None if style == CaptionStyle() else style)


@st.composite
def presets(draw: st.DrawFn) -> Preset:
    """Presets that the modal can make."""
    shortest, longest = sorted((draw(SECONDS), draw(SECONDS)))
    longest_ = draw(st.sampled_from([None, longest]))
    least = min(shortest, longest_ or bounds.DEFAULT_MAX_DURATION)
    subtitles = draw(st.none() | st.booleans())
    return Preset(
        prompt=draw(WORDS),
        num_generations=draw(st.none() | st.integers(1, bounds.MAX_CLIPS)),
        min_duration_seconds=draw(st.sampled_from([None, 0, least])),
        max_duration_seconds=longest_,
        subtitles=subtitles,
        aspect_ratio=draw(st.none() | st.sampled_from(bounds.ASPECT_RATIOS)),
        resolution=draw(st.none() | st.sampled_from(bounds.RESOLUTIONS)),
        caption_style=draw(STYLES),
        translated_subtitles_target_language=draw(one_of(LOCALES)),
    )


@settings(max_examples=60)
@given(presets(), st.booleans())
def test_a_preset_comes_back_from_the_modal_that_it_fills(preset: Preset, translates: bool) -> None:
    view = render.edit("C1", preset, None, translates=translates)
    assert check_view(view, "modal") == []
    assert not too_large(view)
    assert preset_form.read(standing_in(view)) == (preset, {})
    by = replace(preset, set_by="U1", set_at=1_790_000_000_000)
    assert check_view(render.edit("C1", preset, by, translates=translates), "modal") == []


def test_every_field_is_shown() -> None:
    assert {*standing_in(render.edit("C1", Preset(), None, translates=True))} == {*Setting}


def filled(**typed: str | None) -> tuple[Preset, dict[str, str]]:
    """Read an empty modal after somebody typed into fields, or chose options by their value."""
    values = standing_in(render.edit("C1", Preset(), None, translates=True))
    for block_id, text in typed.items():
        [entry] = values[block_id].values()
        if entry["type"] == "static_select":
            entry["selected_option"] = {"value": text}
        else:
            entry["value"] = text
    return preset_form.read(values)


@pytest.mark.parametrize(
    ("field", "typed", "preset"),
    [
        (Setting.CLIPS, "3", Preset(num_generations=3)),
        (Setting.CLIPS, UNDECIDED, Preset()),
        (Setting.PROMPT, "  the goals\nand <!channel> ", Preset("the goals and <!channel>")),
        (Setting.PROMPT, "\u200b \n", Preset()),
        (Setting.SUBTITLES, "off", Preset(subtitles=False)),
        (Setting.SIZE, "60", Preset(caption_style=CaptionStyle(desired_font_size=60))),
        (Setting.SIZE, None, Preset()),
        (Setting.COLOUR, "ff7e4f", Preset(caption_style=CaptionStyle(text_color="#FF7E4F"))),
        (
            Setting.SPOKEN_COLOUR,
            " #00ff00 ",
            Preset(caption_style=CaptionStyle(highlight_color="#00FF00")),
        ),
        (Setting.OUTLINE_COLOUR, "", Preset()),
        (Setting.LANGUAGE, "es_ES", Preset(translated_subtitles_target_language="es_ES")),
        (Setting.LONGEST, "60", Preset(max_duration_seconds=60)),
    ],
)
def test_a_field_is_read(field: str, typed: str | None, preset: Preset) -> None:
    assert filled(**{field: typed}) == (preset, {})


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        *(
            (field, typed, NO_COLOUR)
            for field in (Setting.COLOUR, Setting.SPOKEN_COLOUR, Setting.OUTLINE_COLOUR)
            for typed in (
                "red",
                "#fff",
                "#12345",
                "#1234567",
                "##123456",
                "#12345g",
                "<!here>",
                "١٢٣٤٥٦",
            )
        ),
        *(
            (Setting.SIZE, typed, NO_SIZE)
            for typed in ("59", "121", "80.5", "-80", "1e2", "٨٠", "9" * 5000)
        ),
        (Setting.SHORTEST, "soon", NO_LENGTH),
        (Setting.LONGEST, "-5", NO_LENGTH),
        (Setting.LONGEST, "601", "from 1 to 600 seconds"),
        (Setting.LONGEST, "0", "from 1 to 600 seconds"),
        (Setting.SHORTEST, "100", "put 100 or more into “Longest clip, in seconds”"),
        (
            Setting.PROMPT,
            "x" * 2_001,
            "“The standing ask” has 2,001 characters; 2,000 are the most",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_field(field: str, typed: str, sentence: str) -> None:
    preset, problems = filled(**{field: typed})
    # A length that contradicts the other one is told at the longest.
    at = Setting.LONGEST if sentence.startswith("put") else field
    assert list(problems) == [at]
    assert sentence in problems[at]
    assert "`" not in problems[at]
    assert preset.caption_style is None


def test_lengths_that_contradict_each_other_are_told() -> None:
    _, problems = filled(shortest="60", longest="30")
    assert list(problems) == [Setting.LONGEST]
    assert problems[Setting.LONGEST].startswith(
        "“Shortest clip, in seconds” (60 s) is above “Longest clip, in seconds” (30 s)"
    )


def test_a_sentence_names_fields_that_there_are() -> None:
    view: Any = render.edit("C1", Preset(), None, translates=True)
    shown = {block["label"]["text"] for block in view["blocks"] if block["type"] == "input"}
    _, problems = filled(shortest="60", longest="30", prompt="x" * 2_001)
    named = {name for sentence in problems.values() for name in re.findall("“(.*?)”", sentence)}
    assert len(named) == 3
    assert named <= shown


@given(st.text(max_size=9))
def test_a_colour_is_written_as_reka_writes_it_or_is_none(typed: str) -> None:
    read = colour(typed)
    assert read is None or read.upper() == f"#{typed.removeprefix('#').upper()}"


def test_what_is_offered_is_what_reka_takes() -> None:
    fields = requests.CaptionStyle.model_fields
    for name, offered in (
        ("font_family", FONTS),
        ("text_transform", TRANSFORMS),
        ("position", POSITIONS),
    ):
        [literal, _] = fields[name].annotation.__args__  # type: ignore[union-attr]
        assert set(literal.__args__) == set(offered)
    assert set(requests.Locale.__args__) == set(LOCALES)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("preset", "line"),
    [
        (Preset(), "Nothing is set: `/reel` here asks Reka for no more than people say."),
        (
            Preset(num_generations=2, min_duration_seconds=15, max_duration_seconds=60, aspect_ratio="9:16"),
            "From now on `/reel` here makes: 2 clips · 9:16 · 15–60 s, unless somebody says otherwise.",
        ),
        (
            Preset(subtitles=False, caption_style=CaptionStyle("Lato")),
            "From now on `/reel` here makes: no subtitles, unless somebody says otherwise.",
        ),
        (
            Preset("*goals* <!channel>", subtitles=True, caption_style=CaptionStyle("Lato")),
            "From now on `/reel` here makes: styled captions · subtitles on · the standing ask, unless somebody says otherwise.",
        ),
    ],
)  # fmt: skip
def test_one_line_says_what_it_means(preset: Preset, line: str) -> None:
    view: Any = render.edit("C1", preset, None, translates=True)
    assert view["blocks"][0]["elements"][0]["text"] == line


def test_only_what_is_set_can_be_cleared_and_tells_by_whom() -> None:
    current = Preset(num_generations=2, set_by="U1BOSS", set_at=1_790_000_000_000)
    assert "preset_clear" not in str(render.edit("C1", current, None, translates=True))
    shown = str(render.edit("C1", current, current, translates=True))
    assert "preset_clear" in shown
    assert "<@U1BOSS>" in shown


def test_the_older_dialect_says_that_a_translation_is_left_out() -> None:
    assert "REKA_DIALECT" in str(render.edit("C1", Preset(), None, translates=False))
    assert "REKA_DIALECT" not in str(render.edit("C1", Preset(), None, translates=True))
