"""A job as a row of the jobs table, and back."""

import dataclasses
import functools
import json
from collections.abc import Sequence
from typing import Any

from bot.captions import CaptionStyle
from bot.jobs import Clip, Job, JobState, Move, Reason
from bot.request import ReelRequest, Template
from storage.database import Row, Value

COLUMNS = tuple(field.name for field in dataclasses.fields(Job))
_OPTIONS = tuple(field.name for field in dataclasses.fields(ReelRequest))
_REMEMBERED = 4_096
_compact = json.JSONEncoder(separators=(",", ":")).encode
_LATER = ("caption_style", "translated_subtitles_target_language")


def row_of(job: Job) -> dict[str, Value]:
    """Column → value, for an INSERT; with the links in a column of their own, by which jobs of a video are found.

    What is None is left out: its column is NULL by itself, and to bind a NULL costs sqlite3 more than to bind a word.
    """
    row = {name: value_of(value) for name in COLUMNS if (value := getattr(job, name)) is not None}
    row["videos"] = videos_of(job.request.video_urls)
    return row


def videos_of(video_urls: Sequence[str]) -> str:
    """The links of a request as the videos column keeps them."""
    return _compact(video_urls)


def value_of(value: object) -> Value:
    """What the database keeps of a field; requests, clips and lists of names are JSON."""
    match value:
        case str():
            return str(value)
        case None | int() | float():
            return value
        case ReelRequest():
            return json.dumps(_request_json(value))
        case tuple():
            return json.dumps(
                [item if isinstance(item, str) else dataclasses.asdict(item) for item in value]
            )
        case _:
            raise TypeError(f"no column takes a {type(value).__name__}")


def _request_json(request: ReelRequest) -> dict[str, object]:
    values = {name: getattr(request, name) for name in _OPTIONS}
    if request.caption_style is not None:
        values["caption_style"] = dataclasses.asdict(request.caption_style)
    # What came later is left out where it is not chosen: the same request stays the same text, whichever version kept it.
    return {
        name: value for name, value in values.items() if name not in _LATER or value is not None
    }


def style_of(kept: dict[str, Any] | None) -> CaptionStyle | None:
    """The caption style in a kept JSON object."""
    return CaptionStyle(**kept) if kept else None


# A live job's row is read again and again, and mostly the same: what it says as JSON is read once, and cannot be changed.
@functools.lru_cache(maxsize=_REMEMBERED)
def request_of(kept: str) -> ReelRequest:
    """The request in a kept JSON object."""
    request = json.loads(kept)
    request["video_urls"] = tuple(request["video_urls"])
    request["template"] = Template(request["template"]) if request["template"] else None
    request["caption_style"] = style_of(request.get("caption_style"))
    return ReelRequest(**request)


@functools.lru_cache(maxsize=_REMEMBERED)
def _clips_of(kept: str) -> tuple[Clip, ...]:
    clips = json.loads(kept)
    return tuple(Clip(**{**clip, "hashtags": tuple(clip["hashtags"])}) for clip in clips)


@functools.lru_cache(maxsize=_REMEMBERED)
def _names_of(kept: str) -> tuple[str, ...]:
    return tuple(json.loads(kept))


def job_of(row: Row | dict[str, Any]) -> Job:
    """The job that a row holds."""
    values = {name: row[name] for name in COLUMNS}  # a newer Reel may have more
    return Job(
        **{
            **values,
            "request": request_of(values["request"]),
            "clips": _clips_of(values["clips"]),
            "preset": _names_of(values["preset"]),
            "state": JobState(values["state"]),
            "reason": Reason(values["reason"]) if values["reason"] else None,
            "moved": Move(values["moved"]) if values["moved"] else None,
        }
    )
