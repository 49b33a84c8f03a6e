"""The verbs: what handlers may ask for."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.engine import Engine
from bot.jobs import Delivery, Job, ReelRequest
from storage.jobs import JobStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Runner:
    """Accepts requests and keeps them going."""

    jobs: JobStore
    engine: Engine
    now: Callable[[], int]
    new_id: Callable[[], str]

    async def submit(self, request: ReelRequest, delivery: Delivery) -> Job:
        """Keep the request as a job and follow it. The same delivery again gives the first one's job."""
        job = Job(
            id=self.new_id(),
            team_id=delivery.team_id,
            channel_id=delivery.channel_id,
            user_id=delivery.user_id,
            delivery_key=delivery.key,
            request=request,
            created_at=self.now(),
            response_url=delivery.response_url,
        )
        added = await self.jobs.add(job)
        if added is None:
            known = await self.jobs.delivered(delivery.key)
            log.info("delivered_again", **(known or job).log_context())
            return known or job
        log.info("accepted", **added.log_context())
        self.engine.follow(added.id)
        return added

    async def resume(self) -> None:
        """Follow every job that is still owed something, oldest first. Those being followed are left alone."""
        for job_id in await self.jobs.unsettled():
            self.engine.follow(job_id)
