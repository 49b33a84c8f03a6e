"""The modal that sets a channel's preset: what its requests begin with, and one line that says what that means. Pure."""

from bot.captions import FONT_SIZES, FONTS, LOCALES, PLAIN, POSITIONS, TRANSFORMS
from bot.preset import Preset, merged
from bot.preset_form import STANDING_ASK, Setting
from bot.render import blocks, inputs, sentences
from bot.render.blocks import Block
from bot.render.buttons import Action
from bot.render.form import HEIGHTS, ON_OFF, SHAPES, counts, longest_clip, shortest_clip

EDIT = "channel_preset"
"""The modal's callback_id."""

CLEARED = "Cleared: nothing is set for this channel any more. `/reel` asks Reka for no more than people say."

_OPEN = "Nothing set"
_PLACEHOLDER = "What every reel of this channel looks for when nobody says"
_TRANSLATED = "Reka makes them after the clips; it does not document where they are to be had."
_NOT_TRANSLATED = (
    "Kept, and left out for now: the older API that I am set to (REKA_DIALECT) documents none."
)
_CONFIRM: Block = {
    "title": inputs.plain("Clear this channel's preset?"),
    "text": inputs.plain(
        "It is forgotten for everybody here. Reels that are asked for already stay."
    ),
    "confirm": inputs.plain("Clear"),
    "deny": inputs.plain("Keep"),
}


def edit(channel_id: str, filled: Preset, current: Preset | None, *, translates: bool) -> Block:
    """The modal, filled in so far. `current`: what is set now. `translates`: the dialect takes a translation."""
    fields = [
        *_looks_for(filled),
        *_length_and_shape(filled),
        *_captions(filled, translates=translates),
    ]
    return {
        "type": "modal",
        "callback_id": EDIT,
        "private_metadata": channel_id,
        "title": inputs.plain("This channel's preset"),
        "submit": inputs.plain("Save"),
        "close": inputs.plain("Close"),
        "blocks": [
            blocks.context(meaning(filled)),
            *([_since(current)] if current else []),
            *(inputs.restating(each, Action.PRESET_CHANGED.value) for each in fields),
            *([_clear()] if current else []),
        ],
    }


def meaning(preset: Preset) -> str:
    """What a preset comes to, in our own words; mrkdwn. Of the standing ask it only says that there is one."""
    if parts := sentences.kept(merged({}, preset)):
        return (
            f"From now on `/reel` here makes: {' · '.join(parts)}, unless somebody says otherwise."
        )
    return "Nothing is set: `/reel` here asks Reka for no more than people say."


def saved(preset: Preset) -> str:
    """After *Save*; mrkdwn of our own."""
    return f"Saved. {meaning(preset)} `/reel preset` changes it."


def _since(preset: Preset) -> Block:
    return blocks.context(f"Set by <@{preset.set_by}>, {blocks.moment(preset.set_at)}")


def _looks_for(preset: Preset) -> list[Block]:
    return [
        inputs.choice(
            Setting.CLIPS,
            "How many clips",
            inputs.undecided(dict(counts()), _OPEN),
            str(preset.num_generations),
        ),
        inputs.prompt(Setting.PROMPT, STANDING_ASK, preset.prompt, _PLACEHOLDER),
    ]


def _length_and_shape(preset: Preset) -> list[Block]:
    return [
        inputs.choice(Setting.SHAPE, "Shape", inputs.undecided(SHAPES, _OPEN), preset.aspect_ratio),
        shortest_clip(Setting.SHORTEST, preset.min_duration_seconds),
        longest_clip(Setting.LONGEST, preset.max_duration_seconds),
        inputs.choice(
            Setting.RESOLUTION,
            "Resolution",
            inputs.undecided(HEIGHTS, _OPEN),
            str(preset.resolution),
        ),
    ]


def _captions(preset: Preset, *, translates: bool) -> list[Block]:
    style = preset.caption_style or PLAIN
    menus = (
        (Setting.FONT, "Captions: font", FONTS, style.font_family),
        (Setting.LETTERS, "Captions: letters", TRANSFORMS, style.text_transform),
        (Setting.POSITION, "Captions: place", POSITIONS, style.position),
    )
    colours = (
        (Setting.COLOUR, "Captions: colour of the words", style.text_color),
        (Setting.SPOKEN_COLOUR, "Captions: colour of the spoken word", style.highlight_color),
        (Setting.OUTLINE_COLOUR, "Captions: colour of the outline", style.stroke_color),
    )
    size = style.desired_font_size
    return [
        inputs.choice(
            Setting.SUBTITLES,
            "Captions",
            inputs.undecided(ON_OFF, _OPEN),
            inputs.switched(preset.subtitles),
        ),
        *(
            inputs.choice(setting, label, inputs.undecided(options, _OPEN), chosen)
            for setting, label, options, chosen in menus
        ),
        inputs.number(Setting.SIZE, "Captions: size of the letters", size, FONT_SIZES),
        *(_colour(*each) for each in colours),
        _language(preset.translated_subtitles_target_language, translates=translates),
    ]


def _colour(setting: Setting, label: str, value: str | None) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "placeholder": inputs.plain("#FF7E4F"),
        "max_length": 20,
    }
    if value:
        element["initial_value"] = value
    return inputs.field(setting, label, element, optional=True)


def _language(language: str | None, *, translates: bool) -> Block:
    return inputs.choice(
        Setting.LANGUAGE,
        "Translated subtitles",
        inputs.undecided(LOCALES, "None"),
        language,
        hint=_TRANSLATED if translates else _NOT_TRANSLATED,
    )


def _clear() -> Block:
    button = {
        "type": "button",
        "action_id": Action.PRESET_CLEAR.value,
        "text": inputs.plain("Clear"),
        "style": "danger",
        "confirm": _CONFIRM,
    }
    return {"type": "actions", "elements": [button]}
