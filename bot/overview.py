"""The read side: jobs, slots and their trail as they stand in the database, whether the app runs or not."""

from dataclasses import dataclass

from bot.config import DatabaseSettings, SettingsError
from bot.jobs import Job, JobState, Reason
from bot.slots import Quota, Standing
from bot.trail import Spent
from storage.database import Database
from storage.jobs import JobStore
from storage.look import looked_into
from storage.slots import SlotStore
from storage.trail import TrailStore


@dataclass(frozen=True, slots=True)
class Entry:
    """One job in the list. `since`: epoch ms of when it came to its state; `reason`: why it waits or rests."""

    job: Job
    since: int
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The newest jobs, newest first, and the key's slots; None without a key."""

    entries: tuple[Entry, ...]
    slots: Standing | None


async def overview(settings: DatabaseSettings, limit: int, now: int) -> Overview:
    """Read the newest jobs and the slots. `now` in epoch ms. Raises `DatabaseError`."""
    async with looked_into(settings.reel_database) as database:
        slots = _slots(settings, database)
        jobs = await JobStore(database).recent(limit)
        entries = [await _entry(job, slots, now) for job in jobs]
        return Overview(tuple(entries), await slots.overall(now) if slots else None)


async def trail(settings: DatabaseSettings, limit: int | None) -> list[Spent]:
    """Read the slots that were taken, newest first; `limit` None: all that are kept.

    Raises `DatabaseError`, and `SettingsError` without a key.
    """
    if settings.fingerprint is None:
        raise SettingsError("REKA_API_KEY is missing (slots belong to a key).")
    async with looked_into(settings.reel_database) as database:
        store = TrailStore(database, settings.fingerprint)
        return await store.newest(limit) if limit else [spent async for spent in store.all()]


def _slots(settings: DatabaseSettings, database: Database) -> SlotStore | None:
    if settings.fingerprint is None:
        return None
    quota = Quota(settings.reel_slot_limit or None, settings.reel_slot_window * 1000)
    return SlotStore(database, settings.fingerprint, quota)


async def _entry(job: Job, slots: SlotStore | None, now: int) -> Entry:
    if job.state is JobState.WAITING and slots:
        return Entry(job, job.created_at, (await slots.standing(job, now)).reason)
    return Entry(job, since(job), job.reason)


def since(job: Job) -> int:
    """When the job came to the state it is in; epoch ms."""
    begun = {
        JobState.WAITING: job.created_at,
        JobState.SUBMITTING: job.submitted_at,
        JobState.RUNNING: job.running_at,
    }
    return begun.get(job.state, job.ended_at) or job.created_at
