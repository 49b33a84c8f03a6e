"""The real app between the real local services; a scripted Clip API where the wire has to misbehave."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local.reka.service import Options, open_service
from local.slack import server as workspace
from local.slack.platform import Settings as WorkspaceSettings
from tests.databases import postgres, server
from tests.scenarios.people import People
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import Wire

__all__ = ["postgres", "server"]


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    """A workspace with its people, without rate limits."""
    settings = WorkspaceSettings(tmp_path / "workspace", rate_limit_factor=0)
    async with workspace.running(settings) as platform, People(platform) as everybody:
        yield everybody


@pytest.fixture
async def clip_service(tmp_path: Path) -> AsyncIterator[str]:
    """The local clip service without the video work; its address."""
    async with open_service(Options(tmp_path / "clips", fast=True, stage_seconds=0.02)) as address:
        yield address


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """A Clip API whose every answer the test writes."""
    async with Wire() as scripted:
        yield scripted


@pytest.fixture
def stage(tmp_path: Path, people: People, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start the app against a Clip API: `async with stage(address) as app`."""
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    return Stage.factory(people, tmp_path / "reel.db")
