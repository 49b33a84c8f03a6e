"""Events of what people write: mentions, direct messages, and nothing the app did not ask for."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.manifest import Manifest, read_manifest, this_manifest
from local.slack.platform import BOT_TOKEN, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

Connect = Callable[[AsyncApp], Awaitable[None]]
Json = dict[str, Any]
BOT, ROBIN = "U0REEL0BOT1", "U0ROBIN0001"


@pytest.fixture
def heard(app: AsyncApp) -> list[Json]:
    """The bodies of the events a real Bolt app got."""
    bodies: list[Json] = []

    @app.event("app_mention")
    async def mentioned(body: Json) -> None:
        bodies.append(body)

    @app.event("message")
    async def written(body: Json) -> None:
        bodies.append(body)

    return bodies


async def delivered(robin: Visitor) -> list[str]:
    """The events of everything that was written before this call."""
    await robin.act("home")  # comes after them
    envelopes = [change for change in await robin.changes() if change["type"] == "envelope"]
    kinds = [envelope["payload"]["event"]["type"] for envelope in envelopes]
    return [kind for kind in kinds if kind != "app_home_opened"]


async def test_a_mention_where_the_app_is_a_member_is_an_event(
    app: AsyncApp, connect: Connect, robin: Visitor, heard: list[Json]
) -> None:
    await connect(app)
    written = await robin.act("message", channel="general", text="@reel https://youtu.be/x help")
    await robin.until("ack", lambda change: change["acked"])
    [body] = heard
    inner = body["event"]
    assert (inner["type"], inner["user"], inner["channel"]) == ("app_mention", ROBIN, "C0GENERAL01")
    assert (inner["ts"], inner["event_ts"]) == (written["ts"], written["ts"])
    assert inner["text"] == f"<@{BOT}> <https://youtu.be/x> help"
    assert inner["blocks"] == written["message"]["blocks"]
    assert "channel_type" not in inner
    assert (body["type"], body["team_id"]) == ("event_callback", "T0REEL0LOCA")
    assert body["event_id"].startswith("Ev")
    assert isinstance(body["event_time"], int)
    assert body["authorizations"][0]["user_id"] == BOT
    assert body["is_ext_shared_channel"] is False


async def test_a_direct_message_to_the_app_is_an_event_and_a_mention_in_it_no_second_one(
    app: AsyncApp, connect: Connect, robin: Visitor, heard: list[Json]
) -> None:
    await connect(app)
    await robin.act("message", channel="@reel", text="@reel hello")
    await robin.until("ack", lambda change: change["acked"])
    [body] = heard
    assert (body["event"]["type"], body["event"]["channel_type"]) == ("message", "im")
    assert body["event"]["channel"] == "D0ROBINBOT5"
    assert "subtype" not in body["event"]


async def test_a_mention_in_a_thread_says_whose_thread_it_is(
    app: AsyncApp, connect: Connect, robin: Visitor, heard: list[Json]
) -> None:
    await connect(app)
    root = await robin.act("message", user="sam", channel="general", text="Look")
    await robin.act("message", channel="general", text="@reel", thread_ts=root["ts"])
    await robin.until("ack", lambda change: change["acked"])
    [body] = heard
    assert body["event"]["thread_ts"] == root["ts"]
    assert body["event"]["parent_user_id"] == "U0SAM000002"


async def test_a_mention_in_rich_text_counts_as_one(
    app: AsyncApp, connect: Connect, robin: Visitor, heard: list[Json]
) -> None:
    await connect(app)
    item = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": BOT}]}
    listed = {"type": "rich_text_list", "style": "bullet", "elements": [item]}
    blocks = [{"type": "rich_text", "elements": [listed]}]
    await robin.act("message", channel="general", blocks=blocks)
    await robin.until("ack", lambda change: change["acked"])
    assert [body["event"]["type"] for body in heard] == ["app_mention"]


@pytest.mark.parametrize(
    "act",
    [
        {"channel": "random", "text": "@reel where the app is no member"},
        {"channel": "launch-plans", "text": "@reel in private"},
        {"channel": "@sam", "text": "@reel between two people"},
        {"channel": "general", "text": "without a mention"},
        {"channel": "general", "text": "@reelx is somebody else"},
    ],
)
async def test_what_is_not_for_the_app_is_no_event(
    app: AsyncApp, connect: Connect, robin: Visitor, act: Json
) -> None:
    await connect(app)
    assert (await robin.act("message", **act))["ok"]
    assert await delivered(robin) == []


async def test_the_apps_own_messages_are_no_events(
    app: AsyncApp, connect: Connect, robin: Visitor, client: AsyncWebClient
) -> None:
    await connect(app)
    await client.chat_postMessage(channel="D0ROBINBOT5", text=f"<@{BOT}>")
    await client.chat_postMessage(channel="C0GENERAL01", text=f"<@{BOT}>")
    assert await delivered(robin) == []


async def test_a_file_in_a_direct_message_is_a_share_with_the_file(
    app: AsyncApp, connect: Connect, robin: Visitor, heard: list[Json]
) -> None:
    await connect(app)
    await robin.share_file("talk.mp4", b"video", channel="@reel")
    await robin.until("ack", lambda change: change["acked"])
    [body] = heard
    assert (body["event"]["subtype"], body["event"]["text"]) == ("file_share", "")
    [file] = body["event"]["files"]
    assert (file["name"], file["file_access"], file["size"]) == ("talk.mp4", "visible", 5)


async def test_an_event_is_retried_with_its_id_until_it_is_acknowledged(
    app: AsyncApp, connect: Connect, robin: Visitor, heard: list[Json]
) -> None:
    await connect(app)
    await robin.act("lose_ack", times=2)
    await robin.act("message", channel="general", text="@reel")
    await robin.until("ack", lambda change: change["acked"])
    attempts = [c["retry_attempt"] for c in await robin.changes() if c["type"] == "envelope"]
    assert attempts == [0, 1, 2]
    assert len(heard) == 3
    assert len({body["event_id"] for body in heard}) == 1


async def test_only_the_events_of_the_manifest_are_sent(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(
        "features: {app_home: {messages_tab_enabled: true, messages_tab_read_only_enabled: true}}\n"
        "settings: {event_subscriptions: {bot_events: [message.channels]}}\n"
    )
    said = read_manifest(manifest)
    assert (said.bot_events, said.messages_tab) == (["message.channels"], "read_only")
    settings = Settings(
        tmp_path, bot_events=said.bot_events, messages_tab=said.messages_tab, ack_timeout=0.01
    )
    async with running(settings) as platform, Visitor(platform.address) as robin:
        assert (await robin.act("home")) == {"ok": True, "sent": False}
        await robin.act("message", channel="general", text="@reel")
        queued = await robin.until("envelope")
        await robin.until("ack")
        assert queued["payload"]["event"]["type"] == "message"
        assert queued["payload"]["event"]["channel_type"] == "channel"
        assert [c["type"] for c in await robin.changes()].count("envelope") == 1
        refused = await robin.act("message", channel="@reel", text="hello")
        assert refused["error"] == "Sending messages to this app has been turned off."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", Manifest([], [], "off")),
        ("settings: {}", Manifest([], [], "off")),
        ("features: {app_home: {messages_tab_enabled: true}}", Manifest([], [], "read_only")),
        ("oauth_config: {scopes: {bot: [commands]}}", Manifest(["commands"], [], "off")),
    ],
)
def test_a_manifest_may_say_little(tmp_path: Path, text: str, said: Manifest) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text(text)
    assert read_manifest(path) == said


def test_a_manifest_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text("a: [")
    with pytest.raises(ValueError, match=r"manifest\.yml is not YAML"):
        read_manifest(path)
    assert "commands" in this_manifest().scopes


async def test_without_a_messages_tab_the_app_cannot_write_to_people(tmp_path: Path) -> None:
    async with running(Settings(tmp_path, messages_tab="off")) as platform:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        with pytest.raises(SlackApiError, match="messages_tab_disabled"):
            await client.chat_postMessage(channel=ROBIN, text="x")
