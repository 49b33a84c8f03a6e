"""What a channel has set meets what a person asks for."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import ask, bounds
from bot.captions import CaptionStyle
from bot.preset import OPTIONS, Preset, begun, merged
from bot.request import ReelRequest, Template

LINK = "https://youtu.be/a"
PLAIN = ReelRequest((LINK,))
STYLE = CaptionStyle(font_family="Lato", position="top")
PRESET = Preset(
    prompt="the surprising numbers",
    num_generations=2,
    min_duration_seconds=15,
    max_duration_seconds=60,
    aspect_ratio="9:16",
    resolution=1080,
    caption_style=STYLE,
    translated_subtitles_target_language="es_ES",
    set_by="U1",
    set_at=5,
)
SET = ReelRequest(
    (LINK,),
    "the surprising numbers",
    2,
    min_duration_seconds=15,
    max_duration_seconds=60,
    aspect_ratio="9:16",
    resolution=1080,
    caption_style=STYLE,
    translated_subtitles_target_language="es_ES",
)


def without_captions(request: ReelRequest) -> ReelRequest:
    return replace(request, caption_style=None, translated_subtitles_target_language=None)


@pytest.mark.parametrize(
    ("typed", "request_"),
    [
        ("", SET),
        ("goals", replace(SET, prompt="goals")),
        ("clips:3", replace(SET, num_generations=3)),
        ("16:9", replace(SET, aspect_ratio="16:9")),
        ("720p", replace(SET, resolution=720)),
        ("max:30s", replace(SET, max_duration_seconds=30)),
        ("max:15s", replace(SET, max_duration_seconds=15)),
        ("min:40s", replace(SET, min_duration_seconds=40)),
        ("10-20s", replace(SET, min_duration_seconds=10, max_duration_seconds=20)),
        ("subtitles", replace(SET, subtitles=True)),
        ("no-preset", PLAIN),
        ("no-preset clips:2 goals", replace(PLAIN, num_generations=2, prompt="goals")),
        ('"no-preset"', replace(SET, prompt="no-preset")),
        # What is set gives way where both together make no sense.
        ("max:10s", replace(SET, min_duration_seconds=None, max_duration_seconds=10)),
        ("min:70s", replace(SET, min_duration_seconds=70, max_duration_seconds=None)),
        ("no-subtitles", replace(without_captions(SET), subtitles=False)),
        ("compilation", replace(SET, template=Template.COMPILATION, num_generations=1)),
        ("compilation clips:3", replace(SET, template=Template.COMPILATION, num_generations=3)),
    ],
)
def test_what_a_person_says_wins_over_what_is_set(typed: str, request_: ReelRequest) -> None:
    assert ask.read(f"{LINK} {typed}", PRESET) == request_
    assert ask.understood(f"{LINK} {typed}", PRESET) == request_


def test_a_count_that_is_said_wins_even_where_it_is_the_one_that_nobody_needs_to_say() -> None:
    assert ask.read(f"{LINK} clips:3", Preset(num_generations=1)).num_generations == 3


def test_a_length_is_judged_as_if_nothing_were_set_where_what_is_set_gives_way() -> None:
    with pytest.raises(ask.Misunderstood) as raised:
        ask.read(f"{LINK} min:100s", PRESET)
    assert "add `max:100s`" in str(raised.value)


def test_what_is_misunderstood_goes_on_with_what_is_set() -> None:
    with pytest.raises(ask.Misunderstood) as raised:
        ask.read(f"{LINK} clips:9", PRESET)
    assert raised.value.understood == SET


def test_without_a_preset_nothing_changes() -> None:
    for typed in ("", "goals 16:9", "compilation", "no-preset"):
        expected = ask.read(f"{LINK} {typed.replace('no-preset', '')}")
        assert ask.read(f"{LINK} {typed}", None) == ask.read(f"{LINK} {typed}", Preset())
        assert ask.read(f"{LINK} {typed}", None) == expected


def test_a_form_begins_with_what_is_set() -> None:
    assert begun((LINK,), PRESET) == SET
    assert begun((LINK,), None) == begun((LINK,), Preset()) == PLAIN
    quiet = begun((LINK,), replace(PRESET, subtitles=False))
    assert quiet == replace(without_captions(SET), subtitles=False)


def test_a_request_tells_in_what_it_keeps_to_the_preset() -> None:
    assert set(PRESET.kept_in(SET)) == set(OPTIONS) - {"subtitles"}
    other = ask.read(f"{LINK} 16:9 max:30s goals", PRESET)
    assert set(PRESET.kept_in(other)) == set(OPTIONS) - {
        "subtitles",
        "aspect_ratio",
        "max_duration_seconds",
        "prompt",
    }
    assert PRESET.kept_in(PLAIN) == ()
    assert Preset().kept_in(PLAIN) == ()


LENGTHS = st.none() | st.integers(1, 600)
PRESETS = st.builds(
    Preset,
    prompt=st.none() | st.text(min_size=1, max_size=9),
    num_generations=st.none() | st.integers(1, 3),
    min_duration_seconds=LENGTHS,
    max_duration_seconds=LENGTHS,
    subtitles=st.none() | st.booleans(),
    aspect_ratio=st.none() | st.sampled_from(bounds.ASPECT_RATIOS),
    resolution=st.none() | st.sampled_from(bounds.RESOLUTIONS),
    caption_style=st.none() | st.just(STYLE),
    translated_subtitles_target_language=st.none() | st.just("es_ES"),
)


@given(PRESETS, st.lists(st.sampled_from(OPTIONS)), PRESETS)
def test_whatever_is_chosen_stays_and_nothing_else_comes_in(
    chooser: Preset, names: list[str], preset: Preset
) -> None:
    chosen: dict[str, Any] = {n: v for n, v in chooser.options().items() if n in names}
    options = merged(chosen, preset)
    assert {name: options[name] for name in chosen} == chosen
    rest = {name: value for name, value in options.items() if name not in chosen}
    assert rest.items() <= preset.options().items()
