"""Spending a slot: wait for the turn, commit the intent, POST once, learn what became of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from bot.bell import Bell, heard
from bot.budget import Urgency
from bot.card import Card
from bot.jobs import EXPIRES_MS, Job, JobState, Reason
from bot.operator import Operator
from bot.outlook import Outlook
from bot.promise import told
from bot.reka import errors
from bot.reka.client import RekaClient, Submission
from bot.reka.models import Generation, Receipt
from bot.slots import POST_DEADLINE_MS, Ending, Standing, counted
from bot.unbroken import unbroken
from bot.verdict import Verdict, verdict
from storage.database import Statement
from storage.intent import Unanswered
from storage.jobs import JobStore, Taken
from storage.slots import Answer, SlotStore

LONGEST_WAIT_SECONDS = 60.0
"""A job that waits looks again at least so often: the wall clock may have jumped."""

AGAIN_SECONDS = 1.0
"""The pause before the next try to keep Reka's answer while the database is away."""

POSTS_AT_ONCE = 20
"""Whoever has no place among them takes no slot yet: of thousands that start at once each would stand still between its
slot and its POST, for as long as all the others need.
"""
LATE_MS = 5_000
"""A process that stood still for longer between taking the slot and the POST may have been taken for dead."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job whose id is committed, and the rest of its stream."""

    job: Job
    generations: AsyncIterator[Generation]
    generation: Generation


def _patience(standing: Standing, now: int) -> float:
    until = ((standing.starts_at or now) - now) / 1000
    # Not for the clock: the bell rings when the POST that it waits for is answered.
    return min(LONGEST_WAIT_SECONDS, until) if until > 0 else LONGEST_WAIT_SECONDS


@dataclass(frozen=True, slots=True)
class Spender:
    """Takes slots and makes POSTs, for all jobs of one key. `now` is the wall clock in epoch ms."""

    jobs: JobStore
    slots: SlotStore
    reka: RekaClient
    bell: Bell
    outlook: Outlook
    operator: Operator
    now: Callable[[], int]
    door: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(POSTS_AT_ONCE))

    async def spend(self, job: Job, card: Card, stack: AsyncExitStack) -> Job | Accepted:
        """Wait until it is the job's turn, take a slot and POST once.

        Returns `Accepted` when Reka's id is committed, else the job as the verdict leaves it: an ambiguous one is still
        `submitting`. The stream stays open until `stack` is closed.
        """
        shown: Standing | None = None
        while True:
            now = self.now()
            if now - job.created_at > EXPIRES_MS:
                back = self.jobs.given_back(job)
                job = await self.jobs.move(job, JobState.EXPIRED, *back, ended_at=now)
                self.bell.ring()
                return job
            rung = self.bell.listen()
            outcome = await self._attempt(job, card, stack)
            if not isinstance(outcome, Standing):
                return outcome
            if outcome != shown:
                urgency = (
                    Urgency.STAGE
                    if shown is None or outcome.reason != shown.reason
                    else Urgency.REFRESH
                )
                shown = outcome
                job = await self._told(job, outcome, now)
                card.show(job, urgency)
            await heard(rung, _patience(outcome, now))

    async def _told(self, job: Job, standing: Standing, now: int) -> Job:
        """Kept before it is shown, so that no restart forgets what was promised, nor why that has moved."""
        changes = told(job, standing, now)
        return await self.jobs.note(job, **changes) if changes else job

    async def _attempt(
        self, job: Job, card: Card, stack: AsyncExitStack
    ) -> Standing | Job | Accepted:
        standing = await self.outlook.standing(job)
        if not standing.may_go:  # looked at without the writer, which a long line would keep busy
            return standing
        async with self.door:
            # From the slot to the id nothing tears the POST: a cancellation waits for it.
            return await unbroken(self._turn(job, card, stack))

    async def _turn(self, job: Job, card: Card, stack: AsyncExitStack) -> Standing | Job | Accepted:
        taken, standing = await self.slots.take(job, self.now())
        if taken is None:
            return standing
        log.info("state_changed", **taken.log_context())
        card.show(taken)
        self.bell.ring()
        if self.now() - (taken.submitted_at or 0) > LATE_MS:
            return await self._left(taken)
        return await self._post(taken, stack)

    async def _left(self, job: Job) -> Job:
        """Back into the line without a POST. Raises `Lost` when the job is somebody else's by now."""
        slot = self.slots.answered(job, Answer(Ending.RELEASED, self.now()))
        job = await self.jobs.move(job, JobState.WAITING, slot)
        log.warning("stood_still", **job.log_context())
        self.bell.ring()
        return job

    async def _post(self, job: Job, stack: AsyncExitStack) -> Job | Accepted:
        try:
            submission, generation = await self._first_event(job, stack)
        except errors.RekaError as error:
            return await _kept(partial(self._judged, job, error))
        job = await _kept(partial(self._identified, job, generation, submission))
        if job.state is not JobState.RUNNING:
            return job
        return Accepted(job, submission.generations, generation)

    async def _first_event(self, job: Job, stack: AsyncExitStack) -> tuple[Submission, Generation]:
        """Of the one POST. Raises `RekaError`."""
        try:
            async with asyncio.timeout(POST_DEADLINE_MS / 1000):
                submission = await stack.enter_async_context(self.reka.submit(job.request.body()))
                generation = await anext(submission.generations, None)
        except TimeoutError:
            raise errors.Broken("no answer in time") from None
        if generation is None:
            raise errors.Broken("a stream without an event")
        return submission, generation

    async def _identified(self, job: Job, generation: Generation, submission: Submission) -> Job:
        """The id before anything else. The first event may be the last: what it says is looked at after this."""
        now = self.now()
        answer = _answer(Ending.ACCEPTED, now, submission.receipt)
        also = (self.slots.answered(job, answer), self.slots.accepted(answer))
        known: dict[str, object] = {"request_id": submission.receipt.request_id}
        try:
            # With a stage: this id was given by Reka, not told by a person.
            stage = "queued" if generation.ended else generation.status
            identity = {"reka_id": generation.id, "running_at": now, "stage": stage}
            job = await self.jobs.move(job, JobState.RUNNING, *also, **known, **identity)
        except Taken:
            known |= {"reason": Reason.DUPLICATE, "ended_at": now}
            job = await self.jobs.move(job, JobState.FAILED, *also, **known)
        log.info("state_changed", **job.log_context())
        self.bell.ring()
        return job

    async def _judged(self, job: Job, error: errors.RekaError) -> Job:
        now = self.now()
        fresh = await self.jobs.get(job.id)  # somebody may have asked to cancel meanwhile
        job = replace(job, cancel_requested_at=fresh.cancel_requested_at if fresh else None)
        ruling = verdict(error, job, await self.slots.tries(), now)
        answer = await self._answer(ruling, error, now)
        log.warning(
            "not_accepted", error=str(error), ending=answer.ending.value, **job.log_context()
        )
        also = [self.slots.answered(job, answer)]
        if ruling.state is JobState.CANCELLED:
            also += self.jobs.given_back(job)
        if ruling.pause is not None:
            also.append(self.slots.pause(*ruling.pause, now))
        if ruling.state is JobState.SUBMITTING:
            job = await self.jobs.note(job, *also, **ruling.changes)
        else:
            job = await self.jobs.move(job, ruling.state, *also, **ruling.changes)
        log.info("state_changed", **job.log_context())
        self.bell.ring()
        if isinstance(error, errors.KeyRefused):
            await self.operator.key_refused(self.slots)
        return job

    def found(self, job: Job) -> Statement:
        """The slot of an ambiguous POST whose job was found."""
        return self.slots.answered(job, Answer(Ending.ACCEPTED, self.now()), learnt_late=True)

    def lost(self, job: Job) -> Statement:
        """The slot of a POST of which nothing was found: it counts."""
        return self.slots.answered(job, Answer(Ending.AMBIGUOUS, self.now()), learnt_late=True)

    async def _answer(self, ruling: Verdict, error: errors.RekaError, now: int) -> Answer:
        fault = error.fault if isinstance(error, errors.StatusError) else None
        limit = fault.rate_limit if fault else None
        ending = ruling.ending
        if ending is Ending.REFUSED and limit is not None:
            counts = counted(await self.slots.surely_counted(now) + 1, limit.limit, limit.remaining)
            ending = Ending.REFUSED if counts else Ending.RELEASED
        return Answer(
            ending,
            now,
            status=fault.status if fault else None,
            limit=limit.limit if limit else None,
            remaining=limit.remaining if limit else None,
        )


async def _kept(commit: Callable[[], Awaitable[Job]]) -> Job:
    """What became of the POST, however long the database is away: it is known here alone."""
    while True:
        try:
            return await commit()
        except Unanswered:
            log.warning("answer_not_kept")
            await asyncio.sleep(AGAIN_SECONDS)


def _answer(ending: Ending, now: int, receipt: Receipt) -> Answer:
    limit = receipt.rate_limit
    return Answer(
        ending,
        now,
        status=receipt.status,
        limit=limit.limit if limit else None,
        remaining=limit.remaining if limit else None,
    )
