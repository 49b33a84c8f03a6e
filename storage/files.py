"""The clips of a job as files in Slack: how far each has come."""

import dataclasses
from dataclasses import dataclass

from bot.jobs import ClipFile, Job
from storage.database import Database, Statement
from storage.glance import Glance
from storage.jobs import Lost

_COLUMNS = tuple(field.name for field in dataclasses.fields(ClipFile))


@dataclass(frozen=True, slots=True)
class FileStore:
    """The files table."""

    database: Database

    def query(self, job: Job) -> Statement:
        """For a glance: what `of` asks."""
        return (
            f"SELECT {', '.join(_COLUMNS)} FROM files WHERE job_id = ? ORDER BY number",  # noqa: S608  our own names
            (job.id,),
        )

    async def of(self, job: Job, glance: Glance | None = None) -> tuple[ClipFile, ...]:
        """The files of a job, as far as they have begun, by number."""
        rows = await (glance or self.database.read)(*self.query(job))
        return tuple(ClipFile(**row) for row in rows)

    async def keep(self, job: Job, file: ClipFile) -> ClipFile:
        """Store how far a file has come. Raises `Lost` when the job has another owner."""
        rows = await self.database.alone(
            "INSERT INTO files (job_id, number, file_id, marked_at, shared_at, skipped) "
            "SELECT id, ?, ?, ?, ?, ? FROM jobs WHERE id = ? AND attempt = ? "
            "ON CONFLICT (job_id, number) DO UPDATE SET file_id = excluded.file_id, marked_at = excluded.marked_at, "
            "shared_at = excluded.shared_at, skipped = excluded.skipped RETURNING number",
            (
                file.number,
                file.file_id,
                file.marked_at,
                file.shared_at,
                file.skipped,
                job.id,
                job.attempt,
            ),
        )
        if not rows:
            raise Lost(job.id)
        return file
