"""The start that a waiting job's card names is a promise: it moves only for a reason, and the card says which. Pure."""

from bot.jobs import Job, Move, Reason
from bot.slots import Standing, minute

_HOLDS = {Reason.PAUSED, Reason.RATE_LIMITED, Reason.UNREACHABLE, Reason.KEY_REFUSED}


def moved(job: Job, standing: Standing) -> Move | None:
    """Why the job starts at another minute than its card said last, or, where it does not, why it did so before."""
    before, after = job.told_start, standing.starts_at
    if before is None or (after is not None and minute(after) == minute(before)):
        return job.moved
    place = standing.place or 0
    told = job.told_place or 0
    return (
        _later(standing, place - told) if after is None or after > before else _sooner(place - told)
    )


def _later(standing: Standing, further_back: int) -> Move:
    if standing.reason in _HOLDS:
        return Move.HELD
    if further_back > 0:
        return Move.TURNS
    if standing.reason is Reason.RESERVED:
        return Move.RESERVED
    return Move.OTHERS if standing.others else Move.SLOT_LATER


def _sooner(further_back: int) -> Move:
    return Move.FEWER if further_back < 0 else Move.SLOT_SOONER


def told(job: Job, standing: Standing, now: int) -> dict[str, object]:
    """What changes of what a job keeps of its card's promise, by the names of its columns; {} for nothing."""
    start = standing.starts_at if standing.starts_at and standing.starts_at > now else None
    kept = {"told_start": start, "told_place": standing.place, "moved": moved(job, standing)}
    return {name: value for name, value in kept.items() if getattr(job, name) != value}
