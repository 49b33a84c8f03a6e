"""A worker: takes jobs and chores from Temporal's task queue, and says on the operator's port how it goes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from temporalio import activity
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
)
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError
from temporalio.worker import Worker

from bot.breaker import Breaker
from bot.config import Settings
from bot.engine import Engine, tried
from bot.health import Health
from bot.server import serving
from bot.temporal import Chore, Namespace, TemporalEngine
from bot.workflows import CHORE, FOLLOW, ChoreWorkflow, JobWorkflow
from bot.workspace import CannotStart

MOST_AT_ONCE = 5_000
"""Jobs followed by one worker: so many streams were measured in one process. What is above waits for another worker."""
CANCEL_SECONDS = 5.0
"""A cancellation reaches the worker with the answer to a heartbeat; sent so often, it is heard of soon enough."""
BEATS_APART = timedelta(milliseconds=100)
"""The SDK holds heartbeats back that come closer together. Ours come as seldom as they should be sent."""
LAST_WORDS_SECONDS = 5.0
"""What is handed back may take so long to be told, where the server is away."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Duties:
    """Temporal's activities: what a worker does when it is told."""

    engine: TemporalEngine
    _tasks: set[asyncio.Task[object]] = field(default_factory=set)

    @activity.defn(name=FOLLOW)
    async def follow(self, job_id: str) -> None:
        """Follow a job until it is at rest, or somebody else's."""
        with self._owned(), _beating():
            try:
                await self.engine.work(job_id)
            except asyncio.CancelledError:
                _let_go()
                raise
            except Exception:  # the one boundary: a job's fault must not stop the others
                log.exception("follow_failed", job_id=job_id)
                raise _again("follow failed") from None

    @activity.defn(name=CHORE)
    async def chore(self, name: str) -> None:
        """Do what repeats; one that only another version knows is left."""
        chore = self.engine.chores.get(name)
        with self._owned(), _beating():
            try:
                await tried(chore.work if chore else _nothing, name)
            except asyncio.CancelledError:
                _let_go()
                raise

    @contextmanager
    def _owned(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  for the type checker
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def tear(self) -> None:
        """The grace is over for what would not be torn."""
        for task in self._tasks:
            task.cancel()


async def _nothing() -> None:
    return


def _let_go() -> None:
    """A cancellation is as the workflow wanted it; or the worker stops, or was taken for dead: then whoever is free goes on."""
    details = activity.cancellation_details()
    if details is None or not details.cancel_requested:
        raise _again("let go", at_once=True) from None


def _again(why: str, *, at_once: bool = False) -> ApplicationError:
    """For another try. Nothing of ours goes along: what happened is in the log, and Temporal keeps what it is told."""
    # Benign: else the SDK logs it a second time.
    return ApplicationError(
        why,
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=timedelta(milliseconds=100) if at_once else None,
    )


@contextmanager
def _beating() -> Iterator[None]:
    # By the time-out with which the job was started: this worker's settings may say another one by now.
    time_out = activity.info().heartbeat_timeout or timedelta.max
    seconds = min(CANCEL_SECONDS, time_out.total_seconds() / 3)

    async def beats() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(seconds)

    task = asyncio.create_task(beats(), name="heartbeats")
    try:
        yield
    finally:
        task.cancel()


@asynccontextmanager
async def working(
    settings: Settings, engine: Engine, health: Health, breaker: Breaker
) -> AsyncIterator[None]:
    """Take jobs and chores until the block is left, and answer the operator meanwhile. Raises `CannotStart`."""
    if not isinstance(engine, TemporalEngine):
        raise TypeError("a worker's engine is Temporal's")
    host, port = settings.reel_health_host, settings.reel_health_port
    async with (
        serving(health.application, host, port, breaker),
        taking(engine, breaker, settings.reel_grace_seconds),
    ):
        with health.hearing():
            yield


@asynccontextmanager
async def taking(
    engine: TemporalEngine, breaker: Breaker, grace_seconds: float
) -> AsyncIterator[None]:
    """Take what the task queue has; when the block is left, hand back what is not done. Raises `CannotStart`."""
    place = engine.namespace
    duties = Duties(engine)
    worker = Worker(
        place.client,
        task_queue=place.task_queue,
        workflows=[JobWorkflow, ChoreWorkflow],
        activities=[duties.follow, duties.chore],
        max_concurrent_activities=MOST_AT_ONCE,
        max_cached_workflows=MOST_AT_ONCE,
        # A frozen worker still is handed what it has asked for: one job, and one step of a workflow (the other is its own).
        max_concurrent_activity_task_polls=1,
        max_concurrent_workflow_task_polls=2,
        max_heartbeat_throttle_interval=BEATS_APART,
    )
    await _scheduled(place, engine.chores)
    running = asyncio.create_task(worker.run(), name="temporal worker")
    running.add_done_callback(lambda ended: _broken_off(ended, breaker))
    log.info("working", task_queue=place.task_queue)
    try:
        yield
    finally:
        await _handed_back(worker, duties, grace_seconds)
        running.cancel()
        await asyncio.wait({running})


def _broken_off(ended: asyncio.Task[None], breaker: Breaker) -> None:
    if not ended.cancelled() and (error := ended.exception()):
        log.error("worker_failed", error=str(error))
        breaker.trip("Temporal's server does not let this worker work. Check REEL_TEMPORAL.")


async def _handed_back(worker: Worker, duties: Duties, grace_seconds: float) -> None:
    """Take nothing more, cancel what runs, and let what must not be torn have the grace period."""
    stopping = asyncio.create_task(worker.shutdown(), name="worker shutdown")
    try:
        if (await asyncio.wait({stopping}, timeout=grace_seconds))[1]:
            duties.tear()
            await asyncio.wait({stopping}, timeout=LAST_WORDS_SECONDS)
    finally:
        stopping.cancel()


async def _scheduled(place: Namespace, chores: dict[str, Chore]) -> None:
    """Make the schedules, or bring them up to date, and run each now. The same by each worker that starts."""
    try:
        for name, chore in chores.items():
            await _schedule(place, name, chore)
    except RPCError as error:
        raise CannotStart(
            f"Temporal's server does not take the schedules ({error}). "
            "Check REEL_TEMPORAL and REEL_TEMPORAL_NAMESPACE."
        ) from None


async def _schedule(place: Namespace, name: str, chore: Chore) -> None:
    schedule_id = f"{place.task_queue}-{name}"
    schedule = _plan(place, schedule_id, name, chore.seconds)
    client: Client = place.client
    try:
        await client.create_schedule(schedule_id, schedule, trigger_immediately=True)
    except ScheduleAlreadyRunningError:
        handle = client.get_schedule_handle(schedule_id)
        await handle.update(lambda _: ScheduleUpdate(schedule))
        await handle.trigger()


def _plan(place: Namespace, schedule_id: str, name: str, seconds: float) -> Schedule:
    interval = timedelta(seconds=seconds)
    return Schedule(
        action=ScheduleActionStartWorkflow(
            ChoreWorkflow.run,
            args=[name, place.heartbeat_seconds],
            id=schedule_id,
            task_queue=place.task_queue,
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=interval)]),
        # What was missed while nobody worked is not made up for.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=interval),
        state=ScheduleState(note="made by Reel's workers at each start"),
    )
