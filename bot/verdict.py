"""What a POST that brought no id means for its job, its slot and its key. Pure."""

from dataclasses import dataclass, field

from bot.jobs import Job, JobState, Reason
from bot.reka import errors
from bot.slots import Ending

RETRY_MS = (15_000, 30_000, 60_000, 120_000, 300_000)
"""Pauses between tries that surely did not reach Reka; the last one repeats."""
REFUSED_KEY_MS = 15 * 60_000
"""How long a refused key is left alone; a try with it costs nothing."""
LONGEST_NAMED_MS = 24 * 3600 * 1000
"""What the server names is obeyed up to here: the window is no longer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The job's next state with its columns, how the slot's POST ended, and the key's pause (reason, until)."""

    state: JobState
    ending: Ending
    changes: dict[str, object] = field(default_factory=dict)
    pause: tuple[Reason, int] | None = None


def verdict(error: errors.RekaError, job: Job, tries: int, now: int) -> Verdict:
    """Judge a failed POST. `tries` in a row before this one did not reach Reka.

    Surely not landed and worth another try: back to waiting, the slot is free. Refused: failed. All else is ambiguous,
    and stays `submitting` until it is looked into.
    """
    fault = error.fault if isinstance(error, errors.StatusError) else None
    known: dict[str, object] = (
        {"request_id": fault.request_id} if fault and fault.request_id else {}
    )
    match error:
        case errors.NotLanded():
            pause = (Reason.UNREACHABLE, now + RETRY_MS[min(tries, len(RETRY_MS) - 1)])
        case errors.RateLimited(fault=errors.Fault(retry_after=seconds)):
            pause = (Reason.RATE_LIMITED, now + _named(seconds, tries))
        case errors.KeyRefused():
            pause = (Reason.KEY_REFUSED, now + REFUSED_KEY_MS)
        case errors.StatusError() if error.not_landed:
            known |= {"reason": Reason.REQUEST_REFUSED, "ended_at": now}
            known |= {"error_message": error.fault.message or None}
            return Verdict(JobState.FAILED, Ending.REFUSED, known)
        case _:
            return Verdict(JobState.SUBMITTING, Ending.AMBIGUOUS, known)
    if job.cancel_requested_at is not None:
        return Verdict(JobState.CANCELLED, Ending.RELEASED, {**known, "ended_at": now}, pause)
    return Verdict(JobState.WAITING, Ending.RELEASED, known, pause)


def _named(seconds: float | None, tries: int) -> int:
    """The pause that a 429 names, in ms; ours where it names none."""
    own = RETRY_MS[min(tries, len(RETRY_MS) - 1)]
    return min(max(own, int((seconds or 0) * 1000)), LONGEST_NAMED_MS)
