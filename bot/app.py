"""The composition root: everything is opened here, in order, and closed in reverse. Nothing is built at import."""

import asyncio
import secrets
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
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
from bot.budget import EditBudget
from bot.card import Cards
from bot.config import Settings, ignored_oauth_variables
from bot.delivery import Deliverer
from bot.engine import Engine
from bot.follow import Follower
from bot.messages import Messages
from bot.reka.client import RekaClient
from bot.runner import Runner
from storage import database
from storage.jobs import JobStore

SLACK_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
"""On the shared session, since slack_sdk's own `timeout` is ignored there."""
RESUME_SECONDS = 60.0
"""How often jobs that nobody follows any more are looked for."""

log = structlog.get_logger(__name__)


class CannotStart(Exception):
    """Slack did not let the app in. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The one workspace whose bot token we hold."""

    client: AsyncWebClient
    identity: AuthorizeResult


async def run(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. Raises `CannotStart` or `DatabaseError` when it cannot begin."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with opened(settings):
        log.info("started", dialect=settings.reka_dialect)
        await stop.wait()
        log.info("stopping")
    log.info("stopped")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Runner]:
    """The whole app, connected and following its jobs."""
    async with AsyncExitStack() as stack:
        store = JobStore(await stack.enter_async_context(database.opened(settings.reel_database)))
        reka = await stack.enter_async_context(
            RekaClient(
                settings.reka_base_url,
                settings.reka_api_key.get_secret_value(),
                settings.reka_dialect,
            )
        )
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=SLACK_TIMEOUT))
        workspace = await _signed_in(settings, session)
        runner = await stack.enter_async_context(_running(settings, store, reka, workspace))
        await stack.enter_async_context(_listening(settings, session, workspace, runner))
        yield runner


@asynccontextmanager
async def _running(
    settings: Settings, store: JobStore, reka: RekaClient, workspace: Workspace
) -> AsyncIterator[Runner]:
    messages = Messages(workspace.client)
    budget = EditBudget(settings.reel_edits_per_minute)
    cards = Cards(messages, store, budget, _now, insecure_host=settings.insecure_host)
    deliverer = Deliverer(cards, messages, store, _now)
    follower = Follower(store, reka, cards, deliverer, messages, _now)
    async with Engine(follower.follow) as engine:
        runner = Runner(store, engine, _now, lambda: secrets.token_hex(8))
        engine.every(RESUME_SECONDS, runner.resume, "resume")
        yield runner


@asynccontextmanager
async def _listening(
    settings: Settings, session: aiohttp.ClientSession, workspace: Workspace, runner: Runner
) -> AsyncIterator[None]:
    """Bolt over Socket Mode. The ack leaves when the listener returns (`process_before_response`), not 10 ms later."""
    for name in ignored_oauth_variables():
        log.warning(
            "setting_ignored", name=name, why="this app serves one workspace, by SLACK_BOT_TOKEN"
        )

    async def authorize() -> AuthorizeResult:
        return workspace.identity

    # Without a token of its own: `authorize` gives each request's client one, without a call to Slack.
    client = _web_client(settings, session, None)
    app = AsyncApp(client=client, authorize=authorize, process_before_response=True)
    handlers.register(app, runner)
    app_token = settings.slack_app_token.get_secret_value()
    socket = AsyncSocketModeHandler(app, app_token)
    socket.client.proxy = client.proxy
    try:
        socket.client.wss_uri = await _socket_address(client, app_token)
        await socket.connect_async()  # type: ignore[no-untyped-call]
        yield
    finally:
        await socket.close_async()  # type: ignore[no-untyped-call]


async def _socket_address(client: AsyncWebClient, app_token: str) -> str:
    # Asked for here, since slack_sdk would try a refused token again for ever.
    try:
        answer = await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        raise CannotStart(
            f"Slack refused SLACK_APP_TOKEN ({error.response.get('error')}). "
            "Make one with connections:write under Basic Information, App-Level Tokens."
        ) from error
    return str(answer["url"])


async def _signed_in(settings: Settings, session: aiohttp.ClientSession) -> Workspace:
    token = settings.slack_bot_token.get_secret_value()
    client = _web_client(settings, session, token)
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        raise CannotStart(
            f"Slack refused SLACK_BOT_TOKEN ({error.response.get('error')}). "
            "Copy it again from OAuth & Permissions, and reinstall the app if it was removed."
        ) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise CannotStart(
            f"Slack cannot be reached at {settings.slack_api_url} ({type(error).__name__}). "
            "Check the network, the proxy settings and SLACK_API_URL."
        ) from error
    identity = AuthorizeResult.from_auth_test_response(auth_test_response=answer, bot_token=token)
    return Workspace(client, identity)


def _web_client(
    settings: Settings, session: aiohttp.ClientSession, token: str | None
) -> AsyncWebClient:
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


def _now() -> int:
    return time.time_ns() // 1_000_000
