"""A run that depends on its seed alone: the app's own randomness, the garbage collector, the log, and a few constants."""

import gc
import logging
import random as app_random
import sys
import types
import warnings
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import aiohttp
import httpx
import structlog
from slack_sdk.errors import SlackApiError

from bot import card, spend
from bot.engine import LocalEngine
from bot.jobs import EXPIRES_MS
from tests.simulation.reka_wire import FOLLOWED
from tests.simulation.world import World

_REFRESH_SECONDS = (30.0, 100.0, 100.0, 100.0)
"""How often cards that do not change are edited all the same: mostly less often than in life, to see more seeds."""
_EXPIRES_MS = (*[EXPIRES_MS] * 6, 1_200_000)
"""How long a job may wait: sometimes so short that the queue outlives it."""
_MEANT = {"key_refused", "breaker_tripped"}
"""What the app logs as an error because the world is bad, not the app."""
_SLACK_AWAY = (SlackApiError, aiohttp.ClientError, TimeoutError)
"""What may reach a handler that opens a modal."""
_NO_LOGGER = types.SimpleNamespace()
_CONTEXT = httpx.create_ssl_context(trust_env=False)


def shortened(seed: int) -> bool:
    """Whether jobs of this seed may wait for minutes only."""
    return _EXPIRES_MS[seed % len(_EXPIRES_MS)] != _EXPIRES_MS[0]


@contextmanager
def reproducible(world: World) -> Iterator[None]:
    """The app's own randomness by seed, no collection at an odd moment, one TLS context, and its log kept."""
    kept = app_random.getstate()
    app_random.seed(world.seed)
    refresh = _REFRESH_SECONDS[world.seed % len(_REFRESH_SECONDS)]
    with (
        _logged(_listener(world)),
        _uncollected(),
        _replaced(httpx, "create_ssl_context", lambda **_: _CONTEXT),
        _replaced(card, "REFRESH_SECONDS", refresh),
        _replaced(spend, "EXPIRES_MS", _EXPIRES_MS[world.seed % len(_EXPIRES_MS)]),
        _replaced(LocalEngine, "_followed", _known(LocalEngine._followed)),
    ):
        yield
    app_random.setstate(kept)


@contextmanager
def _replaced(owner: object, name: str, value: object) -> Iterator[None]:
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


@contextmanager
def _uncollected() -> Iterator[None]:
    collecting = gc.isenabled()
    gc.disable()
    gc.freeze()  # so that the collection at the end of a run looks at this run only
    try:
        yield
    finally:
        gc.unfreeze()
        if collecting:
            gc.enable()


@contextmanager
def _logged(listener: Callable[..., Any]) -> Iterator[None]:
    kept = structlog.get_config()
    _forget_loggers()
    structlog.configure(
        processors=[listener],
        wrapper_class=structlog.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logging.disable()  # Bolt's own lines about what the app's log has told already
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**kept)


def _forget_loggers() -> None:
    """Once the command line has configured the log, each module's logger keeps what it found; make it look again."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith(("bot.", "handlers.", "storage.")):
            vars(getattr(module, "log", _NO_LOGGER)).pop("bind", None)


@contextmanager
def silent() -> Iterator[None]:
    """For letting go of what a killed process left: nothing that its objects say is heard."""
    kept = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        with warnings.catch_warnings(), _logged(_nothing):
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.unraisablehook = kept


def _known(follow: Callable[[LocalEngine, str], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The same, with the job's id where the wire can see it."""

    async def followed(self: LocalEngine, job_id: str) -> None:
        FOLLOWED.set(job_id)
        await follow(self, job_id)

    return followed


def _listener(world: World) -> Callable[..., Any]:
    def listen(_: Any, level: str, event: MutableMapping[str, Any]) -> Any:
        if level in {"error", "critical", "exception"}:
            error = sys.exc_info()[1]
            away = event["event"] == "handler_failed" and isinstance(error, _SLACK_AWAY)
            if event["event"] in _MEANT or away:
                raise structlog.DropEvent
            world.faults_of_ours.append(f"{event['event']}: {error!r}")
        world.trace.add(
            "log", f"{event.get('event')} {event.get('job_id', '')} {event.get('state', '')}"
        )
        raise structlog.DropEvent

    return listen


def _nothing(*_: Any) -> Any:
    raise structlog.DropEvent
