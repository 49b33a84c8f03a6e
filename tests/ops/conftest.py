"""An operator at a shell: settings in the environment, the real local services, and the commands of `reel`."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from local.reka.service import Options, open_service
from local.slack import server as workspace_server
from local.slack.platform import Settings as WorkspaceSettings
from tests.databases import postgres, server

__all__ = ["postgres", "server"]

KEY = "reka-secret-key"
SECRETS = ("xoxb-local", "xapp-local", KEY)


@dataclass(frozen=True, slots=True)
class Operator:
    """Sets what is in the environment, and types commands. `database` is where REEL_DATABASE points."""

    environment: pytest.MonkeyPatch
    database: Path

    def sets(self, **settings: str) -> None:
        """Put settings into the environment."""
        for name, value in settings.items():
            self.environment.setenv(name, value)

    async def types(self, *words: str) -> Result:
        """`reel …` in a thread, since the services live in this one."""
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(words)))

    async def doctor(self) -> tuple[int, str]:
        """`reel doctor`: exit code and output, on one line. It never shows a secret."""
        result = await self.types("doctor")
        assert "Traceback" not in result.output
        assert not any(secret in result.output for secret in SECRETS)
        return result.exit_code, " ".join(result.output.split())


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """A shell in an empty folder, with every setting that has no default, and nothing of the developer's."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("SLACK_", "REKA_", "REEL_")):
            monkeypatch.delenv(name)
    operator = Operator(monkeypatch, tmp_path / "reel.db")
    operator.sets(
        SLACK_BOT_TOKEN=SECRETS[0],
        SLACK_APP_TOKEN=SECRETS[1],
        REKA_API_KEY=KEY,
        REEL_DATABASE=str(operator.database),
    )
    return operator


@pytest.fixture
async def operator(shell: Operator, tmp_path: Path) -> AsyncIterator[Operator]:
    """The same, beside a workspace and a clip service that work."""
    workspace = WorkspaceSettings(tmp_path / "workspace")
    clips = Options(tmp_path / "clips", fast=True, keys=(KEY,))
    async with workspace_server.running(workspace) as platform, open_service(clips) as address:
        shell.sets(SLACK_API_URL=f"{platform.address}/api/", REKA_BASE_URL=address)
        yield shell
