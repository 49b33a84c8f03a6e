"""The fields of the modal that sets a channel's preset → a `Preset`, and a sentence for each field. Pure."""

from dataclasses import replace
from enum import StrEnum

from bot import ask, form
from bot.bounds import problems_of
from bot.captions import FONT_SIZES, PLAIN, CaptionStyle, colour
from bot.preset import Preset
from bot.request import ReelRequest
from bot.values import Values, chosen, number, seconds, switch, typed


class Setting(StrEnum):
    """The block ids of the modal's inputs."""

    CLIPS = "clips"
    SHAPE = "shape"
    SHORTEST = "shortest"
    LONGEST = "longest"
    PROMPT = "prompt"
    RESOLUTION = "resolution"
    SUBTITLES = "subtitles"
    FONT = "font"
    SIZE = "size"
    LETTERS = "letters"
    COLOUR = "colour"
    SPOKEN_COLOUR = "spoken_colour"
    OUTLINE_COLOUR = "outline_colour"
    POSITION = "position"
    LANGUAGE = "language"


STANDING_ASK = "The standing ask"
"""What the prompt's field is called here."""
FIELDS = replace(form.FIELDS, prompt=f"“{STANDING_ASK}”")
"""What a sentence about this form calls its fields."""

NO_COLOUR = "A colour is six digits from 0 to F, as in #FF7E4F."
NO_SIZE = f"The letters' size is a whole number from {FONT_SIZES[0]} to {FONT_SIZES[1]}."
NO_LENGTH = "The length of a clip is a whole number of seconds."

_BLOCKS = {"prompt": Setting.PROMPT, "max_duration_seconds": Setting.LONGEST}
_COLOURS = (Setting.COLOUR, Setting.SPOKEN_COLOUR, Setting.OUTLINE_COLOUR)


def read(values: Values) -> tuple[Preset, dict[str, str]]:
    """The preset as far as it can be read, by nobody yet, and block_id → sentence for what is wrong with it."""
    style = _style(values)
    preset = Preset(
        prompt=ask.clean(typed(values, Setting.PROMPT)).strip() or None,
        num_generations=number(values, Setting.CLIPS),
        min_duration_seconds=seconds(values, Setting.SHORTEST),
        max_duration_seconds=seconds(values, Setting.LONGEST),
        subtitles=switch(values, Setting.SUBTITLES),
        aspect_ratio=chosen(values, Setting.SHAPE),
        resolution=number(values, Setting.RESOLUTION),
        caption_style=None if style == PLAIN else style,
        translated_subtitles_target_language=chosen(values, Setting.LANGUAGE),
    )
    return preset, _problems(values, preset)


def _style(values: Values) -> CaptionStyle:
    return CaptionStyle(
        font_family=chosen(values, Setting.FONT),
        desired_font_size=_size(values),
        text_transform=chosen(values, Setting.LETTERS),
        text_color=colour(typed(values, Setting.COLOUR)),
        highlight_color=colour(typed(values, Setting.SPOKEN_COLOUR)),
        stroke_color=colour(typed(values, Setting.OUTLINE_COLOUR)),
        position=chosen(values, Setting.POSITION),
    )


def _size(values: Values) -> int | None:
    text = typed(values, Setting.SIZE)
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return size if FONT_SIZES[0] <= size <= FONT_SIZES[1] else None


def _problems(values: Values, preset: Preset) -> dict[str, str]:
    problems: dict[str, str] = {}
    # As it stands, not merged: there, what contradicts itself would give way.
    request = ReelRequest((), **preset.options())  # type: ignore[arg-type]
    for name, sentence in problems_of(request, FIELDS):
        if name in _BLOCKS:  # a preset has no links
            problems.setdefault(_BLOCKS[name], sentence.replace("`", ""))
    for setting in (Setting.SHORTEST, Setting.LONGEST):
        if typed(values, setting) and seconds(values, setting) is None:
            problems[setting] = NO_LENGTH
    if typed(values, Setting.SIZE) and _size(values) is None:
        problems[Setting.SIZE] = NO_SIZE
    for setting in _COLOURS:
        if typed(values, setting) and colour(typed(values, setting)) is None:
            problems[setting] = NO_COLOUR
    return problems
