"""The modal that makes a reel: links, what to look for, options, and one line with the ask and its price. Pure."""

from collections.abc import Iterable

from bot.ask import (
    MAX_CLIPS,
    MAX_DURATION,
    MAX_LINKS_LENGTH,
    MAX_PROMPT,
    RESOLUTIONS,
    clean,
)
from bot.draft import Draft, Note
from bot.form import UNDECIDED, Field, links_block, prompt_block
from bot.jobs import ReelRequest, Template
from bot.render import blocks, sentences
from bot.render.blocks import Block
from bot.render.buttons import Action
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

_ENTERED = "entered"
_SHAPES = {
    "9:16": "9:16 upright",
    "16:9": "16:9 wide",
    "4:5": "4:5 portrait",
    "1:1": "1:1 square",
}
_TEMPLATES = {Template.MOMENTS: "Separate moments", Template.COMPILATION: "One compilation"}
_SHOWN = 75
"""Slack's limit for an option's text."""


def make(draft: Draft, asked: ReelRequest, standing: Standing) -> Block:
    """The modal, filled with what was asked so far."""
    fields = [
        *([blocks.mrkdwn_section(_NOTES[draft.note])] if draft.note else []),
        *([_channel()] if draft.channel_id is None else []),
        _links(draft, asked),
        _prompt(draft, asked.prompt),
        _helpers(draft),
        _choice(Field.CLIPS, "How many clips", _counts(), str(asked.num_generations)),
        _choice(Field.SHAPE, "Shape", _undecided(_SHAPES), asked.aspect_ratio),
        *(_further(asked) if draft.more else []),
        summary(asked, standing),
    ]
    return {
        "type": "modal",
        "callback_id": MAKE,
        "private_metadata": draft.metadata(),
        "title": _plain("Cut anew" if draft.anew else "Make a reel"),
        "submit": _plain("Make"),
        "close": _plain("Back"),
        "blocks": fields,
    }


def summary(asked: ReelRequest, standing: Standing) -> Block:
    """The ask and its price on one line: `3 clips · 15–60 s · 9:16 · uses 1 of 7 slots left`."""
    return blocks.context(f"{sentences.asked(asked)} · {sentences.price(standing)}")


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
    )
    return any(value is not None for value in further)


def _links(draft: Draft, asked: ReelRequest) -> Block:
    if links_block(draft) == Field.VIDEOS:
        return _videos(draft, asked)
    element: Block = {
        "type": "plain_text_input",
        "action_id": _ENTERED,
        "multiline": True,
        "placeholder": _plain("https://youtu.be/…"),
    }
    if asked.video_urls:
        element["initial_value"] = _lines(asked.video_urls)
    hint = "YouTube, Twitch or the address of an .mp4. Up to five, a line each, make one job."
    return _input(Field.LINKS, "Video", element, hint=hint)


def _lines(video_urls: Iterable[str]) -> str:
    """The links that fit into the field, a line each; none is cut, for that would be another link."""
    shown = ""
    # As `clean` as what is typed: what was read from a database or a payload may be older than that rule.
    for link in map(clean, video_urls):
        if len(shown) + len(link) < MAX_LINKS_LENGTH:
            shown += f"\n{link}" if shown else link
    return shown


def _videos(draft: Draft, asked: ReelRequest) -> Block:
    options = [_option(str(number), _shortened(link)) for number, link in enumerate(draft.found)]
    element: Block = {"type": "checkboxes", "action_id": _ENTERED, "options": options}
    ticked = [
        option
        for option, link in zip(options, draft.found, strict=True)
        if link in asked.video_urls
    ]
    if ticked:
        element["initial_options"] = ticked
    hint = "Those that you tick make one job; five are the most."
    return _input(Field.VIDEOS, "Videos in this message", element, hint=hint)


def _shortened(link: str) -> str:
    """The start and the end of a link: both tell it apart."""
    shown = sentences.safe(link.partition("://")[2], 500)
    if len(shown) <= _SHOWN:
        return shown
    return f"{shown[: _SHOWN - 26]}…{shown[-25:]}"


def _prompt(draft: Draft, prompt: str | None) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": _ENTERED,
        "multiline": True,
        "placeholder": _plain("In your own words; the best moments if you leave it empty"),
    }
    if prompt:
        element["initial_value"] = clean(prompt)[:MAX_PROMPT]
    return _input(prompt_block(draft), "What to look for", element, optional=True)


def _helpers(draft: Draft) -> Block:
    ideas = {
        "type": "static_select",
        "action_id": Action.SUGGEST.value,
        "placeholder": _plain("Ideas…"),
        "options": [_option(idea, idea) for idea in IDEAS],
    }
    more = {"type": "button", "action_id": Action.MORE.value, "text": _plain("More options")}
    return {"type": "actions", "elements": [ideas] if draft.more else [ideas, more]}


def _further(asked: ReelRequest) -> list[Block]:
    heights = {str(height): f"{height}p" for height in RESOLUTIONS}
    subtitles = None if asked.subtitles is None else "on" if asked.subtitles else "off"
    height = None if asked.resolution is None else str(asked.resolution)
    return [
        _seconds(Field.SHORTEST, "Shortest clip, in seconds", asked.min_duration_seconds, 0),
        _seconds(Field.LONGEST, "Longest clip, in seconds", asked.max_duration_seconds, 1),
        _time(Field.START, "Only from", asked.source_start_time),
        _time(Field.END, "Only up to", asked.source_end_time),
        _choice(Field.TEMPLATE, "Template", _undecided(_TEMPLATES), asked.template),
        _choice(Field.SUBTITLES, "Subtitles", _undecided({"on": "On", "off": "Off"}), subtitles),
        _choice(Field.RESOLUTION, "Resolution", _undecided(heights), height),
    ]


def _seconds(field: Field, label: str, seconds: int | None, least: int) -> Block:
    element: Block = {
        "type": "number_input",
        "is_decimal_allowed": False,
        "min_value": str(least),
        "max_value": str(MAX_DURATION),
    }
    # What was misunderstood may be beyond them.
    if seconds is not None and least <= seconds <= MAX_DURATION:
        element["initial_value"] = str(seconds)
    return _restating(_input(field, label, element, optional=True))


def _time(field: Field, label: str, seconds: int | None) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "placeholder": _plain("10:00"),
        "max_length": 20,
    }
    if seconds is not None:
        element["initial_value"] = sentences.timecode(seconds)
    return _restating(_input(field, label, element, optional=True))


def _choice(
    field: Field, label: str, options: Iterable[tuple[str, str]], chosen: str | None
) -> Block:
    """A menu. Its first option stands where nothing was chosen."""
    offered = [_option(value, text) for value, text in options]
    initial = next((option for option in offered if option["value"] == chosen), offered[0])
    element: Block = {"type": "static_select", "options": offered, "initial_option": initial}
    return _restating(_input(field, label, element))


def _restating(field: Block) -> Block:
    """An input whose every change is sent, so that the ask can be restated."""
    element: Block = {**field["element"], "action_id": Action.CHANGED.value}  # type: ignore[dict-item]
    if element["type"] != "static_select":
        element["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    return {**field, "element": element, "dispatch_action": True}


def _counts() -> list[tuple[str, str]]:
    return [(str(number), sentences.count(number, "clip")) for number in range(1, MAX_CLIPS + 1)]


def _undecided(options: dict[str, str] | dict[Template, str]) -> list[tuple[str, str]]:
    return [(UNDECIDED, "Reka decides"), *((str(value), text) for value, text in options.items())]


def _channel() -> Block:
    element = {
        "type": "conversations_select",
        "action_id": _ENTERED,
        "default_to_current_conversation": True,
        # So that a refusal can be said there, whoever is a member.
        "response_url_enabled": True,
    }
    return _input(Field.CHANNEL, "Where the clips go", element)


def _input(
    block_id: str, label: str, element: Block, *, hint: str | None = None, optional: bool = False
) -> Block:
    field: Block = {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label),
        "element": element,
        "optional": optional,
    }
    return {**field, "hint": _plain(hint)} if hint else field


def _option(value: str, text: str) -> Block:
    return {"text": _plain(text), "value": value}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
