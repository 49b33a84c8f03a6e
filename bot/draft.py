"""What a modal was opened for. It travels in the modal's private_metadata, so that nothing is kept until it is submitted."""

import dataclasses
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.captions import CaptionStyle


class Note(StrEnum):
    """What the modal says above its fields."""

    NOTHING_FOUND = "nothing_found"
    LIVES_IN_SLACK = "lives_in_slack"
    #: There are links, and one video that cannot be reached.
    ONE_LIVES_IN_SLACK = "one_lives_in_slack"
    #: There are links, and none is known to be of a video.
    NOT_SURE = "not_sure"


@dataclass(frozen=True, slots=True)
class Draft:
    """Where the clips are to go, and what was found there.

    `channel_id` None: the person chooses. `thread_ts`: the thread that the request was made in. `parent_id`: the job
    whose ask is changed; with `anew` it is that job's one *Cut anew*. `found`: links to choose among. `more`: all fields
    are shown. `taken`: how many suggestions were taken; each makes a new prompt field, since Slack keeps what an old
    one holds. `preset`: it was filled in from the channel's preset. `offered`: the request for which what was cut before
    has been offered, by its fingerprint, so *Make* makes that one. `caption_style` and `translation` came with the ask,
    and have no fields of their own.
    """

    channel_id: str | None = None
    thread_ts: str | None = None
    response_url: str | None = field(default=None, repr=False)
    parent_id: str | None = None
    anew: bool = False
    found: tuple[str, ...] = ()
    note: Note | None = None
    more: bool = False
    taken: int = 0
    preset: bool = False
    offered: str | None = None
    caption_style: CaptionStyle | None = None
    translation: str | None = None

    def metadata(self) -> str:
        """As private_metadata: what is unset is left out, for there is room for 3,000 characters."""
        chosen = _chosen(dataclasses.asdict(self))
        return json.dumps(chosen, ensure_ascii=False, separators=(",", ":"))


def _chosen(values: dict[str, Any]) -> dict[str, Any]:
    kept = {name: _chosen(it) if isinstance(it, dict) else it for name, it in values.items()}
    return {name: value for name, value in kept.items() if value}


def drafted(metadata: str) -> Draft:
    """The draft that a modal's private_metadata holds."""
    values = json.loads(metadata)
    note = Note(values["note"]) if "note" in values else None
    style = CaptionStyle(**values["caption_style"]) if "caption_style" in values else None
    found = tuple(values.get("found", ()))
    return Draft(**{**values, "found": found, "note": note, "caption_style": style})
