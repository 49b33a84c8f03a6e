"""What the polls of one job have brought so far, and when that means its end. Pure; `clock` is in seconds."""

from dataclasses import dataclass

from bot.jobs import Job, JobState, Reason

NO_ANSWER_MS = 60 * 60 * 1000
"""A job that Reka still works on after this rests as *no answer*."""
DEAF_MS = 24 * 3600 * 1000
"""… and one of which nothing could be learnt at all."""
DEAF_SECONDS = 600.0
"""How long it is tried, even so, after a restart."""
GONE_SECONDS = 60.0
"""Reka says that it does not know the id, and still says so after this: one replica may lag behind."""

Ending = tuple[JobState, dict[str, object]]


@dataclass(slots=True)
class Polls:
    """`heard` a state, `missed` the id, or `failed` to ask."""

    began: float
    missed_at: float | None = None
    answered: bool = False

    def heard(self) -> None:
        """Reka told the job's state."""
        self.answered, self.missed_at = True, None

    def missed(self, clock: float) -> None:
        """Reka says that it does not know the id."""
        self.answered = False
        self.missed_at = clock if self.missed_at is None else self.missed_at

    def failed(self) -> None:
        """Nothing was learnt."""
        self.answered = False

    def ending(self, job: Job, now: int, clock: float) -> Ending | None:
        """Where a job that still runs comes to rest now; None to poll on."""
        if self.missed_at is not None and clock - self.missed_at >= GONE_SECONDS:
            if job.stage is None:  # never once seen: the id that a person told was none
                return JobState.UNSURE, {"reka_id": None, "ended_at": now}
            return JobState.FAILED, {"reason": Reason.GONE, "ended_at": now}
        age = now - (job.running_at or now)
        deaf = age > DEAF_MS and clock - self.began > DEAF_SECONDS
        if deaf or (self.answered and age > NO_ANSWER_MS):
            return JobState.NO_ANSWER, {"ended_at": now}
        return None
