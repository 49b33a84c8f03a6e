"""What lets a job in: looked at in the transaction that adds it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from storage.database import Execute, Statement

Check = Callable[[Execute], Awaitable[None]]
"""Looks at what a transaction has done so far, and raises to undo it."""


@dataclass(frozen=True, slots=True)
class Admission:
    """`provided`: a condition of the statement that adds the job, which costs least. `check` looks once the job is in."""

    provided: Statement = ("TRUE", ())
    check: Check | None = None
