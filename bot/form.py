"""The modal's fields: what a person ticked and typed there → a `ReelRequest`, and a sentence for each field. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bot import ask, links
from bot.draft import Draft
from bot.jobs import DEFAULT_CLIPS, ReelRequest, Template

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""A view's `state.values`: block_id → action_id → what stands there."""


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
    RESOLUTION = "resolution"


UNDECIDED = "reka"
"""The value of the option that leaves a choice to Reka."""

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
    subtitles = _chosen(values, Field.SUBTITLES)
    template = _chosen(values, Field.TEMPLATE)
    resolution = _chosen(values, Field.RESOLUTION)
    request = ReelRequest(
        video_urls=_video_urls(values, draft),
        prompt=ask.clean(_typed(values, prompt_block(draft))).strip() or None,
        num_generations=int(_chosen(values, Field.CLIPS) or DEFAULT_CLIPS),
        template=Template(template) if template else None,
        min_duration_seconds=_seconds(values, Field.SHORTEST),
        max_duration_seconds=_seconds(values, Field.LONGEST),
        source_start_time=_seconds(values, Field.START),
        source_end_time=_seconds(values, Field.END),
        subtitles=subtitles == "on" if subtitles else None,
        aspect_ratio=_chosen(values, Field.SHAPE),
        resolution=int(resolution) if resolution else None,
    )
    return request, _problems(values, draft, request)


def _problems(values: Values, draft: Draft, request: ReelRequest) -> dict[str, str]:
    blocks = {**_BLOCKS, "prompt": prompt_block(draft), "video_urls": links_block(draft)}
    problems: dict[str, str] = {}
    for name, sentence in ask.problems_of(request):
        problems.setdefault(
            blocks[name], sentence.replace("`", "")
        )  # a field's error has no markup
    for field in _TIMES:
        if _typed(values, field) and _seconds(values, field) is None:
            problems[field] = NO_TIME
    return problems


def _video_urls(values: Values, draft: Draft) -> tuple[str, ...]:
    if links_block(draft) == Field.VIDEOS:
        ticked = [
            int(option["value"])
            for option in _entered(values, Field.VIDEOS).get("selected_options") or []
        ]
        return tuple(draft.found[number] for number in ticked)
    words = links.untangled(ask.clean(_typed(values, Field.LINKS))).split()
    # What is no address stays, so that it is named rather than lost.
    return tuple(dict.fromkeys(links.canonical(links.as_link(word) or word) for word in words))


def _entered(values: Values, block_id: str) -> Mapping[str, Any]:
    return next(iter(values.get(block_id, {}).values()), {})


def _typed(values: Values, block_id: str) -> str:
    return str(_entered(values, block_id).get("value") or "").strip()


def _chosen(values: Values, block_id: str) -> str | None:
    option = _entered(values, block_id).get("selected_option") or {}
    value = option.get("value")
    return None if value in {None, UNDECIDED} else str(value)


def _seconds(values: Values, block_id: str) -> int | None:
    return ask.seconds_in(_typed(values, block_id))


def channel(values: Values) -> str | None:
    """The conversation that was chosen, where the modal asked for one."""
    chosen = _entered(values, Field.CHANNEL).get("selected_conversation")
    return str(chosen) if chosen else None
