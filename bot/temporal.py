"""The engine of several machines: jobs are kept going by Temporal, on whatever workers there are (`bot.worker`).

Source: https://docs.temporal.io/develop/python, and for signal-with-start https://docs.temporal.io/sending-messages
"""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import structlog
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    Runtime,
    TelemetryConfig,
)
from temporalio.service import RPCError

from bot.config import Settings, WorkerSettings, variables
from bot.engine import LocalEngine, Work
from bot.unbroken import unbroken
from bot.workflows import AFRESH, JobWorkflow
from bot.workspace import CannotStart

ANSWER_TIME = timedelta(seconds=10)
"""What the server may take for one call, with the tries that the client makes of it."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
"""Before the next try, where the server was away; each is twice as long as the one before."""
MOST_CALLS = 10
"""Under way at once. More than it can do makes the server slower: 400 at once it left all unanswered for 5 s."""

_CORE_LEVELS = (
    "error,temporalio_sdk_core=warn,temporalio_sdk_core::worker::activities=error,"
    "temporalio_client=error"
)
"""Left out: a line for each try of each call, and for each job that was another worker's when this one came back to it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """What one of the workers does now and then for the whole installation."""

    seconds: float
    work: Work


@dataclass(frozen=True, slots=True)
class Namespace:
    """Where the jobs of one installation are kept going. `heartbeat_seconds`: a worker silent for longer has lost its jobs."""

    client: Client
    task_queue: str
    heartbeat_seconds: int


class TemporalEngine(LocalEngine):
    """What is about this process stays in it, as in `LocalEngine`; jobs, and what repeats, are Temporal's.

    The same on fronts and workers: where it is asked makes no difference. `follow` and `chores` are for the worker.
    """

    def __init__(
        self,
        namespace: Namespace,
        follow: Callable[[str], Awaitable[None]],
        grace_seconds: float = 10.0,
    ) -> None:
        super().__init__(follow, grace_seconds)
        self.namespace = namespace
        self.work = follow
        self.chores: dict[str, Chore] = {}
        self._numbers = itertools.count()
        self._calls = asyncio.Semaphore(MOST_CALLS)

    def follow(self, job_id: str) -> None:
        """As `Engine.follow`. Where this process ends before the server could be told, `resume` finds the job."""
        self.once(lambda: self._told(job_id), f"follow {job_id}")

    def afresh(self, job_id: str) -> None:
        """As `Engine.afresh`: a signal that a workflow cannot miss, and that starts one where there is none."""
        # Each is sent: what is under way may have been read by the worker before this one's change was committed.
        name = f"afresh {job_id} {next(self._numbers)}"
        self.once(lambda: self._told(job_id, start_signal=AFRESH), name)

    def every(self, seconds: float, work: Work, name: str) -> None:
        """As `Engine.every`: the workers make a schedule of it, which goes on whoever of them lives."""
        self.chores[name] = Chore(seconds, work)

    async def _told(self, job_id: str, **signal: Any) -> None:
        # Not once: a worker that follows a job hears of its cancellation by the signal, and `resume` sends none.
        pause = FIRST_PAUSE_SECONDS
        while not await self._called(job_id, **signal):
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _called(self, job_id: str, **signal: Any) -> bool:
        async with self._calls:
            return await unbroken(self._call(job_id, **signal))

    async def _call(self, job_id: str, **signal: Any) -> bool:
        """Whether the server has it."""
        try:
            await self.namespace.client.start_workflow(
                JobWorkflow.run,
                args=[job_id, self.namespace.heartbeat_seconds],
                id=job_id,
                task_queue=self.namespace.task_queue,
                # To one that runs, a second start is nothing, not even a line in its history.
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                rpc_timeout=ANSWER_TIME,
                **signal,
            )
        except (RPCError, RuntimeError) as error:  # the latter when there was no connection yet
            log.warning("temporal_unavailable", job_id=job_id, error=str(error))
            return False
        return True


async def engine(settings: Settings, follow: Callable[[str], Awaitable[None]]) -> TemporalEngine:
    """The engine by the settings. To a front the server may be away for now; a worker raises `CannotStart` then."""
    client = await _client(settings, lazy=not isinstance(settings, WorkerSettings))
    queue, heartbeat = settings.reel_temporal_task_queue, settings.reel_temporal_heartbeat
    return TemporalEngine(Namespace(client, queue, heartbeat), follow, settings.reel_grace_seconds)


async def knock(settings: Settings) -> None:
    """Returns when the server has answered for the namespace. Raises `CannotStart` with a sentence."""
    client = await _client(settings, lazy=False)
    name = settings.reel_temporal_namespace
    try:
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=name), timeout=ANSWER_TIME
        )
    except RPCError as error:
        raise CannotStart(
            f"Temporal at {settings.reel_temporal} does not answer for the namespace {name}: {error}"
        ) from None


async def _client(settings: Settings, *, lazy: bool) -> Client:
    access = _access()
    access["target_host"] = settings.reel_temporal or ""
    access["namespace"] = settings.reel_temporal_namespace
    try:
        return await Client.connect(**access, lazy=lazy, runtime=runtime())
    except (RuntimeError, ValueError) as error:
        raise CannotStart(
            f"Temporal cannot be reached at {settings.reel_temporal} ({error}). "
            "Check REEL_TEMPORAL, TEMPORAL_TLS and its like, and that the server runs."
        ) from None


def _access() -> ClientConnectConfig:
    """TLS and the API key, by the variables that all of Temporal's clients know. Raises `CannotStart`.

    Source: https://docs.temporal.io/develop/environment-configuration
    """
    try:
        # From no file: what is set there for the command line of whoever is signed in here is not the app's.
        return ClientConfig.load_client_connect_config(
            disable_file=True, override_env_vars=variables("TEMPORAL_")
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise CannotStart(f"What TEMPORAL_TLS and its like say cannot be used: {error}") from None


@cache
def runtime() -> Runtime:
    """One for the process. What Temporal's core has to say goes where the other libraries' lines go, instead of to the console."""
    forwarding = LogForwardingConfig(logger=logging.getLogger("temporalio.core"))
    return Runtime(
        telemetry=TelemetryConfig(logging=LoggingConfig(filter=_CORE_LEVELS, forwarding=forwarding))
    )
