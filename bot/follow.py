"""The life of one job: submitting → … → a resting state. Each step is committed before the next is taken."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from bot.ambiguity import Reconciler
from bot.card import Card, Cards
from bot.delivery import Deliverer
from bot.jobs import Clip, Job, JobState, Reason
from bot.messages import Refused, SlackError
from bot.patience import Patience
from bot.polls import Polls
from bot.reka import errors
from bot.reka.client import RekaClient
from bot.reka.models import COMPLETED, Generation, Output
from bot.spend import Accepted, Spender
from storage.database import Statement
from storage.intent import Unanswered
from storage.jobs import JobStore, Lost, Taken

SILENCE_SECONDS = 90.0
"""A stream that says nothing for so long is left, and the job is polled."""
POLL_SECONDS = (2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0)
"""Upper bounds of the pauses between polls, each drawn with jitter; the last one repeats."""
LONGEST_RETRY_AFTER = 300.0
"""Seconds that a 429 on a poll is obeyed up to."""
LOOK_MS = 10 * 60 * 1000
"""How long an ambiguous POST is looked for before a person is asked."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Follower:
    """Follows jobs. `now` is the wall clock in epoch ms."""

    jobs: JobStore
    reka: RekaClient
    cards: Cards
    deliverer: Deliverer
    spender: Spender
    reconciler: Reconciler
    patience: Patience
    now: Callable[[], int]

    async def follow(self, job_id: str) -> None:
        """Take the job over and bring it to rest. Returns early when somebody else owns it now."""
        try:
            job = await self.jobs.take(job_id)
            if job is not None and job.settled_at is None:
                await self._to_rest(job)
        except (Lost, Taken):
            log.info("job_lost", job_id=job_id)
        except Unanswered:  # nothing is decided: the job goes on from where it was committed
            log.warning("database_unanswered", job_id=job_id)
            return
        except SlackError as error:
            # Nothing is lost: what is owed is committed, and the job is taken up again a little later.
            log.warning("slack_unavailable", job_id=job_id, code=error.code)
            self.patience.grow(job_id)
            return
        self.patience.forget(job_id)

    async def _to_rest(self, job: Job) -> None:
        if job.state.unfinished:
            job = await self._placed(job)
        if job.state.unfinished or job.look_requested_at is not None:
            async with self.cards.live(job) as card:
                job = await self._lived(job, card)
        job = await self.deliverer.deliver(job)
        log.info("job_settled", **job.log_context())

    async def _placed(self, job: Job) -> Job:
        """Root and card come before a slot is taken. Where Slack refuses them, nothing is started."""
        was_in_line = job.card_ts is not None
        try:
            job = await self.cards.place(job)
        except Refused as error:
            if job.state is not JobState.WAITING:
                log.warning("card_not_placed", code=error.code, **job.log_context())
                return job
            refused = {"reason": Reason.CHANNEL_REFUSED, "error_message": error.code}
            back = self.jobs.given_back(job)
            job = await self._moved(job, JobState.CANCELLED, *back, **refused, ended_at=self.now())
            self.spender.bell.ring()
            return job
        if not was_in_line:  # it is from now on, so others' turns may come later
            self.spender.bell.ring()
        return job

    async def _lived(self, job: Job, card: Card) -> Job:
        if job.state is JobState.UNSURE:
            job = await self._look_once(job)
        while job.state.unfinished:
            job = await self._step(job, card)
            card.show(job)
        return job

    async def _step(self, job: Job, card: Card) -> Job:
        if job.cancel_requested_at is not None and job.state is not JobState.SUBMITTING:
            back = self.jobs.given_back(job) if job.state is JobState.WAITING else ()
            return await self._moved(job, JobState.CANCELLED, *back, ended_at=self.now())
        match job.state:
            case JobState.WAITING:
                return await self._submit(job, card)
            case JobState.SUBMITTING:
                return await self._look(job)
            case _:
                return await self._poll(job, card)

    async def _submit(self, job: Job, card: Card) -> Job:
        """Wait for the turn, POST, and follow the stream as far as it goes."""
        async with AsyncExitStack() as stack:
            outcome = await self.spender.spend(job, card, stack)
            return await self._stream(outcome, card) if isinstance(outcome, Accepted) else outcome

    async def _stream(self, accepted: Accepted, card: Card) -> Job:
        """Each event is committed, then shown. An early end, or silence, leaves a running job to be polled."""
        job = await self._observe(accepted.job, accepted.generation)
        while job.state is JobState.RUNNING and job.cancel_requested_at is None:
            card.show(job)
            generation = await self._next(job, accepted.generations)
            if generation is None:
                return job
            job = await self._observe(job, generation)
        return job

    async def _next(self, job: Job, generations: AsyncIterator[Generation]) -> Generation | None:
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                return await anext(generations, None)
        except (errors.RekaError, TimeoutError) as error:
            log.info("stream_broke", error=str(error), **job.log_context())
            return None

    async def _observe(self, job: Job, generation: Generation) -> Job:
        """Commit what an event or a poll says: a new stage, or the end."""
        if generation.ended:  # the stage stays: it is where a failed job failed
            state, outcome = _outcome(generation)
            return await self._moved(job, state, **outcome, ended_at=self.now())
        if generation.status != job.stage:
            job = await self.jobs.at_stage(job, generation.status)
            log.info("stage_changed", **job.log_context())
        return job

    async def _poll(self, job: Job, card: Card) -> Job:
        """GET until the job ends, or it has to be given up; never POST."""
        polls = Polls(_clock())
        for pause in _pauses():
            wait = pause
            try:
                job = await self._observe(job, await self.reka.get(job.reka_id or ""))
                polls.heard()
            except errors.NotFound:
                polls.missed(_clock())
            except errors.RekaError as error:
                polls.failed()
                wait = await self._after(error, job, pause)
            if job.state is not JobState.RUNNING:
                return job
            card.show(job)
            if ending := polls.ending(job, self.now(), _clock()):
                state, changes = ending
                return await self._moved(job, state, **changes)
            await asyncio.sleep(wait)
        return job

    async def _after(self, error: errors.RekaError, job: Job, pause: float) -> float:
        """A poll that failed ends no job; how long to wait before the next."""
        log.warning("poll_failed", error=str(error), **job.log_context())
        if isinstance(error, errors.KeyRefused):
            await self.spender.operator.key_refused(self.spender.slots)
        if isinstance(error, errors.RateLimited):
            return min(max(pause, error.fault.retry_after or 0), LONGEST_RETRY_AFTER)
        return pause

    async def _look(self, job: Job) -> Job:
        """The POST may have landed and no id is known: look for it for ten minutes, then leave it to a person."""
        until = (job.submitted_at or job.created_at) + LOOK_MS
        deaf_until = max(until, self.now() + LOOK_MS)
        for pause in _pauses():
            found, asked = await self._found(job)
            if found is not None:
                return await self._adopted(job, found)
            over = self.now() >= (until if asked else deaf_until)
            if over or (asked and not self.reka.can_list):
                break
            await asyncio.sleep(pause)
        lost = self.spender.lost(job)
        return await self._decided(job, JobState.UNSURE, lost, ended_at=self.now())

    async def _look_once(self, job: Job) -> Job:
        """Somebody wants an unsure job to be looked for."""
        found, _ = await self._found(job)
        if found is not None:
            return await self._adopted(job, found)
        return await self.jobs.note(job, look_requested_at=None)

    async def _found(self, job: Job) -> tuple[Generation | None, bool]:
        """The job at Reka that can only be ours, and whether Reka could be asked."""
        try:
            return await self.reconciler.find(job), True
        except errors.RekaError as error:
            log.warning("look_failed", error=str(error), **job.log_context())
            return None, False

    async def _adopted(self, job: Job, generation: Generation) -> Job:
        found = {"reka_id": generation.id, "running_at": self.now()}
        # Seen at Reka, so not an id that was only told; a last status is left to the first poll.
        stage = job.stage if generation.ended else generation.status
        woken = {"ended_at": None, "look_requested_at": None, "stage": stage or "queued"}
        slot = self.spender.found(job)
        return await self._decided(job, JobState.RUNNING, slot, **found, **woken)

    async def _decided(self, job: Job, to: JobState, slot: Statement, **changes: object) -> Job:
        """It is known what became of the POST, so who waited for that may go on."""
        job = await self._moved(job, to, slot, **changes)
        self.spender.bell.ring()
        return job

    async def _moved(self, job: Job, to: JobState, *also: Statement, **changes: object) -> Job:
        job = await self.jobs.move(job, to, *also, **changes)
        log.info("state_changed", **job.log_context())
        return job


def _clock() -> float:
    return asyncio.get_running_loop().time()


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


def _pauses() -> Iterator[float]:
    for bound in itertools.chain(POLL_SECONDS, itertools.repeat(POLL_SECONDS[-1])):
        yield bound * random.uniform(0.5, 1.0)  # noqa: S311  jitter, no secret
