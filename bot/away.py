"""When nobody was there: the time between the app's last sign of life and this start. Pure."""

from dataclasses import dataclass

from bot.jobs import Job

WORTH_A_WORD_MS = 3 * 60_000


@dataclass(frozen=True, slots=True)
class Away:
    """From when to when the app was not running before this start, in epoch ms."""

    since: int = 0
    until: int = 0

    def of(self, job: Job) -> int:
        """How long the app was away while the job was under way; 0 when that is not worth a word."""
        if job.created_at >= self.until or (job.ended_at or self.until) < self.since:
            return 0
        length = self.until - self.since
        return length if length >= WORTH_A_WORD_MS else 0
