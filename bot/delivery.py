"""The finished clips: the card in its final form, the message with the links, which is the ping, then the files."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.card import Cards
from bot.jobs import Job, JobState, Reason
from bot.keeper import Keeper
from bot.messages import Messages, NotSent, RateLimited, Refused, SignedOut, SlackError
from bot.render import answers, clips
from bot.unbroken import unbroken
from storage.jobs import JobStore

PING_BEFORE_MS = 24 * 3600 * 1000
"""A ping older than a day, counted from when the end was learnt, is not posted: no flood after an outage.

The files are brought all the same: they mention nobody, and without them the clips are gone when Reka's links are.
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Says how a job came to rest, wherever it can be said."""

    cards: Cards
    messages: Messages
    jobs: JobStore
    #: None: clips stay links.
    keeper: Keeper | None
    now: Callable[[], int]

    async def deliver(self, job: Job) -> Job:
        """Final card, links, and the mark that nothing is owed any more. Raises `SlackError` when Slack stays away."""
        if job.reason is Reason.CHANNEL_REFUSED:
            await self._tell_refusal(job)
        else:
            job = await self.cards.settle(job)
        if job.state is JobState.COMPLETED and job.clips and job.links_marked_at is None:
            job = await unbroken(self._post_links(job))
        if job.state is JobState.COMPLETED and self.keeper and await self.keeper.keep(job):
            await self.cards.retouch(job)
        return await self.jobs.note(job, settled_at=self.now())

    async def _tell_refusal(self, job: Job) -> None:
        """To the requester alone: through the response_url, else by a DM; else it stays recorded only."""
        answer = answers.channel_refused(job.error_message or "")
        if job.response_url is not None:
            try:
                await self.messages.respond(job.response_url, answer)
            except SlackError as error:
                log.info("response_url_failed", code=error.code, **job.log_context())
            else:
                return
        try:
            await self.messages.post(job.user_id, answer)
        except Refused as error:
            log.warning("requester_not_reached", code=error.code, **job.log_context())

    async def _post_links(self, job: Job) -> Job:
        """Marked first, then posted: at most once. A crash in between leaves the links on the card, without the ping."""
        job = await self.jobs.note(job, links_marked_at=self.now())
        if self.now() - (job.ended_at or 0) > PING_BEFORE_MS:
            return job
        limited = self.cards.slots.quota.limit is not None
        message = clips.links(job, insecure_host=self.cards.insecure_host, limited=limited)
        try:
            links_ts = await self.messages.post(job.channel_id, message, thread_ts=job.thread_ts)
        except (NotSent, RateLimited, SignedOut):
            # Surely not posted: it is tried again later.
            await self.jobs.note(job, links_marked_at=None)
            raise
        except SlackError as error:
            log.warning("links_not_posted", code=error.code, **job.log_context())
            return job
        return await self.jobs.note(job, links_ts=links_ts)
