"""Hearing Slack over Socket Mode: a connection that we open, and watch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.breaker import Breaker
from bot.config import SocketModeSettings
from bot.engine import Engine
from bot.messages import code_of
from bot.workspace import CannotStart, unreachable

CONNECT_SECONDS = 30.0
WATCH_SECONDS = 10.0
DEAD_SOCKET_SECONDS = 120.0


@asynccontextmanager
async def listening(
    settings: SocketModeSettings, app: AsyncApp, engine: Engine, breaker: Breaker
) -> AsyncIterator[None]:
    """Connect, and stay connected. Raises `CannotStart`."""
    app_token = settings.slack_app_token.get_secret_value()
    socket = AsyncSocketModeHandler(app, app_token)
    socket.client.proxy = app.client.proxy
    try:
        socket.client.wss_uri = await _address(app.client, app_token)
        await _connected(socket)
        engine.watch(WATCH_SECONDS, Watch(socket, breaker).look, "socket")
        yield
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


async def _address(client: AsyncWebClient, app_token: str) -> str:
    # Asked for here, since slack_sdk would try a refused token again for ever.
    try:
        answer = await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        raise CannotStart(
            f"Slack refused SLACK_APP_TOKEN ({code_of(error)}). "
            "Make one with connections:write under Basic Information, App-Level Tokens."
        ) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise unreachable(client.base_url, error) from error
    return str(answer["url"])


@dataclass(slots=True)
class Watch:
    """Looks whether Slack can still reach us; a socket that stays dead ends the process."""

    socket: AsyncSocketModeHandler
    breaker: Breaker
    dead_since: float | None = None

    async def look(self) -> None:
        """Trip the breaker when the socket has been dead for too long."""
        now = asyncio.get_running_loop().time()
        if await self.socket.client.is_connected():
            self.dead_since = None
        elif self.dead_since is None:
            self.dead_since = now
        elif now - self.dead_since > DEAD_SOCKET_SECONDS:
            self.breaker.trip("Slack's Socket Mode connection is dead and does not come back.")
