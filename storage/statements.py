"""The statements that add and change jobs: each is guarded, so that whoever gets no row back has changed nothing."""

import functools
from collections.abc import Iterable, Mapping

from bot.jobs import TRANSITIONS, UNFINISHED, Job, JobState
from storage.database import Statement, Value, in_list
from storage.rows import COLUMNS, row_of, value_of


def moving(job: Job, to: JobState, **changes: object) -> Statement:
    """The guarded UPDATE of a move from the state that was read; it returns the row, or none."""
    if to not in TRANSITIONS.get(job.state, ()):
        raise ValueError(f"no way leads from {job.state} to {to}")
    return updating(job, {"state": to, **changes})


def updating(job: Job, changes: dict[str, object]) -> Statement:
    """The same for a job that stays in its state. Raises `TypeError` for what is no column."""
    if unknown := changes.keys() - set(COLUMNS):
        raise TypeError(f"no such columns: {', '.join(sorted(unknown))}")
    assignments = ", ".join(f"{name} = ?" for name in changes) or "attempt = attempt"
    return (
        f"UPDATE jobs SET {assignments} WHERE id = ? AND attempt = ? AND state = ? RETURNING *",  # noqa: S608
        (*map(value_of, changes.values()), job.id, job.attempt, job.state),
    )


def adding(job: Job, provided: Statement, *, whatever_is_under_way: bool = False) -> Statement:
    """The INSERT of a job that repeats none and was not answered with an offer; it returns its id, or none.

    `provided`: a condition that must hold too.
    """
    row = row_of(job)
    repeats, wish = ("", ()) if whatever_is_under_way else (_NOT_UNDER_WAY, _wish_in(row))
    return (
        f"{_insert(tuple(row))} WHERE {repeats}"  # noqa: S608  our own names
        "NOT EXISTS (SELECT 1 FROM offers WHERE delivery_key = ?) "
        f"AND {provided[0]} ON CONFLICT DO NOTHING RETURNING id",
        (*row.values(), *wish, job.delivery_key, *provided[1]),
    )


_WISH = ("user_id", "channel_id", "request_key", "request")
THE_SAME_WISH = " AND ".join(f"{name} = ?" for name in _WISH)
"""A condition for the values of `wish_of`."""


def wish_of(job: Job) -> tuple[Value, ...]:
    """What makes two unfinished jobs the same, as it is kept: whose, where and what; the key is found by an index."""
    return _wish_in(row_of(job))


def _wish_in(row: Mapping[str, Value]) -> tuple[Value, ...]:
    return tuple(row[name] for name in _WISH)


def quoted(states: Iterable[JobState]) -> str:
    """For an IN (…)."""
    return ", ".join(f"'{state}'" for state in sorted(states))


# Put together once: every command waits for it.
@functools.lru_cache
def _insert(columns: tuple[str, ...]) -> str:
    return f"INSERT INTO jobs ({', '.join(columns)}) SELECT {in_list(columns)}"


_NOT_UNDER_WAY = (
    f"NOT EXISTS (SELECT 1 FROM jobs WHERE {THE_SAME_WISH} "  # noqa: S608  our own names
    f"AND state IN ({quoted(UNFINISHED)})) AND "
)
