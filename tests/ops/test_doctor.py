"""`reel doctor` against real services: what is well, what is not, and the mend for each."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from bot import soundness, tokens
from bot.finding import Level
from local.slack import server
from local.slack.platform import Settings as WorkspaceSettings
from storage import database
from tests.ops.conftest import Operator

NOBODY = "http://127.0.0.1:9"
"""Port 9 (discard) has no listener."""


@asynccontextmanager
async def answering(make: Callable[[], web.Response]) -> AsyncIterator[str]:
    """A server that says the same to everybody; its address."""

    async def answer(_request: web.Request) -> web.Response:
        return make()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def page(status: int) -> web.Response:
    """What some other program says."""
    return web.Response(status=status, text="<h1>It works!</h1>", content_type="text/html")


def not_found(seconds_ahead: float) -> web.Response:
    """The Clip API's 404, from a server whose clock is so far ahead."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds_ahead), usegmt=True)
    envelope = {"error": {"type": "not_found_error", "message": "no such job"}}
    return web.json_response(envelope, status=404, headers={"Date": date})


@pytest.mark.parametrize("dialect", ["reels", "clips"])
async def test_all_is_well_in_both_dialects(dialect: str, operator: Operator) -> None:
    operator.sets(REKA_DIALECT=dialect)
    code, output = await operator.doctor()
    assert code == 0
    for name in ("settings", "bot token", "scopes", "app token", "Reka key", "database", "clock"):
        assert f"✓ {name}" in output
    assert "→" not in output


@pytest.mark.parametrize(
    ("setting", "value", "check", "mend"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-other", "bot token", "Copy SLACK_BOT_TOKEN again"),
        ("SLACK_APP_TOKEN", "xapp-other", "app token", "connections:write"),
        ("REKA_API_KEY", "another-key", "Reka key", "Put a valid REKA_API_KEY"),
    ],
)
async def test_a_refused_secret_is_named_with_its_mend_and_not_shown(
    setting: str, value: str, check: str, mend: str, operator: Operator
) -> None:
    operator.sets(**{setting: value})
    code, output = await operator.doctor()
    assert code == 1
    assert f"✗ {check}" in output
    assert mend in output
    assert value not in output
    assert output.count("✗") == 1


@pytest.mark.parametrize("dialect", ["reels", "clips"])
async def test_a_key_that_reka_refuses_is_found_in_both_dialects(
    dialect: str, operator: Operator
) -> None:
    operator.sets(REKA_DIALECT=dialect, REKA_API_KEY="another-key")
    code, output = await operator.doctor()
    assert (code, "✗ Reka key Reka refuses it (401" in output) == (1, True)


async def test_http_mode_needs_a_signing_secret_in_place_of_the_app_token(
    operator: Operator,
) -> None:
    operator.environment.delenv("SLACK_APP_TOKEN")
    code, output = await operator.doctor()
    assert code == 1
    assert "✗ app token no way to hear Slack is set → Set SLACK_APP_TOKEN for reel run" in output
    operator.sets(SLACK_SIGNING_SECRET="one-of-slack")
    code, output = await operator.doctor()
    assert code == 0
    assert "✓ signing secret there, for reel serve" in output
    assert "app token" not in output
    assert "one-of-slack" not in output


@pytest.mark.parametrize("left", ["unused", "xapp-revoked"])
async def test_beside_a_signing_secret_an_app_token_that_is_left_over_is_a_warning_only(
    left: str, operator: Operator
) -> None:
    operator.sets(SLACK_APP_TOKEN=left, SLACK_SIGNING_SECRET="one-of-slack")
    _, output = await operator.doctor()
    assert "! app token Slack refuses it (invalid_auth) → reel serve does not need it" in output
    assert "✗" not in output
    assert "✓ signing secret" in output
    assert "✓ Reka key" in output


async def test_missing_scopes_are_named(operator: Operator, tmp_path: Path) -> None:
    short = WorkspaceSettings(tmp_path / "short", scopes=["commands", "users:read"])
    async with server.running(short) as platform:
        operator.sets(SLACK_API_URL=f"{platform.address}/api/")
        code, output = await operator.doctor()
    assert code == 1
    assert "✗ scopes missing: chat:write, app_mentions:read, " in output
    assert "groups:read, im:read → Add them under OAuth & Permissions" in output
    assert "manifest.yml (reel serve: deploy/manifest.http.yml)" in output


def test_the_scopes_that_are_looked_for_are_those_of_the_manifest() -> None:
    manifest = yaml.safe_load((Path(__file__).parents[2] / "manifest.yml").read_text())
    assert sorted(tokens.SCOPES) == sorted(manifest["oauth_config"]["scopes"]["bot"])


@pytest.mark.parametrize(
    ("setting", "address", "said"),
    [
        ("REKA_BASE_URL", NOBODY, "✗ Reka key Reka cannot be reached at"),
        ("SLACK_API_URL", f"{NOBODY}/api/", "✗ app token Slack cannot be reached at"),
    ],
)
async def test_a_service_that_is_away_is_named_and_the_others_are_checked(
    setting: str, address: str, said: str, operator: Operator
) -> None:
    operator.sets(**{setting: address})
    code, output = await operator.doctor()
    assert code == 1
    assert f"{said} {address}" in output
    assert setting in output
    assert "✓ database" in output
    assert "✓ clock" in output  # the other one told the time


@pytest.mark.parametrize("status", [200, 404])
async def test_something_else_at_reka_s_address_is_not_taken_for_a_working_key(
    status: int, operator: Operator
) -> None:
    async with answering(lambda: page(status)) as address:
        operator.sets(REKA_BASE_URL=address)
        code, output = await operator.doctor()
    assert (code, "does not answer as the Clip API" in output) == (1, True)


async def test_something_else_at_slack_s_address_is_said(operator: Operator) -> None:
    async with answering(lambda: page(200)) as address:
        operator.sets(SLACK_API_URL=f"{address}/api/")
        code, output = await operator.doctor()
    assert code == 1
    assert "✗ bot token Slack refuses it (an answer that is not Slack's)" in output


@pytest.mark.parametrize(
    ("ahead", "said"), [(120, "s behind Reka's"), (-120, "s ahead of Reka's"), (20, None)]
)
async def test_a_clock_that_is_wrong_by_more_than_half_a_minute_is_a_warning(
    ahead: int, said: str | None, operator: Operator
) -> None:
    async with answering(lambda: not_found(ahead)) as address:
        operator.sets(REKA_BASE_URL=address)
        code, output = await operator.doctor()
    if said is None:
        assert (code, "✓ clock agrees with Slack and Reka" in output) == (0, True)
    else:
        assert code == 1
        assert "! clock" in output
        assert said in output
        assert "NTP" in output


async def test_every_problem_of_the_settings_is_said_at_once(shell: Operator) -> None:
    shell.sets(SLACK_BOT_TOKEN="xapp-swapped", REKA_DIALECT="latin", REEL_SLOT_WINDOW="soon")
    code, output = await shell.doctor()
    assert code == 1
    for name in ("SLACK_BOT_TOKEN", "REKA_DIALECT", "REEL_SLOT_WINDOW"):
        assert name in output
    assert "xapp-swapped" not in output


class TestDatabase:
    """What is said of the file behind REEL_DATABASE."""

    async def test_one_that_a_running_reel_holds_is_fine(self, tmp_path: Path) -> None:
        async with database.opened(tmp_path / "reel.db"):
            held = await soundness.database(tmp_path / "reel.db")
        left = await soundness.database(tmp_path / "reel.db")
        assert (held.level, left.level) == (Level.OK, Level.OK)
        assert held.found.endswith("a running Reel holds it")
        assert "holds it" not in left.found

    async def test_looking_keeps_no_lock(self, tmp_path: Path) -> None:
        async with database.opened(tmp_path / "reel.db"):
            pass
        await soundness.database(tmp_path / "reel.db")
        async with database.opened(tmp_path / "reel.db"):
            pass

    async def test_one_that_is_not_there_yet_is_fine_where_it_can_be_made(
        self, tmp_path: Path
    ) -> None:
        there = await soundness.database(tmp_path / "reel.db")
        nowhere = await soundness.database(tmp_path / "no such folder" / "reel.db")
        assert (there.level, nowhere.level) == (Level.OK, Level.FAULT)
        assert not any(tmp_path.iterdir())  # noqa: ASYNC240  looking makes no file

    async def test_one_that_another_program_locks_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storage.look.BUSY_SECONDS", 0.05)
        other = sqlite3.connect(tmp_path / "reel.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        found = await soundness.database(tmp_path / "reel.db")
        other.close()
        assert found.level is Level.FAULT
        assert "database is locked" in found.found

    async def test_one_of_a_newer_reel_is_said(self, tmp_path: Path) -> None:
        newer = sqlite3.connect(tmp_path / "reel.db", isolation_level=None)
        newer.execute("PRAGMA user_version = 999")
        newer.close()
        found = await soundness.database(tmp_path / "reel.db")
        assert found.level is Level.FAULT
        assert "newer Reel (schema 999" in found.found

    async def test_a_damaged_one_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "reel.db"
        async with database.opened(path):
            pass
        whole = path.read_bytes()
        path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
        assert (await soundness.database(path)).level is Level.FAULT

    async def test_a_file_that_is_no_database_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "reel.db").write_text("a shopping list\n" * 100)
        found = await soundness.database(tmp_path / "reel.db")
        assert found.level is Level.FAULT
        assert "not a database" in found.found
