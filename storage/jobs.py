"""Jobs in SQLite. A move between states is one guarded UPDATE; whoever gets no row back has lost the job."""

import dataclasses
import json
from dataclasses import dataclass

from bot.jobs import Clip, Job, JobState, Reason, ReelRequest, Template, sources_of
from storage.database import Database, Row, Value

_COLUMNS = tuple(field.name for field in dataclasses.fields(Job))


class Lost(Exception):
    """The write found no row: another owner, another state. Stop; nothing was changed."""


@dataclass(frozen=True, slots=True)
class JobStore:
    """The jobs table."""

    database: Database

    async def add(self, job: Job) -> Job | None:
        """Insert a job. None when its delivery key is known: the same request was delivered before."""
        row = _row(job)
        rows = await self.database.write(
            f"INSERT INTO jobs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) "  # noqa: S608  our own names
            "ON CONFLICT (delivery_key) DO NOTHING RETURNING *",
            tuple(row.values()),
        )
        return _job(rows[0]) if rows else None

    async def get(self, job_id: str) -> Job | None:
        """The job as committed, or None."""
        rows = await self.database.read("SELECT * FROM jobs WHERE id = ?", (job_id,))
        return _job(rows[0]) if rows else None

    async def delivered(self, key: str) -> Job | None:
        """The job of a delivery key, or None."""
        rows = await self.database.read("SELECT * FROM jobs WHERE delivery_key = ?", (key,))
        return _job(rows[0]) if rows else None

    async def unsettled(self) -> list[str]:
        """Ids of the jobs that the app still owes something (an end, a final card, the links), oldest first."""
        rows = await self.database.read(
            "SELECT id FROM jobs WHERE settled_at IS NULL ORDER BY created_at, id"
        )
        return [row["id"] for row in rows]

    async def take(self, job_id: str) -> Job | None:
        """Become the job's owner: from here on, writes of a former owner find no row."""
        rows = await self.database.write(
            "UPDATE jobs SET attempt = attempt + 1 WHERE id = ? RETURNING *", (job_id,)
        )
        return _job(rows[0]) if rows else None

    async def move(self, job: Job, to: JobState, **changes: object) -> Job:
        """Move a job to another state, with other columns in the same statement. Raises `Lost`."""
        return await self._update(job, sources_of(to), {"state": to, **changes})

    async def note(self, job: Job, **changes: object) -> Job:
        """Change columns of a job that stays in its state. Raises `Lost`."""
        return await self._update(job, (job.state,), changes)

    async def _update(
        self, job: Job, sources: tuple[JobState, ...], changes: dict[str, object]
    ) -> Job:
        if unknown := changes.keys() - set(_COLUMNS):
            raise TypeError(f"no such columns: {', '.join(sorted(unknown))}")
        assignments = ", ".join(f"{name} = ?" for name in changes)
        rows = await self.database.write(
            f"UPDATE jobs SET {assignments} WHERE id = ? AND attempt = ? AND state IN ({_quoted(sources)}) RETURNING *",  # noqa: S608
            (*map(_value, changes.values()), job.id, job.attempt),
        )
        if not rows:
            raise Lost(job.id)
        return _job(rows[0])


def _quoted(states: object) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))  # type: ignore[call-overload]  # JobState only


def _row(job: Job) -> dict[str, Value]:
    return {name: _value(getattr(job, name)) for name in _COLUMNS}


def _value(value: object) -> Value:
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


def _job(row: Row) -> Job:
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
