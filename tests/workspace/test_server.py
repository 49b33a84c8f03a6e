"""The server as a process and as a neighbour: restarts, strangers, what it answers to nonsense."""

import asyncio
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.platform import BOT_TOKEN, Platform, Settings
from local.slack.server import running
from local.slack.visitor import Visitor


async def test_a_restart_keeps_messages_channels_and_views(tmp_path: Path) -> None:
    async with running(Settings(tmp_path)) as platform, Visitor(platform.address) as robin:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        await robin.act("member", channel="random", join=True)
        posted = await client.chat_postMessage(channel="C0RANDOM002", text="kept")
        await client.chat_postMessage(channel="C0RANDOM002", text="too", thread_ts=posted["ts"])
        blocks = [{"type": "divider"}]
        await client.views_publish(user_id="U0KIM000004", view={"type": "home", "blocks": blocks})
        before = await robin.state()
    async with running(Settings(tmp_path)) as platform, Visitor(platform.address) as robin:
        after = await robin.state()
        assert [after[name] for name in ("channels", "messages", "views")] == [
            before[name] for name in ("channels", "messages", "views")
        ]
        next_one = await robin.act("message", channel="random", text="next")
        assert next_one["ts"] > before["messages"][-1]["ts"]


async def test_a_clock_that_stands_still_mints_no_ts_twice(tmp_path: Path) -> None:
    async with running(Settings(tmp_path), clock=lambda: 1_763_866_800.0) as platform:
        stamps = [platform.mint.ts() for _ in range(100)]
    assert stamps == sorted(set(stamps))
    assert stamps[0] == "1763866800.000000"


async def started(data: Path, *options: str) -> tuple[asyncio.subprocess.Process, str]:
    """The server as its own process, and the address it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "local.slack", "--port", "0", "--data", str(data), *options),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert line.startswith("workspace listening on http://127.0.0.1:")
    return process, line.split()[-1]


async def test_the_command_says_where_it_listens_and_ends_on_sigterm_with_a_reader_waiting(
    tmp_path: Path,
) -> None:
    process, address = await started(tmp_path)
    async with Visitor(address) as robin:
        assert (await robin.state())["team"]["domain"] == "reel-works"
        waiting = asyncio.create_task(robin.changes(after=10**6, wait=30))
        await asyncio.sleep(0)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_the_command_grants_and_sends_what_the_manifest_asks_for(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yml"
    manifest.write_text("oauth_config: {scopes: {bot: [commands, files:read]}}")
    process, address = await started(tmp_path, "--manifest", str(manifest))
    async with Visitor(address) as robin:
        assert await robin.act("home") == {"ok": True, "sent": False}
        refused = await robin.act("message", channel="@reel", text="hello")
        assert refused["error"] == "Sending messages to this app has been turned off."
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{address}/api/")
        scopes = (await client.auth_test()).headers["x-oauth-scopes"]
        assert scopes == "commands,files:read"
    process.kill()
    await process.wait()


async def test_a_manifest_that_cannot_be_read_ends_the_command_with_a_sentence(
    tmp_path: Path,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "local.slack", "--data", str(tmp_path), "--manifest", str(tmp_path / "none.yml")),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert said.startswith(b"The manifest cannot be read: ")


async def test_a_killed_workspace_loses_no_message(tmp_path: Path) -> None:
    process, address = await started(tmp_path)
    async with Visitor(address) as robin:
        posted = await robin.act("message", channel="general", text="kept")
    process.kill()
    await process.wait()
    async with running(Settings(tmp_path)) as platform:
        kept = platform.workspace.message("C0GENERAL01", posted["ts"])
        assert kept is not None
        assert kept.text == "kept"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:80", "Origin": "http://evil.example:80"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/state", "/changes"])
async def test_a_page_of_another_site_is_refused(
    platform: Platform, path: str, headers: dict[str, str], status: int
) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{platform.address}{path}", headers=headers) as response,
    ):
        assert response.status == status


async def test_its_own_page_may_act(platform: Platform) -> None:
    body = {"user": "robin", "channel": "general", "text": "x"}
    headers = {"Origin": platform.address}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{platform.address}/act/message", json=body) as response,
    ):
        assert response.status == 200


@pytest.mark.parametrize(
    ("verb", "body", "sentence"),
    [
        ("dance", {}, "Unknown act."),
        ("command", {"channel": "nowhere", "command": "/reel"}, "There is no channel nowhere."),
        ("command", {"channel": "general", "command": "reel"}, "command: "),
        ("message", {"channel": "archive", "text": "x"}, "#archive is archived"),
        ("message", {"channel": "general", "text": " "}, "An empty message"),
        ("message", {"user": "kim", "channel": "launch-plans", "text": "x"}, "kim is not in"),
        ("message", {"user": "nobody", "channel": "general"}, "Nobody here is called nobody."),
        ("click", {"channel": "general", "message_ts": "1.2", "action_id": "x"}, "sees no message"),
        ("submit", {"view_id": "V1"}, "does not have the modal V1 in front"),
        ("fault", {"method": "chat.shout"}, "There is no method chat.shout"),
    ],
)
async def test_an_impossible_act_is_answered_with_a_sentence(
    robin: Visitor, verb: str, body: dict[str, str], sentence: str
) -> None:
    answer = await robin.act(verb, **body)
    assert not answer["ok"]
    assert sentence in answer["error"]


async def test_a_command_in_a_thread_is_refused_as_slack_does(robin: Visitor) -> None:
    posted = await robin.act("message", channel="general", text="x")
    answer = await robin.act("command", channel="general", command="/reel", thread_ts=posted["ts"])
    assert answer["error"] == "Slash commands do not work in threads."


async def test_changes_come_in_order_and_only_once(robin: Visitor) -> None:
    for text in ("a", "b", "c"):
        await robin.act("message", channel="general", text=text)
    first, *rest = await robin.changes()
    assert [change["seq"] for change in [first, *rest]] == [1, 2, 3]
    assert [change["message"]["text"] for change in rest] == ["b", "c"]
    assert await robin.changes(after=3) == []
    waiting = asyncio.create_task(robin.changes(after=3, wait=10))
    await robin.act("message", channel="general", text="d")
    assert [change["message"]["text"] for change in await waiting] == ["d"]
