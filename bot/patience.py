"""How long a job is left alone after Slack could not be spoken to: longer each time, so that nothing piles up there."""

import asyncio

FIRST_SECONDS = 30.0
LONGEST_SECONDS = 3600.0


class Patience:
    """Per job, in memory: after a restart everything is tried at once again."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._pause: dict[str, float] = {}

    def holds(self, job_id: str) -> bool:
        """True while the job is to be left alone."""
        return _clock() < self._until.get(job_id, 0.0)

    def grow(self, job_id: str) -> None:
        """It failed (again)."""
        pause = self._pause.get(job_id, FIRST_SECONDS / 2) * 2
        self._pause[job_id] = min(pause, LONGEST_SECONDS)
        self._until[job_id] = _clock() + self._pause[job_id]

    def forget(self, job_id: str) -> None:
        """It worked, or the job is somebody else's."""
        self._until.pop(job_id, None)
        self._pause.pop(job_id, None)


def _clock() -> float:
    return asyncio.get_running_loop().time()
