"""The modal that makes a reel: links, what to look for, options, and one line with the ask and its price. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from bot.ask import clean
from bot.bounds import MAX_CLIPS, MAX_DURATION, MAX_LINKS_LENGTH, RESOLUTIONS
from bot.draft import Draft, Note
from bot.form import Field, Label, links_block, prompt_block
from bot.render import blocks, inputs, rules, sentences
from bot.render.blocks import Block
from bot.render.buttons import Action
from bot.request import ReelRequest, Template
from bot.rules import Refusal
from bot.slots import Standing

MAKE = "make_reel"
"""The modal's callback_id."""

IDEAS = (
    "The funniest minute",
    "The strongest arguments",
    "Every goal",
    "How it works, step by step",
    "The surprising numbers",
    "Questions from the audience and their answers",
)
"""What to look for, for people who do not know yet."""

_NOTES = {
    Note.NOTHING_FOUND: (
        "I looked for a video link in this message's text, its previews, what it forwards and its files, and found none. "
        "Paste one below."
    ),
    Note.LIVES_IN_SLACK: (
        "The video in this message lives in Slack only, and the clip service cannot reach it there. "
        "Put it where a link leads to it (YouTube, also unlisted, or the address of an .mp4), and paste that link below."
    ),
    Note.ONE_LIVES_IN_SLACK: (
        "This message also holds a video that lives in Slack only; the clip service cannot reach that one."
    ),
    Note.NOT_SURE: "I cannot tell whether this link leads to a video; only the clip service will know.",
}

SHAPES = {
    "9:16": "9:16 upright",
    "16:9": "16:9 wide",
    "4:5": "4:5 portrait",
    "1:1": "1:1 square",
}
ON_OFF = {"on": "On", "off": "Off"}
HEIGHTS = {str(height): f"{height}p" for height in RESOLUTIONS}
_TEMPLATES: dict[str, str] = {
    Template.MOMENTS: "Separate moments",
    Template.COMPILATION: "One compilation",
}
_KEPT = "kept"
_PLACEHOLDER = "In your own words; the best moments if you leave it empty"
_FROM_PRESET = (
    "Filled in from this channel's preset; what you change here counts for this reel only."
)
_SHOWN = 75
"""Slack's limit for an option's text."""


def make(
    draft: Draft,
    asked: ReelRequest,
    standing: Standing,
    offer: Iterable[Block] = (),
    refusal: Refusal | None = None,
) -> Block:
    """The modal, filled with what was asked so far. `offer`: what was cut before, above the fields."""
    draft = _carrying(draft, asked)
    fields = [
        *offer,
        *([blocks.mrkdwn_section(_NOTES[draft.note])] if draft.note else []),
        *([_channel()] if draft.channel_id is None else []),
        _links(draft, asked),
        inputs.prompt(prompt_block(draft), Label.PROMPT, asked.prompt, _PLACEHOLDER),
        _ideas(),
        *_restating(
            inputs.choice(Field.CLIPS, "How many clips", counts(), str(asked.num_generations)),
            inputs.choice(Field.SHAPE, "Shape", inputs.undecided(SHAPES), asked.aspect_ratio),
            *(_further(draft, asked) if draft.more else []),
        ),
        *([] if draft.more else [_more()]),
        *([blocks.context(_FROM_PRESET)] if draft.preset else []),
        summary(asked, standing, refusal),
    ]
    return {
        "type": "modal",
        "callback_id": MAKE,
        "private_metadata": draft.metadata(),
        "title": inputs.plain("Cut anew" if draft.anew else "Make a reel"),
        "submit": inputs.plain("Make"),
        "close": inputs.plain("Close"),
        "blocks": fields,
    }


def _carrying(draft: Draft, asked: ReelRequest) -> Draft:
    """What no field can hold travels along, from the first time on: it may be switched off and on again."""
    return replace(
        draft,
        caption_style=draft.caption_style or asked.caption_style,
        translation=draft.translation or asked.translated_subtitles_target_language,
    )


def summary(asked: ReelRequest, standing: Standing, refusal: Refusal | None = None) -> Block:
    """The ask and its price on one line: `3 clips · 15–60 s · 9:16 · uses 1 of 7 slots left`.

    `refusal`: why it would not be accepted now.
    """
    price = rules.in_short(refusal) if refusal else sentences.price(standing)
    return blocks.context(f"{sentences.asked(asked)} · {price}")


def needs_more(asked: ReelRequest) -> bool:
    """Whether the ask has something that only the further fields show."""
    further = (
        asked.min_duration_seconds,
        asked.max_duration_seconds,
        asked.source_start_time,
        asked.source_end_time,
        asked.template,
        asked.subtitles,
        asked.resolution,
        asked.caption_style,
        asked.translated_subtitles_target_language,
    )
    return any(value is not None for value in further)


def _links(draft: Draft, asked: ReelRequest) -> Block:
    if links_block(draft) == Field.VIDEOS:
        return _videos(draft, asked)
    element: Block = {
        "type": "plain_text_input",
        "action_id": inputs.ENTERED,
        "multiline": True,
        "placeholder": inputs.plain("https://youtu.be/…"),
    }
    if asked.video_urls:
        element["initial_value"] = _lines(asked.video_urls)
    hint = "YouTube, Twitch or the address of an .mp4. Up to five, a line each, make one job."
    return inputs.field(Field.LINKS, "Video", element, hint=hint)


def _lines(video_urls: Iterable[str]) -> str:
    """The links that fit into the field, a line each; none is cut, for that would be another link."""
    shown = ""
    # As `clean` as what is typed: what was read from a database or a payload may be older than that rule.
    for link in map(clean, video_urls):
        if len(shown) + len(link) < MAX_LINKS_LENGTH:
            shown += f"\n{link}" if shown else link
    return shown


def _videos(draft: Draft, asked: ReelRequest) -> Block:
    options = [
        inputs.option(str(number), _shortened(link)) for number, link in enumerate(draft.found)
    ]
    element: Block = {"type": "checkboxes", "action_id": inputs.ENTERED, "options": options}
    ticked = [
        option
        for option, link in zip(options, draft.found, strict=True)
        if link in asked.video_urls
    ]
    if ticked:
        element["initial_options"] = ticked
    hint = "Those that you tick make one job; five are the most."
    return inputs.field(Field.VIDEOS, "Videos in this message", element, hint=hint)


def _shortened(link: str) -> str:
    """The start and the end of a link: both tell it apart."""
    shown = sentences.safe(link.partition("://")[2], 500)
    if len(shown) <= _SHOWN:
        return shown
    return f"{shown[: _SHOWN - 26]}…{shown[-25:]}"


def _ideas() -> Block:
    ideas = {
        "type": "static_select",
        "action_id": Action.SUGGEST.value,
        "placeholder": inputs.plain("Ideas…"),
        "options": [inputs.option(idea, idea) for idea in IDEAS],
    }
    return {"type": "actions", "elements": [ideas]}


def _more() -> Block:
    """Where the further fields come when it is pressed."""
    more = {"type": "button", "action_id": Action.MORE.value, "text": inputs.plain("More options")}
    return {"type": "actions", "elements": [more]}


def _further(draft: Draft, asked: ReelRequest) -> list[Block]:
    shortest, longest = asked.min_duration_seconds, asked.max_duration_seconds
    return [
        shortest_clip(Field.SHORTEST, shortest),
        longest_clip(Field.LONGEST, longest),
        _time(Field.START, Label.START, asked.source_start_time),
        _time(Field.END, Label.END, asked.source_end_time),
        inputs.choice(Field.TEMPLATE, "Template", inputs.undecided(_TEMPLATES), asked.template),
        inputs.choice(
            Field.SUBTITLES, "Subtitles", inputs.undecided(ON_OFF), inputs.switched(asked.subtitles)
        ),
        *_captions(draft, asked),
        inputs.choice(
            Field.RESOLUTION, "Resolution", inputs.undecided(HEIGHTS), str(asked.resolution)
        ),
    ]


def shortest_clip(block_id: str, seconds: int | None) -> Block:
    """The field for the shortest length."""
    return inputs.number(block_id, Label.SHORTEST, seconds, (0, MAX_DURATION))


def longest_clip(block_id: str, seconds: int | None) -> Block:
    """The field for the longest length."""
    return inputs.number(block_id, Label.LONGEST, seconds, (1, MAX_DURATION))


def _captions(draft: Draft, asked: ReelRequest) -> list[Block]:
    """Whether the style and the translation that the ask came with stay; nothing where it came with none."""
    carried = ReelRequest(
        (),
        caption_style=draft.caption_style,
        translated_subtitles_target_language=draft.translation,
    )
    offered = " · ".join(sentences.captions(carried))
    if not offered:
        return []
    options = inputs.undecided({_KEPT: f"As set: {offered}"})
    chosen = _KEPT if sentences.captions(asked) else None
    return [inputs.choice(Field.CAPTIONS, "Look of the captions", options, chosen)]


def _time(block_id: str, label: str, seconds: int | None) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "placeholder": inputs.plain("10:00"),
        "max_length": 20,
    }
    if seconds is not None:
        element["initial_value"] = sentences.timecode(seconds)
    return inputs.field(block_id, label, element, optional=True)


def _restating(*fields: Block) -> list[Block]:
    return [inputs.restating(each, Action.CHANGED.value) for each in fields]


def counts() -> list[tuple[str, str]]:
    """The choices of how many clips."""
    return [(str(number), sentences.count(number, "clip")) for number in range(1, MAX_CLIPS + 1)]


def _channel() -> Block:
    element = {
        "type": "conversations_select",
        "action_id": inputs.ENTERED,
        "default_to_current_conversation": True,
        # So that a refusal can be said there, whoever is a member.
        "response_url_enabled": True,
    }
    return inputs.field(Field.CHANNEL, "Where the clips go", element)
