"""Jobs in line for the slots of a key, on a real database."""

from typing import Any

from bot.jobs import Job
from bot.slots import Quota, Standing
from storage.database import Database, Statement
from storage.jobs import JobStore
from storage.slots import SlotStore
from tests.app.job import NOW, another

DAY = 24 * 3600 * 1000


def ledger(base: Database, limit: int | None = 2, key: str = "key-1") -> SlotStore:
    return SlotStore(base, key, Quota(limit, DAY))


async def waiting(jobs: JobStore, name: str, **changes: Any) -> Job:
    """A job in line, its card posted; by default no two ask for the same."""
    added = await jobs.add(another(name, **{"prompt": name, "card_ts": "1.0", **changes}))
    assert added is not None
    return added


async def took(slots: SlotStore, job: Job, now: int = NOW) -> Job:
    taken, standing = await slots.take(job, now)
    assert taken is not None, standing
    return taken


async def refused(slots: SlotStore, job: Job, now: int = NOW) -> Standing:
    taken, standing = await slots.take(job, now)
    assert taken is None
    return standing


async def said(base: Database, *statements: Statement) -> None:
    for statement in statements:
        await base.write(*statement)


async def rows(base: Database) -> list[tuple[str, str]]:
    found = await base.read("SELECT job_id, ending FROM slots ORDER BY id")
    return [(row["job_id"], row["ending"]) for row in found]
