"""What Temporal carries out step by step, and again from its history: a workflow for each job, and one for what repeats.

Imported anew by Temporal's sandbox for each run, so nothing else of ours is imported here. A workflow's input stays in
Temporal's history: the job's id, or a chore's name, and nothing that anybody wrote.

A step that is added, left out or moved needs `workflow.patched`: jobs of an older version are gone on with by a newer one
(tests/temporal/test_replay.py). Tries of an activity add nothing to a history, and afresh a dozen events: no job comes near
the 50,000 at which the server ends it, so none is continued as new.
"""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

FOLLOW = "follow"
CHORE = "chore"
AFRESH = "afresh"
LONGEST_JOB = timedelta(days=7)
"""Longer than a job may wait, run, stay without an answer and bring its files, taken together."""
FIRST_PAUSE = timedelta(milliseconds=500)
"""Before the second try; each further pause is twice as long."""
LONGEST_CHORE = timedelta(hours=1)


@workflow.defn(name="Job")
class JobWorkflow:
    """Has one job followed until `follow` returns: on whatever worker is free, and on another one when that dies."""

    def __init__(self) -> None:
        self._afresh = False

    @workflow.run
    async def run(self, job_id: str, heartbeat_seconds: int) -> None:
        """Ends only when nobody has asked for `afresh` meanwhile: the server takes no end before an unread signal."""
        while await self._followed(job_id, heartbeat_seconds):
            pass

    async def _followed(self, job_id: str, heartbeat_seconds: int) -> bool:
        """Have it followed; True when somebody wants it afresh."""
        self._afresh = False
        following = _started(FOLLOW, job_id, LONGEST_JOB, heartbeat_seconds)
        await workflow.wait_condition(lambda: self._afresh or following.done())
        following.cancel()  # nothing happens to one that has ended
        try:
            await following
        except ActivityError:
            if not self._afresh:
                raise
        return self._afresh

    @workflow.signal(name=AFRESH)
    def afresh(self) -> None:
        """Whoever follows the job is to let go of it; then it is followed from where it stands."""
        self._afresh = True


@workflow.defn(name="Chore")
class ChoreWorkflow:
    """Has a chore done once, by any worker."""

    @workflow.run
    async def run(self, name: str, heartbeat_seconds: int) -> None:
        """Started by a schedule."""
        await _started(CHORE, name, LONGEST_CHORE, heartbeat_seconds)


def _started(
    activity: str, argument: str, longest: timedelta, heartbeat_seconds: int
) -> workflow.ActivityHandle[Any]:
    # A tenth sooner, so that even a job which the server first hands to a frozen worker is followed again within twice
    # the time-out: Temporal's own pauses fit in.
    heartbeat = timedelta(seconds=0.9 * heartbeat_seconds)
    return workflow.start_activity(
        activity,
        argument,
        start_to_close_timeout=longest,
        heartbeat_timeout=heartbeat,
        # For ever, and never so seldom that a dead worker is replaced later than after twice the heartbeat's time-out.
        retry_policy=RetryPolicy(initial_interval=FIRST_PAUSE, maximum_interval=heartbeat),
        # One owner at a time: the next one begins when this one has let go, or was silent for too long.
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )
