"""The trail of slots as it is read: those that are occupied, and all that were taken, newest first, with their jobs."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bot.jobs import Job
from bot.slots import Ending
from bot.trail import Spent
from storage.database import Database, Row, in_list
from storage.rows import job_of

PAGE = 200
"""Rows that are read at a time, so that a long trail keeps nobody waiting."""
NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TrailStore:
    """The slots of one API key, known by its fingerprint."""

    database: Database
    fingerprint: str

    async def occupied(self, now: int) -> list[Spent]:
        """The slots that are occupied, the one that frees next first; without their jobs."""
        rows = await self.database.read(
            "SELECT * FROM slots WHERE fingerprint = ? AND occupied_until > ? ORDER BY occupied_until, id",
            (self.fingerprint, now),
        )
        return [_spent(row, None) for row in rows]

    async def newest(self, limit: int, before: int = NEWEST) -> list[Spent]:
        """Slots with their jobs, the last one taken first. `before`: only those taken before the slot of this id."""
        rows = await self.database.read(
            "SELECT * FROM slots WHERE fingerprint = ? AND id < ? ORDER BY id DESC LIMIT ?",
            (self.fingerprint, before, limit),
        )
        jobs = await self._jobs([row["job_id"] for row in rows])
        return [_spent(row, jobs.get(row["job_id"])) for row in rows]

    async def all(self) -> AsyncIterator[Spent]:
        """Every slot that is kept, newest first."""
        page = await self.newest(PAGE)
        while page:
            for spent in page:
                yield spent
            page = await self.newest(PAGE, page[-1].id)

    async def _jobs(self, job_ids: Sequence[str]) -> dict[str, Job]:
        rows = await self.database.read(
            f"SELECT * FROM jobs WHERE id IN ({in_list(job_ids)})",  # noqa: S608  placeholders
            job_ids,
        )
        return {row["id"]: job_of(row) for row in rows}


def _spent(row: Row, job: Job | None) -> Spent:
    return Spent(
        row["id"],
        row["team_id"],
        row["user_id"],
        row["channel_id"],
        row["taken_at"],
        row["occupied_until"],
        Ending(row["ending"]),
        row["status"],
        job,
    )
