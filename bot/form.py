"""The modal's fields: what a person ticked and typed there → a `ReelRequest`, and a sentence for each field. Pure."""

from enum import StrEnum

from bot import ask, links
from bot.bounds import Words, problems_of
from bot.captions import CaptionStyle
from bot.draft import Draft
from bot.request import DEFAULT_CLIPS, ReelRequest, Template
from bot.values import Values, chosen, entered, number, seconds, switch, typed


class Field(StrEnum):
    """The block ids of the modal's inputs."""

    CHANNEL = "channel"
    LINKS = "links"
    #: Instead of LINKS where a message has several.
    VIDEOS = "videos"
    #: The first one; the next are numbered.
    PROMPT = "prompt"
    CLIPS = "clips"
    SHAPE = "shape"
    SHORTEST = "shortest"
    LONGEST = "longest"
    TEMPLATE = "template"
    START = "start"
    END = "end"
    SUBTITLES = "subtitles"
    #: Where the ask came with a caption style or a translation: whether they stay.
    CAPTIONS = "captions"
    RESOLUTION = "resolution"


class Label(StrEnum):
    """What those fields are called that a sentence about them names."""

    PROMPT = "What to look for"
    SHORTEST = "Shortest clip, in seconds"
    LONGEST = "Longest clip, in seconds"
    START = "Only from"
    END = "Only up to"


FIELDS = Words(
    prompt=f"“{Label.PROMPT}”",
    shortest=f"“{Label.SHORTEST}”",
    longest=f"“{Label.LONGEST}”",
    longer=f"put {{}} or more into “{Label.LONGEST}”",
    start=f"“{Label.START}”",
    end=f"“{Label.END}”",
)
"""What a sentence about the form calls its fields."""

NO_TIME = "That is no time; write 90s, 10:00 or 1:10:00."

_BLOCKS = {"max_duration_seconds": Field.LONGEST, "source_end_time": Field.END}
_TIMES = (Field.SHORTEST, Field.LONGEST, Field.START, Field.END)


def prompt_block(draft: Draft) -> str:
    """The block id of the prompt's field."""
    return f"{Field.PROMPT}_{draft.taken}" if draft.taken else Field.PROMPT


def links_block(draft: Draft) -> str:
    """The block id of the field for links."""
    return Field.VIDEOS if len(draft.found) > 1 else Field.LINKS


def read(values: Values, draft: Draft) -> tuple[ReelRequest, dict[str, str]]:
    """The request as far as it can be read, and block_id → sentence for what is wrong with it."""
    template = chosen(values, Field.TEMPLATE)
    style, language = _captions(values, draft)
    request = ReelRequest(
        video_urls=_video_urls(values, draft),
        prompt=ask.clean(typed(values, prompt_block(draft))).strip() or None,
        num_generations=number(values, Field.CLIPS) or DEFAULT_CLIPS,
        template=Template(template) if template else None,
        min_duration_seconds=seconds(values, Field.SHORTEST),
        max_duration_seconds=seconds(values, Field.LONGEST),
        source_start_time=seconds(values, Field.START),
        source_end_time=seconds(values, Field.END),
        subtitles=switch(values, Field.SUBTITLES),
        aspect_ratio=chosen(values, Field.SHAPE),
        resolution=number(values, Field.RESOLUTION),
        caption_style=style,
        translated_subtitles_target_language=language,
    )
    return request, _problems(values, draft, request)


def _captions(values: Values, draft: Draft) -> tuple[CaptionStyle | None, str | None]:
    """The style and the translation that the draft carries, unless they are not wanted, or no subtitles are."""
    wanted = Field.CAPTIONS not in values or chosen(values, Field.CAPTIONS)
    if not wanted or switch(values, Field.SUBTITLES) is False:
        return None, None
    return draft.caption_style, draft.translation


def _problems(values: Values, draft: Draft, request: ReelRequest) -> dict[str, str]:
    blocks = {**_BLOCKS, "prompt": prompt_block(draft), "video_urls": links_block(draft)}
    problems: dict[str, str] = {}
    for name, sentence in problems_of(request, FIELDS):
        problems.setdefault(
            blocks[name], sentence.replace("`", "")
        )  # a field's error has no markup
    for field in _TIMES:
        if typed(values, field) and seconds(values, field) is None:
            problems[field] = NO_TIME
    return problems


def _video_urls(values: Values, draft: Draft) -> tuple[str, ...]:
    if links_block(draft) == Field.VIDEOS:
        ticked = [
            int(option["value"])
            for option in entered(values, Field.VIDEOS).get("selected_options") or []
        ]
        return tuple(draft.found[number] for number in ticked)
    words = links.untangled(ask.clean(typed(values, Field.LINKS))).split()
    # What is no address stays, so that it is named rather than lost.
    return tuple(dict.fromkeys(links.canonical(links.as_link(word) or word) for word in words))


def channel(values: Values) -> str | None:
    """The conversation that was chosen, where the modal asked for one."""
    selected = entered(values, Field.CHANNEL).get("selected_conversation")
    return str(selected) if selected else None


def delivery_key(view_id: str, draft: Draft, request: ReelRequest) -> str:
    """The same modal submitted twice is the same request.

    One that has offered what was cut before is made by the *Make* after it only; the one before is answered with the
    offer, however often it is delivered, and what is asked instead is a request of its own.
    """
    if draft.offered is None:
        return f"view:{view_id}"
    this = request.fingerprint()
    return f"view:{view_id}:{this}" + (":offered" if this == draft.offered else "")
