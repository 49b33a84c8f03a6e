"""What an operator watches, read from the database."""

from dataclasses import dataclass

from bot.jobs import JobState
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts and ages over all jobs that are kept. Times are UTC epoch milliseconds."""

    database: Database

    async def jobs(self) -> dict[JobState, int]:
        """How many jobs are in each state; every state is there."""
        rows = await self.database.read("SELECT state, count(*) AS jobs FROM jobs GROUP BY state")
        counted = {JobState(row["state"]): int(row["jobs"]) for row in rows}
        return {state: counted.get(state, 0) for state in JobState}

    async def owed_since(self) -> int | None:
        """When the oldest job was accepted whose end is still to be shown; None when nobody waits for one."""
        [row] = await self.database.read(
            "SELECT min(created_at) AS oldest FROM jobs WHERE settled_at IS NULL"
        )
        return int(row["oldest"]) if row["oldest"] is not None else None
