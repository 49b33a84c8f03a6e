"""The start that a waiting job's card names is a promise: it moves only for a reason, and the card says which. Pure."""

from bot.jobs import Job, Move, Reason
from bot.slots import Standing, minute

_HOLDS = {Reason.PAUSED, Reason.RATE_LIMITED, Reason.UNREACHABLE, Reason.KEY_REFUSED}


def moved(job: Job, standing: Standing, now: int) -> Move | None:
    """Why the job starts at another minute than its card said last; where it does not, why it did so before.

    While no time can be named, nothing has moved yet.
    """
    before, after = job.told_start, standing.starts_at
    if before is None or after is None or minute(after) == minute(before):
        return job.moved
    further_back = (standing.place or 0) - (job.told_place or 0)
    if after < before:
        return Move.FEWER if further_back < 0 else Move.SLOT_SOONER
    if (
        standing.reason in _HOLDS or before <= now
    ):  # what was named has passed: nothing could go then
        return Move.HELD
    return _later(standing, further_back)


def _later(standing: Standing, further_back: int) -> Move:
    if further_back > 0:
        return Move.TURNS
    if standing.reserved:
        return Move.RESERVED
    return Move.OTHERS if standing.others else Move.SLOT_LATER


def told(job: Job, standing: Standing, now: int) -> dict[str, object]:
    """What changes of what a job keeps of its card's promise, by the names of its columns; {} for nothing."""
    start, place = standing.starts_at, standing.place
    if start is None or start <= now:
        return {}
    if job.told_start is not None and minute(start) == minute(job.told_start):
        start = job.told_start  # what is shown is the minute
    kept = {"told_start": start, "told_place": place, "moved": moved(job, standing, now)}
    return {name: value for name, value in kept.items() if getattr(job, name) != value}
