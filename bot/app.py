"""The composition root: everything is opened here, in order, and closed in reverse. Nothing is built at import."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.ambiguity import Reconciler
from bot.audit import Audit
from bot.bell import Bell
from bot.breaker import Breaker
from bot.budget import EditBudget
from bot.card import Away, Cards
from bot.chores import ClockWatch, Purge, Watch
from bot.clock import Clock
from bot.config import Settings, ignored_oauth_variables
from bot.delivery import Deliverer
from bot.engine import Engine
from bot.follow import Follower
from bot.keeper import Keeper
from bot.messages import Messages, code_of
from bot.operator import Operator
from bot.outlook import Outlook
from bot.patience import Patience
from bot.reka.client import RekaClient
from bot.rulebook import Rulebook
from bot.runner import Runner
from bot.slots import Quota
from bot.spend import Spender
from bot.uploads import Uploads
from storage import database
from storage.database import Database
from storage.files import FileStore
from storage.jobs import JobStore
from storage.preferences import PresetStore
from storage.presence import Presence
from storage.results import ResultStore
from storage.slots import SlotStore
from storage.trail import TrailStore

SLACK_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
"""On the shared session, since slack_sdk's own `timeout` is ignored there."""
CONNECT_SECONDS = 30.0
SOCKET_SECONDS = 10.0
PURGE_SECONDS = 3600.0
PRESENCE_SECONDS = 60.0
DAY_MS = 24 * 3600 * 1000
RESUME_SECONDS = 60.0
"""How often jobs that nobody follows any more are looked for."""

log = structlog.get_logger(__name__)


class BrokenOff(Exception):
    """Something only the operator can mend has ended the app. The message says what."""


class CannotStart(Exception):
    """Slack did not let the app in. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The one workspace whose bot token we hold."""

    client: AsyncWebClient
    identity: AuthorizeResult
    url: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the app lives on, each replaceable: the database, Reka, Slack, the clock, ids, and who ends the process."""

    database: Database
    reka: RekaClient
    slack: AsyncWebClient
    now: Callable[[], int]
    new_id: Callable[[], str] = lambda: secrets.token_hex(8)
    breaker: Breaker = field(default_factory=Breaker)


async def run(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. Raises `CannotStart`, `DatabaseError`, or `BrokenOff` when going on makes no sense."""
    breaker = Breaker()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with opened(settings, breaker):
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
async def opened(settings: Settings, breaker: Breaker | None = None) -> AsyncIterator[Runner]:
    """The whole app, connected and following its jobs."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(database.opened(settings.reel_database))
        reka = await stack.enter_async_context(reka_client(settings))
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=SLACK_TIMEOUT))
        workspace = await _signed_in(settings, session)
        clock = Clock()
        around = Surroundings(
            store, reka, workspace.client, clock.now, breaker=breaker or Breaker()
        )
        runner = await stack.enter_async_context(assembled(settings, around))
        socket = await stack.enter_async_context(_listening(settings, session, workspace, runner))
        runner.engine.every(SOCKET_SECONDS, Watch(socket, around.breaker).look, "socket")
        runner.engine.every(PRESENCE_SECONDS, ClockWatch(clock).look, "clock")
        yield runner


@asynccontextmanager
async def assembled(settings: Settings, around: Surroundings) -> AsyncIterator[Runner]:
    """The app without its ear: following its jobs, speaking to Slack and Reka, not listening yet."""
    jobs, presence = JobStore(around.database), Presence(around.database)
    began = around.now()
    quota = Quota(settings.reel_slot_limit or None, settings.reel_slot_window * 1000)
    slots = SlotStore(around.database, settings.fingerprint, quota)
    trail = TrailStore(around.database, settings.fingerprint)
    files, results = FileStore(around.database), ResultStore(around.database)
    messages = Messages(around.slack, around.breaker)
    uploads = Uploads(messages)
    keeper = Keeper(files, uploads, around.reka, around.now, settings.insecure_host)
    cards = Cards(
        messages,
        jobs,
        slots,
        files,
        EditBudget(settings.reel_edits_per_minute),
        around.now,
        insecure_host=settings.insecure_host,
        can_look=around.reka.can_list,
        away=Away(await presence.last() or began, began),
    )
    bell, patience = Bell(), Patience()
    operators = settings.reel_operator or frozenset()
    operator = Operator(messages, operators, around.now)
    follower = Follower(
        jobs,
        around.reka,
        cards,
        Deliverer(cards, messages, jobs, keeper if settings.reel_files else None, around.now),
        Spender(
            jobs, slots, around.reka, bell, Outlook(slots, bell, around.now), operator, around.now
        ),
        Reconciler(jobs, around.reka),
        patience,
        around.now,
    )
    async with Engine(follower.follow, settings.reel_grace_seconds) as engine:
        runner = Runner(
            jobs,
            slots,
            PresetStore(around.database),
            results,
            engine,
            bell,
            patience,
            cards.refresh,
            around.now,
            around.new_id,
            Audit(trail, slots, uploads, engine, around.now),
            Rulebook(slots.rules, operators, bell, around.now),
            settings.reel_spenders,
            around.reka.can_translate,
        )
        engine.every(RESUME_SECONDS, runner.resume, "resume")
        engine.every(PRESENCE_SECONDS, lambda: presence.mark(around.now()), "presence")
        purge = Purge(jobs, slots, results, settings.reel_keep_days * DAY_MS, around.now)
        engine.every(PURGE_SECONDS, purge.work, "purge")
        yield runner


@asynccontextmanager
async def _listening(
    settings: Settings, session: aiohttp.ClientSession, workspace: Workspace, runner: Runner
) -> AsyncIterator[AsyncSocketModeHandler]:
    """Bolt over Socket Mode. The ack leaves when the listener returns (`process_before_response`), not 10 ms later."""
    for name in ignored_oauth_variables():
        log.warning(
            "setting_ignored", name=name, why="this app serves one workspace, by SLACK_BOT_TOKEN"
        )

    async def authorize() -> AuthorizeResult:
        return workspace.identity

    # Without a token of its own: `authorize` gives each request's client one, without a call to Slack.
    client = web_client(settings, session, None)
    app = AsyncApp(client=client, authorize=authorize, process_before_response=True)
    handlers.register(app, runner, workspace.url, settings.insecure_host)
    app_token = settings.slack_app_token.get_secret_value()
    socket = AsyncSocketModeHandler(app, app_token)
    socket.client.proxy = client.proxy
    try:
        socket.client.wss_uri = await _socket_address(client, app_token)
        await _connected(socket)
        yield socket
    finally:
        await socket.close_async()  # type: ignore[no-untyped-call]


async def _connected(socket: AsyncSocketModeHandler) -> None:
    # slack_sdk would try the same address for ever, and its ticket is soon void.
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await socket.connect_async()  # type: ignore[no-untyped-call]
    except TimeoutError:
        raise CannotStart(
            "Slack's Socket Mode connection could not be made. Check that a WebSocket to wss-primary.slack.com can pass."
        ) from None


async def _socket_address(client: AsyncWebClient, app_token: str) -> str:
    # Asked for here, since slack_sdk would try a refused token again for ever.
    try:
        answer = await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        raise CannotStart(
            f"Slack refused SLACK_APP_TOKEN ({code_of(error)}). "
            "Make one with connections:write under Basic Information, App-Level Tokens."
        ) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _unreachable(client.base_url, error) from error
    return str(answer["url"])


def reka_client(settings: Settings) -> RekaClient:
    """The way to Reka. Raises `CannotStart` when it cannot be set up."""
    key = settings.reka_api_key.get_secret_value()
    try:
        return RekaClient(settings.reka_base_url, key, settings.reka_dialect)
    except (ImportError, ValueError, OSError) as error:  # an odd proxy, a missing certificate file
        raise CannotStart(f"The way to Reka cannot be set up: {error}") from error


async def _signed_in(settings: Settings, session: aiohttp.ClientSession) -> Workspace:
    token = settings.slack_bot_token.get_secret_value()
    client = web_client(settings, session, token)
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        raise CannotStart(
            f"Slack refused SLACK_BOT_TOKEN ({code_of(error)}). "
            "Copy it again from OAuth & Permissions, and reinstall the app if it was removed."
        ) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _unreachable(settings.slack_api_url, error) from error
    identity = AuthorizeResult.from_auth_test_response(auth_test_response=answer, bot_token=token)
    return Workspace(client, identity, str(answer.get("url") or ""))


def _unreachable(url: str, error: Exception) -> CannotStart:
    return CannotStart(
        f"Slack cannot be reached at {url} ({type(error).__name__}). "
        "Check the network, the proxy settings and SLACK_API_URL."
    )


def web_client(
    settings: Settings, session: aiohttp.ClientSession, token: str | None
) -> AsyncWebClient:
    """Slack's Web API over the shared session; no proxy for this machine, no retries of slack_sdk's own."""
    client = AsyncWebClient(
        token=token,
        base_url=settings.slack_api_url.rstrip("/") + "/",
        session=session,
        retry_handlers=[],  # what may be sent again is decided in bot.messages
    )
    if _is_direct(settings.slack_api_url):
        client.proxy = None  # slack_sdk takes HTTP(S)_PROXY and knows no NO_PROXY
    return client


def _is_direct(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "127.0.0.1", "::1"} or bool(proxy_bypass(host))
