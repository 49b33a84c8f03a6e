"""A job as a row of the jobs table, and back."""

import dataclasses
import json

from bot.jobs import Clip, Job, JobState, Reason, ReelRequest, Template
from storage.database import Row, Value

COLUMNS = tuple(field.name for field in dataclasses.fields(Job))


def row_of(job: Job) -> dict[str, Value]:
    """Column → value, for an INSERT."""
    return {name: value_of(getattr(job, name)) for name in COLUMNS}


def value_of(value: object) -> Value:
    """What the database keeps of a field; requests and clips are JSON."""
    match value:
        case None | int() | float():
            return value
        case str():
            return str(value)
        case ReelRequest():
            return json.dumps(dataclasses.asdict(value))
        case tuple():
            return json.dumps([dataclasses.asdict(clip) for clip in value])
        case _:
            raise TypeError(f"no column takes a {type(value).__name__}")


def job_of(row: Row) -> Job:
    """The job that a row holds."""
    values = dict(row)
    request = json.loads(values["request"])
    request["video_urls"] = tuple(request["video_urls"])
    request["template"] = Template(request["template"]) if request["template"] else None
    clips = [
        Clip(**{**clip, "hashtags": tuple(clip["hashtags"])})
        for clip in json.loads(values["clips"])
    ]
    return Job(
        **{
            **values,
            "request": ReelRequest(**request),
            "clips": tuple(clips),
            "state": JobState(values["state"]),
            "reason": Reason(values["reason"]) if values["reason"] else None,
        }
    )
