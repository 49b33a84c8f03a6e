"""The composition root: everything is opened here, in order, and closed in reverse. Nothing is built at import."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot import front, garbage, socket_mode
from bot.ambiguity import Reconciler
from bot.audit import Audit
from bot.away import Away
from bot.bell import Bell
from bot.breaker import Breaker
from bot.budget import EditBudget
from bot.card import Cards
from bot.channel_presets import ChannelPresets
from bot.chores import ClockWatch, Purge, Resume
from bot.clock import Clock
from bot.config import (
    HttpSettings,
    Settings,
    SocketModeSettings,
    WorkerSettings,
    ignored_oauth_variables,
)
from bot.delivery import Deliverer
from bot.engine import LocalEngine
from bot.follow import Follower
from bot.health import Health
from bot.keeper import Keeper
from bot.messages import Messages, TokenWatch
from bot.metrics import Metrics
from bot.operator import Operator
from bot.outlook import Outlook
from bot.patience import Patience
from bot.reka.client import RekaClient
from bot.rulebook import Rulebook
from bot.runner import Runner
from bot.shared_budget import SharedBudget
from bot.slots import Quota
from bot.spend import Spender
from bot.uploads import Uploads
from bot.workspace import SLACK_TIMEOUT, CannotStart, Workspace, signed_in, web_client
from storage import database
from storage.database import Database
from storage.deliveries import DeliveryStore
from storage.edits import EditStore
from storage.files import FileStore
from storage.jobs import JobStore
from storage.notices import Notices, Topic
from storage.preferences import PresetStore
from storage.presence import Presence
from storage.results import ResultStore
from storage.slots import SlotStore
from storage.trail import TrailStore

ANSWER_SECONDS = 2.0
"""How long a handler waits for the database: of the three seconds that Slack waits, so that there is time to say it."""
PURGE_SECONDS = 3600.0
PRESENCE_SECONDS = 60.0
DAY_MS = 24 * 3600 * 1000
RESUME_SECONDS = 60.0
"""How often jobs that nobody follows any more are looked for."""

Mode = SocketModeSettings | HttpSettings | WorkerSettings
"""The kind of settings says how Slack is heard, or that it is not: a worker hears what is to be followed."""

log = structlog.get_logger(__name__)


class BrokenOff(Exception):
    """Something only the operator can mend has ended the app. The message says what."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the app lives on, each replaceable: the database, Reka, Slack, the clock, ids, and who ends the process."""

    database: Database
    reka: RekaClient
    slack: AsyncWebClient
    clock: Clock
    new_id: Callable[[], str] = lambda: secrets.token_hex(8)
    breaker: Breaker = field(default_factory=Breaker)
    #: The workspace's, whose budget of edits other processes may share.
    team_id: str = ""

    def budget(self, per_minute: int) -> EditBudget:
        """The workspace's budget of edits, for all processes on the database."""
        if not self.database.shared:
            return EditBudget(per_minute)
        return SharedBudget(per_minute, EditStore(self.database, self.team_id), self.clock.now)


async def run(settings: Mode) -> None:
    """Run until SIGINT or SIGTERM. Raises `CannotStart`, `DatabaseError`, or `BrokenOff` when going on makes no sense."""
    breaker = Breaker()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with opened(settings, breaker):
        garbage.collected_seldom()
        log.info("started", dialect=settings.reka_dialect)
        endings = [asyncio.ensure_future(ending) for ending in (stop.wait(), breaker.tripped())]
        await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
        for ending in endings:
            ending.cancel()
        log.info("stopping")
    log.info("stopped")
    if breaker.reason is not None:
        raise BrokenOff(breaker.reason)


@asynccontextmanager
async def opened(settings: Mode, breaker: Breaker | None = None) -> AsyncIterator[Runner]:
    """The whole app, hearing Slack and following its jobs; with Temporal, the one or the other."""
    breaker, metrics = breaker or Breaker(), Metrics(settings.slack_api_url)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(database.opened(settings.reel_database))
        # With Temporal each job has one owner by its doing, so those who have it may be many.
        shared = settings.reel_temporal is not None
        await stack.enter_async_context(store.sole(breaker.trip, shared=shared))
        reka = await stack.enter_async_context(reka_client(settings, metrics))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=SLACK_TIMEOUT, trace_configs=[metrics.slack_calls()])
        )
        workspace = await signed_in(settings, session)
        team_id = workspace.identity.team_id or ""
        around = Surroundings(
            store, reka, workspace.client, Clock(), breaker=breaker, team_id=team_id
        )
        runner = await stack.enter_async_context(assembled(settings, around))
        health = Health(store, runner, metrics, breaker)
        if isinstance(settings, WorkerSettings):
            from bot.worker import working

            ear = working(settings, runner.engine, health, breaker)
        else:
            app = _bolt(settings, session, workspace, runner)
            app.client.retry_handlers.append(TokenWatch(breaker))
            if isinstance(settings, HttpSettings):
                ear = front.listening(settings, app, health, metrics, breaker)
            else:
                ear = socket_mode.listening(settings, app, runner.engine, breaker)
        await stack.enter_async_context(ear)
        yield runner


@asynccontextmanager
async def assembled(settings: Settings, around: Surroundings) -> AsyncIterator[Runner]:
    """The app without its ear: following its jobs, speaking to Slack and Reka, not listening yet."""
    jobs, presence = JobStore(around.database), Presence(around.database)
    now = around.clock.now
    began = now()
    slots = _slots(settings, around.database)
    files, results = FileStore(around.database), ResultStore(around.database)
    deliveries = DeliveryStore(around.database)
    messages = Messages(around.slack, around.breaker)
    uploads = Uploads(messages)
    keeper = Keeper(files, uploads, around.reka, now, settings.insecure_host)
    cards = Cards(
        messages,
        jobs,
        slots,
        files,
        around.budget(settings.reel_edits_per_minute),
        now,
        insecure_host=settings.insecure_host,
        can_look=around.reka.can_list,
        away=Away(await presence.last() or began, began),
    )
    notices = around.database.notices
    bell, patience = Bell(lambda: notices.tell(Topic.BELL)), Patience()
    notices.hear(Topic.BELL, lambda _: bell.wake())
    notices.hear(Topic.CARD, cards.refresh)
    operator = Operator(messages, settings.reel_operator or frozenset(), now)
    follower = Follower(
        jobs,
        around.reka,
        cards,
        Deliverer(cards, messages, jobs, keeper if settings.reel_files else None, now),
        Spender(jobs, slots, around.reka, bell, Outlook(slots, bell, now), operator, now),
        Reconciler(jobs, around.reka, around.clock.leapt),
        patience,
        now,
    )
    async with await _engine(settings, follower) as engine:
        refresh = partial(_refresh, cards, notices)
        runner = _runner(settings, around, engine, bell, uploads, refresh)
        engine.every(RESUME_SECONDS, Resume(jobs, engine, patience).work, "resume")
        engine.every(PRESENCE_SECONDS, lambda: presence.mark(now()), "presence")
        engine.watch(PRESENCE_SECONDS, ClockWatch(around.clock, operator).look, "clock")
        purge = Purge(jobs, slots, results, deliveries, settings.reel_keep_days * DAY_MS, now)
        engine.every(PURGE_SECONDS, purge.work, "purge")
        yield runner


def _slots(settings: Settings, base: Database) -> SlotStore:
    quota = Quota(settings.reel_slot_limit or None, settings.reel_slot_window * 1000)
    return SlotStore(base, settings.fingerprint, quota)


def _runner(  # noqa: PLR0917
    settings: Settings,
    around: Surroundings,
    engine: LocalEngine,
    bell: Bell,
    uploads: Uploads,
    refresh: Callable[[str], None],
) -> Runner:
    """What handlers ask. Its database is not waited for longer than a person has the time."""
    base, now = around.database.hurried(ANSWER_SECONDS), around.clock.now
    slots, trail = _slots(settings, base), TrailStore(base, settings.fingerprint)
    return Runner(
        JobStore(base),
        slots,
        ChannelPresets(PresetStore(base), settings.reel_spenders, around.reka.can_translate, now),
        ResultStore(base),
        DeliveryStore(base),
        engine,
        bell,
        refresh,
        now,
        around.new_id,
        Audit(trail, slots, uploads, engine, now),
        Rulebook(slots.rules, settings.reel_operator or frozenset(), bell, now),
        settings.reel_spenders,
        around.reka.can_translate,
        settings.reka_is_afar,
    )


async def _engine(settings: Settings, follower: Follower) -> LocalEngine:
    if settings.reel_temporal is None:
        return LocalEngine(follower.follow, settings.reel_grace_seconds)
    try:
        from bot import temporal
    except ModuleNotFoundError:
        raise CannotStart(
            "REEL_TEMPORAL needs more than is installed here: make .venv/scale, "
            "or pip install -r requirements/scale.txt."
        ) from None
    return await temporal.engine(settings, follower.follow)


def _refresh(cards: Cards, notices: Notices, job_id: str) -> None:
    """The card is edited by whichever process follows the job."""
    cards.refresh(job_id)
    notices.tell(Topic.CARD, job_id)


def _bolt(
    settings: Settings, session: aiohttp.ClientSession, workspace: Workspace, runner: Runner
) -> AsyncApp:
    """Bolt with its handlers. The ack leaves when the listener returns (`process_before_response`), not 10 ms later."""
    for name in ignored_oauth_variables():
        log.warning(
            "setting_ignored", name=name, why="this app serves one workspace, by SLACK_BOT_TOKEN"
        )

    async def authorize() -> AuthorizeResult:
        return workspace.identity

    secret = settings.slack_signing_secret
    app = AsyncApp(
        # Without a token of its own: `authorize` gives each request's client one, without a call to Slack.
        client=web_client(settings, session, None),
        authorize=authorize,
        process_before_response=True,
        signing_secret=secret.get_secret_value() if secret else "",
    )
    handlers.register(app, runner, workspace.url, settings.insecure_host)
    return app


def reka_client(settings: Settings, metrics: Metrics | None = None) -> RekaClient:
    """The way to Reka. Raises `CannotStart` when it cannot be set up."""
    key = settings.reka_api_key.get_secret_value()
    hooks = metrics.reka_hooks() if metrics else {}
    try:
        return RekaClient(settings.reka_base_url, key, settings.reka_dialect, hooks=hooks)
    except (ImportError, ValueError, OSError) as error:  # an odd proxy, a missing certificate file
        raise CannotStart(f"The way to Reka cannot be set up: {error}") from error
