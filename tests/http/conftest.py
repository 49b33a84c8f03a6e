"""The real app in HTTP mode, told by the local workspace at its request URL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import HttpSettings
from local.ports import free_ports
from local.slack import server
from local.slack.platform import Settings as WorkspaceSettings
from tests.http.slack import SECRET, Ports
from tests.scenarios.conftest import clip_service, wire  # noqa: F401  the same two services
from tests.scenarios.people import People
from tests.scenarios.stage import Stage, Start


@pytest.fixture
def ports() -> Ports:
    """Two ports that are free."""
    return Ports(*free_ports(2))


@pytest.fixture
async def people(tmp_path: Path, ports: Ports) -> AsyncIterator[People]:
    """A workspace with its people, which tells the app at its request URL and tries again at once."""
    settings = WorkspaceSettings(
        tmp_path / "workspace",
        rate_limit_factor=0,
        event_retries=(0.01, 0.01, 0.01),
        deliver_to=ports.request_url,
        signing_secret=SECRET,
    )
    async with server.running(settings) as platform, People(platform) as everybody:
        yield everybody


@pytest.fixture
def stage(tmp_path: Path, people: People, ports: Ports, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start the app against a Clip API: `async with stage(address) as app`."""
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    return Stage.factory(
        people,
        tmp_path / "reel.db",
        HttpSettings,
        slack_signing_secret=SECRET,
        reel_http_port=ports.slack,
        reel_health_port=ports.health,
    )
