"""Real processes: started, killed, started again; what they log and what they refuse to start on."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from local.demo.processes import Processes, Service, address_of
from tests.scenarios.people import PATIENCE, People, said, urls

ROOT = Path(__file__).parents[2]
LINK = "https://example.com/talk.mp4"
COMPLETE = "files.completeUploadExternal"
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-local",
    "SLACK_APP_TOKEN": "xapp-local",
    "REKA_API_KEY": "reka-secret-key",
}
StartApp = Callable[..., Service]


def reel(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m bot …` to its end in an empty folder, with these settings alone."""
    kept = {name: value for name, value in os.environ.items() if "_" not in name}
    return subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
async def start(people: People, tmp_path: Path) -> AsyncIterator[StartApp]:
    """Start the app as a process of its own, beside a clip service that takes its time."""
    async with AsyncExitStack() as stack:
        processes = stack.enter_context(Processes(tmp_path))
        # In a thread: the workspace that the app takes leave of lives in this one.
        stack.push_async_callback(asyncio.to_thread, processes.stop)
        clips = processes.start(
            "clips", "local.reka", "--data", str(tmp_path / "c"), "--fast", "--stage-seconds", "0.4"
        )
        address = address_of(clips)

        def app(**settings: str) -> Service:
            return processes.start(
                "app",
                "bot",
                "run",
                **{
                    **SECRETS,
                    "SLACK_API_URL": f"{people.address}/api/",
                    "REKA_BASE_URL": address,
                    "REEL_DATABASE": str(tmp_path / "reel.db"),
                    **settings,
                },
            )

        yield app


async def test_a_killed_app_goes_on_with_the_same_card_when_it_is_started_again(
    start: StartApp, people: People
) -> None:
    app = start()
    await people.connected()
    await people.reel(f"{LINK} clips:2")
    card = await people.card("Making 2 clips: downloading")
    app.process.send_signal(signal.SIGKILL)
    app.process.wait()

    start()
    links = await people.links()
    final = await people.card("2 clips are ready")
    assert final["ts"] == card["ts"]
    assert len(urls(links)) == 2
    assert sum("asked for" in said(message) for message in await people.messages()) == 1


async def test_an_app_that_is_killed_while_it_shares_a_clip_shares_each_once(
    start: StartApp, people: People
) -> None:
    # The answer comes late, so that the app is killed in between.
    await people.act("fault", method=COMPLETE, when="after", delay=3.0, status=500)
    app = start()
    await people.connected()
    await people.reel(f"{LINK} clips:2")
    async with asyncio.timeout(PATIENCE):
        while not await people.calls(COMPLETE):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    app.process.send_signal(signal.SIGKILL)
    app.process.wait()

    start()
    await people.sees(lambda message: "2 files in this thread" in said(message))
    files = [file for message in await people.messages() for file in message.get("files") or []]
    assert sorted(file["name"][:7] for file in files) == ["clip-1-", "clip-2-"]


async def test_the_log_has_a_line_for_each_change_and_no_secret(
    start: StartApp, people: People
) -> None:
    app = start(REEL_LOG_FORMAT="json", REEL_LOG_LEVEL="debug")
    await people.connected()
    await people.reel(f"{LINK} a very private wish clips:1")
    await people.links()
    async with asyncio.timeout(10):
        while "job_settled" not in app.log.read_text():  # noqa: ASYNC110  a file of another process
            await asyncio.sleep(0.02)
    app.process.terminate()
    assert await asyncio.to_thread(app.process.wait, 10) == 0

    log = app.log.read_text()
    for event in ("accepted", "state_changed", "stage_changed", "job_settled", "stopped"):
        assert f'"event": "{event}"' in log
    assert '"request_id": "' in log
    for secret in (*SECRETS.values(), "a very private wish", "/response/", "ticket="):
        assert secret not in log


async def test_oauth_settings_in_the_environment_do_not_switch_the_mode(
    start: StartApp, people: People
) -> None:
    app = start(SLACK_CLIENT_ID="1.2", SLACK_CLIENT_SECRET="shh", HTTPS_PROXY="http://127.0.0.1:9")
    await people.connected()
    await people.reel(f"{LINK} clips:1")
    await people.links()
    assert "setting_ignored" in app.log.read_text()
    assert "shh" not in app.log.read_text()


def test_missing_settings_are_named_all_at_once(tmp_path: Path) -> None:
    ended = reel("run", folder=tmp_path, REKA_DIALECT="latin")
    assert ended.returncode == os.EX_CONFIG
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "REKA_API_KEY", "REKA_DIALECT"):
        assert name in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("path", ["missing/reel.db", "."], ids=["no such folder", "a folder"])
def test_a_database_that_cannot_be_used_is_named(path: str, tmp_path: Path) -> None:
    ended = reel("run", folder=tmp_path, REEL_DATABASE=path, **SECRETS)
    assert ended.returncode == os.EX_UNAVAILABLE
    assert f"The database {path} cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_locked_database_is_named(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "reel.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    ended = reel("run", folder=tmp_path, **SECRETS)
    other.close()
    assert ended.returncode == os.EX_UNAVAILABLE
    assert "The database reel.db cannot be used: database is locked" in ended.stderr
    assert time.monotonic() - began < 25


def test_slack_being_away_is_a_sentence(tmp_path: Path) -> None:
    ended = reel("run", folder=tmp_path, SLACK_API_URL="http://127.0.0.1:9/api/", **SECRETS)
    assert ended.returncode == os.EX_UNAVAILABLE
    assert "Slack cannot be reached at http://127.0.0.1:9/api/" in ended.stderr


@pytest.mark.parametrize(
    ("name", "token"), [("SLACK_BOT_TOKEN", "xoxb-other"), ("SLACK_APP_TOKEN", "xapp-other")]
)
async def test_a_refused_token_is_named(
    name: str, token: str, start: StartApp, people: People
) -> None:
    app = start(**{name: token})
    assert await asyncio.to_thread(app.process.wait, 20) == os.EX_UNAVAILABLE
    assert f"Slack refused {name}" in app.log.read_text()
    assert "Traceback" not in app.log.read_text()
