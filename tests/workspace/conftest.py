"""A running workspace, somebody in it, and a real Bolt app connected to it."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.platform import APP_TOKEN, BOT_TOKEN, Platform, Settings
from local.slack.server import running
from local.slack.visitor import Visitor


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk and Bolt read proxies and tokens from the environment by themselves."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SLACK_"):
            monkeypatch.delenv(name)


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    """A workspace without rate limits, with a short patience for acks."""
    settings = Settings(tmp_path, rate_limit_factor=0, ack_timeout=0.4, event_retries=(0.01, 0.01))
    async with running(settings) as platform:
        yield platform


@pytest.fixture
async def robin(platform: Platform) -> AsyncIterator[Visitor]:
    async with Visitor(platform.address, "robin") as robin:
        yield robin


@pytest.fixture
def client(platform: Platform) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")


@pytest.fixture
async def connect(platform: Platform) -> AsyncIterator[Callable[[AsyncApp], Awaitable[None]]]:
    """Connects an app over Socket Mode until the test ends."""
    async with AsyncExitStack() as stack:

        async def connect(app: AsyncApp) -> None:
            handler = AsyncSocketModeHandler(app, APP_TOKEN)
            handler.client.ping_interval = 1
            stack.push_async_callback(handler.close_async)
            await handler.connect_async()  # type: ignore[no-untyped-call]

        yield connect


@pytest.fixture
def app(client: AsyncWebClient) -> AsyncApp:
    """A Bolt app as Reel builds its own: the ack leaves when the listener returns."""
    return AsyncApp(client=client, process_before_response=True)
