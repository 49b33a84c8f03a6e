"""The life of one job: submitting → … → a resting state. Each step is committed before the next is taken."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from bot.card import Card, Cards
from bot.delivery import Deliverer
from bot.jobs import Clip, Job, JobState, Reason
from bot.messages import Messages, Refused, SlackError
from bot.reka import errors
from bot.reka.client import RekaClient, Submission
from bot.reka.models import COMPLETED, Generation, Output, Receipt
from bot.render import answers
from storage.jobs import JobStore, Lost

ANSWER_SECONDS = 600.0
"""A POST that brought no id in this time is ambiguous."""
SILENCE_SECONDS = 90.0
"""A stream that says nothing for so long is left, and the job is polled."""
POLL_SECONDS = (2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0)
"""Upper bounds of the pauses between polls, each drawn with jitter; the last one repeats."""
NO_ANSWER_MS = 60 * 60 * 1000
EXPIRES_MS = 72 * 3600 * 1000
RETRY_MS = (15_000, 30_000, 60_000, 120_000, 300_000)
"""Pauses between submissions that surely did not reach Reka; the last one repeats."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Follower:
    """Follows jobs. `now` is the wall clock in epoch ms."""

    jobs: JobStore
    reka: RekaClient
    cards: Cards
    deliverer: Deliverer
    messages: Messages
    now: Callable[[], int]

    async def follow(self, job_id: str) -> None:
        """Take the job over and bring it to rest. Returns early when somebody else owns it now."""
        try:
            job = await self.jobs.take(job_id)
            if job is None or job.settled_at is not None:
                return
            await self._to_rest(job)
        except Lost:
            log.info("job_lost", job_id=job_id)
        except SlackError as error:
            # Nothing is lost: what is owed is committed, and the job is taken up again a little later.
            log.warning("slack_unavailable", job_id=job_id, code=error.code)

    async def _to_rest(self, job: Job) -> None:
        if job.state.unfinished:
            try:
                job = await self.cards.place(job)
            except Refused as error:
                await self._refuse(job, error)
                return
            async with self.cards.live(job) as card:
                while job.state.unfinished:
                    job = await self._step(job, card)
        await self.deliverer.deliver(job)
        log.info("job_settled", **job.log_context())

    async def _refuse(self, job: Job, refusal: Refused) -> None:
        """Slack does not let us post there: nothing is spent, and the requester is told the way in."""
        if job.state is not JobState.WAITING:
            raise refusal
        job = await self.jobs.move(
            job, JobState.CANCELLED, reason=Reason.CHANNEL_REFUSED, ended_at=self.now()
        )
        log.info("channel_refused", code=refusal.code, **job.log_context())
        answer = answers.channel_refused(refusal.code)
        try:
            if job.response_url is None:
                await self.messages.post(job.user_id, answer)
            else:
                await self.messages.respond(job.response_url, answer)
        except SlackError as error:
            log.warning("requester_not_reached", code=error.code, **job.log_context())
        await self.jobs.note(job, settled_at=self.now())

    async def _step(self, job: Job, card: Card) -> Job:
        match job.state:
            case JobState.WAITING:
                job = await self._wait_or_submit(job, card)
            case JobState.SUBMITTING:
                # We died between the intent and the id. Whether the POST landed cannot be known.
                job = await self._moved(job, JobState.UNSURE, ended_at=self.now())
            case _:
                job = await self._poll(job, card)
        card.show(job)
        return job

    async def _wait_or_submit(self, job: Job, card: Card) -> Job:
        now = self.now()
        if now - job.created_at > EXPIRES_MS:
            return await self._moved(job, JobState.EXPIRED, ended_at=now)
        if job.next_try_at is not None and job.next_try_at > now:
            await asyncio.sleep((job.next_try_at - now) / 1000)
        return await self._submit(job, card)

    async def _submit(self, job: Job, card: Card) -> Job:
        """Commit the intent, POST once, and follow the stream as far as it goes."""
        job = await self._moved(
            job, JobState.SUBMITTING, submitted_at=self.now(), reason=None, next_try_at=None
        )
        card.show(job)
        async with AsyncExitStack() as stack:
            try:
                submission = await self._accepted(job, stack)
            except errors.RekaError as error:
                return await self._not_accepted(job, error)
            job = await self.jobs.note(job, **_receipt(submission.receipt))
            return await self._stream(job, submission.generations, card)

    async def _accepted(self, job: Job, stack: AsyncExitStack) -> Submission:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await stack.enter_async_context(self.reka.submit(job.request.body()))
        except TimeoutError:
            raise errors.Broken("no answer in time") from None

    async def _stream(self, job: Job, generations: AsyncIterator[Generation], card: Card) -> Job:
        """Each event is committed, then shown. An early end, or silence, leaves a running job to be polled."""
        while job.state.unfinished:
            patience = SILENCE_SECONDS if job.reka_id else ANSWER_SECONDS
            try:
                async with asyncio.timeout(patience):
                    generation = await anext(generations, None)
            except (errors.RekaError, TimeoutError) as error:
                log.info("stream_broke", error=str(error), **job.log_context())
                generation = None
            if generation is None:
                break
            job = await self._observe(job, generation)
            card.show(job)
        if job.state is JobState.SUBMITTING:
            return await self._moved(job, JobState.UNSURE, ended_at=self.now())
        return job

    async def _not_accepted(self, job: Job, error: errors.RekaError) -> Job:
        state, changes = verdict(error, job.tries, self.now())
        fault = error.fault if isinstance(error, errors.StatusError) else None
        log.warning("not_accepted", error=str(error), **job.log_context())
        if fault and fault.request_id:
            changes["request_id"] = fault.request_id
        return await self._moved(job, state, **changes)

    async def _observe(self, job: Job, generation: Generation) -> Job:
        """Commit what an event or a poll says: the id first of all, a new stage, the end."""
        now = self.now()
        changes: dict[str, object] = {}
        if job.reka_id is None:
            changes |= {"reka_id": generation.id, "running_at": now}
        if generation.status != job.stage:
            changes["stage"] = generation.status
        if generation.ended:
            state, outcome = _outcome(generation)
            return await self._moved(job, state, **changes, **outcome, ended_at=now)
        if job.state is JobState.SUBMITTING:
            return await self._moved(job, JobState.RUNNING, **changes)
        if not changes:
            return job
        job = await self.jobs.note(job, **changes)
        log.info("stage_changed", **job.log_context())
        return job

    async def _poll(self, job: Job, card: Card) -> Job:
        """GET until the job ends or an hour has passed; never POST."""
        misses = 0
        for pause in _pauses():
            try:
                job = await self._observe(job, await self.reka.get(job.reka_id or ""))
                misses = 0
            except errors.NotFound:
                misses += 1
            except errors.RekaError as error:
                log.warning("poll_failed", error=str(error), **job.log_context())
            card.show(job)
            if not job.state.unfinished:
                break
            if misses == 2:
                return await self._moved(
                    job, JobState.FAILED, reason=Reason.GONE, ended_at=self.now()
                )
            if self.now() - (job.running_at or 0) > NO_ANSWER_MS:
                return await self._moved(job, JobState.NO_ANSWER, ended_at=self.now())
            await asyncio.sleep(pause)
        return job

    async def _moved(self, job: Job, to: JobState, **changes: object) -> Job:
        job = await self.jobs.move(job, to, **changes)
        log.info("state_changed", **job.log_context())
        return job


def verdict(error: errors.RekaError, tries: int, now: int) -> tuple[JobState, dict[str, object]]:
    """Where a POST that brought no id leaves its job, and with which columns. Pure.

    Surely not landed and worth another try: back to waiting. Refused: failed. Everything else is ambiguous.
    """
    match error:
        case errors.NotLanded():
            return _again(Reason.UNREACHABLE, tries, now, None)
        case errors.RateLimited(fault=fault):
            return _again(Reason.RATE_LIMITED, tries, now, fault.retry_after)
        case errors.KeyRefused():
            return JobState.FAILED, {"reason": Reason.KEY_REFUSED, "ended_at": now}
        case errors.StatusError(fault=fault) if error.not_landed:
            refusal = {"reason": Reason.REQUEST_REFUSED, "error_message": fault.message or None}
            return JobState.FAILED, {**refusal, "ended_at": now}
        case _:
            return JobState.UNSURE, {"ended_at": now}


def _again(
    reason: Reason, tries: int, now: int, retry_after: float | None
) -> tuple[JobState, dict[str, object]]:
    pause = RETRY_MS[min(tries, len(RETRY_MS) - 1)]
    # What the server names is obeyed, within a day: the window is no longer than that.
    named = min(int((retry_after or 0) * 1000), 24 * 3600 * 1000)
    return JobState.WAITING, {
        "reason": reason,
        "tries": tries + 1,
        "next_try_at": now + max(pause, named),
    }


def _outcome(generation: Generation) -> tuple[JobState, dict[str, object]]:
    if generation.status == COMPLETED:
        return JobState.COMPLETED, {"clips": tuple(map(_clip, generation.output))}
    return JobState.FAILED, {
        "reason": Reason.GENERATION_FAILED,
        "error_message": generation.error_message,
    }


def _clip(output: Output) -> Clip:
    return Clip(
        title=output.title,
        url=output.video_url,
        caption=output.caption,
        hashtags=output.hashtags,
        score=output.ai_score,
    )


def _receipt(receipt: Receipt) -> dict[str, object]:
    limit = receipt.rate_limit
    return {
        "request_id": receipt.request_id,
        "slots_limit": limit.limit if limit else None,
        "slots_remaining": limit.remaining if limit else None,
    }


def _pauses() -> Iterator[float]:
    for bound in itertools.chain(POLL_SECONDS, itertools.repeat(POLL_SECONDS[-1])):
        yield bound * random.uniform(0.5, 1.0)  # noqa: S311  jitter, no secret
