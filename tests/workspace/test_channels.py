"""Channels of every difficulty: private, read-only, shared with another workspace, between two."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.platform import BOT_TOKEN, Platform, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

Connect = Callable[[AsyncApp], Awaitable[None]]
Json = dict[str, Any]
GENERAL, ROBIN_BOT, ROBIN_SAM = "C0GENERAL01", "D0ROBINBOT5", "D0ROBINSAM6"
OURS, THEIRS, ZOE = "T0REEL0LOCA", "T0PARTNER01", "U0ZOE000005"
BUTTON = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    ],
}


async def error_of(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


async def shown(client: AsyncWebClient, channel: str) -> Json:
    found: Json = (await client.conversations_info(channel=channel))["channel"]
    return found


async def test_a_read_only_channel_takes_nothing_from_the_app_but_an_answer(
    app: AsyncApp, connect: Connect, client: AsyncWebClient, robin: Visitor
) -> None:
    @app.command("/reel")
    async def reel(ack: AsyncAck, respond: AsyncRespond) -> None:
        await respond("Not here", response_type="in_channel")
        await ack()

    await connect(app)
    before = await client.chat_postMessage(channel=GENERAL, text="before")
    await robin.act("channel", channel="general", read_only=True)
    assert (await shown(client, GENERAL))["is_read_only"]
    refusal = "restricted_action_read_only_channel"
    assert await error_of(client.chat_postMessage(channel=GENERAL, text="x")) == refusal
    call = client.chat_postMessage(channel=GENERAL, text="x", thread_ts=before["ts"])
    assert await error_of(call) == refusal
    call = client.chat_postEphemeral(channel=GENERAL, user="U0ROBIN0001", text="x")
    assert await error_of(call) == refusal
    upload = client.files_upload_v2(content=b"video", filename="c.mp4", channel=GENERAL)
    assert await error_of(upload) == "posting_to_channel_denied"
    assert (await robin.act("command", channel="general", command="/reel"))["acked"]
    assert (await robin.messages("general"))[-1]["text"] == "Not here"
    await robin.act("channel", channel="general", read_only=False)
    assert (await client.chat_postMessage(channel=GENERAL, text="x"))["ok"]


@pytest.mark.parametrize(
    ("verb", "body"), [("message", {"text": "x"}), ("command", {"command": "/reel"}), ("file", {})]
)
async def test_in_a_read_only_channel_only_owners_write(
    robin: Visitor, verb: str, body: Json
) -> None:
    await robin.act("channel", channel="general", read_only=True)
    if verb == "file":
        answer = await robin.share_file("talk.mp4", b"video", user="sam")
    else:
        answer = await robin.act(verb, user="sam", channel="general", **body)
    assert answer["error"] == "#general is read-only; sam cannot write there."
    assert (await robin.act("message", channel="general", text="mine"))["ok"]


async def test_a_channel_is_opened_with_its_people_and_closed_to_others(
    client: AsyncWebClient, robin: Visitor
) -> None:
    opened = await robin.act("channel", channel="editors", members=["sam", "reel"])
    channel = await shown(client, opened["channel"])
    assert (channel["name"], channel["is_private"], channel["num_members"]) == ("editors", False, 2)
    assert channel["is_member"]
    changed = await robin.act("channel", channel="editors", kind="private", members=["sam"])
    assert changed["channel"] == opened["channel"]
    assert await error_of(client.conversations_info(channel=opened["channel"])) == (
        "channel_not_found"
    )
    assert "robin is not in editors" in (await robin.act("message", channel="editors"))["error"]
    everybody = await robin.act("channel", channel="all-hands")
    listed = await client.conversations_members(channel=everybody["channel"])
    assert len(listed["members"]) == 4
    assert not (await shown(client, everybody["channel"]))["is_member"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"channel": ROBIN_BOT, "read_only": True}, "is a direct message"),
        ({"channel": "general", "members": ["nobody"]}, "Nobody here is called nobody."),
        ({"channel": "gene ral"}, "channel: "),
        ({"channel": "general", "kind": "im"}, "kind: "),
    ],
)
async def test_an_impossible_channel_is_answered_with_a_sentence(
    robin: Visitor, body: Json, sentence: str
) -> None:
    answer = await robin.act("channel", **body)
    assert not answer["ok"]
    assert sentence in answer["error"]


async def test_a_channel_stays_as_it_was_set_up(tmp_path: Path) -> None:
    async with running(Settings(tmp_path)) as platform, Visitor(platform.address) as robin:
        await robin.act("channel", channel="general", shared=True, read_only=True)
        before = (await robin.state())["channels"]
    async with running(Settings(tmp_path)) as platform, Visitor(platform.address) as robin:
        assert (await robin.state())["channels"] == before
        await robin.act("channel", channel="general", shared=False, read_only=False)
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        assert not (await shown(client, GENERAL))["is_ext_shared"]
        members = (await client.conversations_members(channel=GENERAL))["members"]
        assert ZOE not in members


# --- Slack Connect


async def test_a_shared_channel_says_so_and_shows_the_guest(
    client: AsyncWebClient, robin: Visitor
) -> None:
    assert not (await shown(client, GENERAL))["is_ext_shared"]
    assert await error_of(client.users_info(user=ZOE)) == "user_not_visible"
    await robin.act("channel", channel="general", shared=True)
    channel = await shown(client, GENERAL)
    assert (channel["is_ext_shared"], channel["is_shared"]) == (True, True)
    assert channel["shared_team_ids"] == [OURS, THEIRS]
    assert ZOE in (await client.conversations_members(channel=GENERAL))["members"]
    guest = (await client.users_info(user=ZOE))["user"]
    assert (guest["team_id"], guest["is_stranger"]) == (THEIRS, False)
    assert (await client.users_info(user="U0SAM000002"))["user"]["team_id"] == OURS


async def test_a_guests_mention_and_click_carry_the_guests_team(
    app: AsyncApp, connect: Connect, client: AsyncWebClient, robin: Visitor
) -> None:
    bodies: list[Json] = []

    @app.event("app_mention")
    async def mentioned(body: Json) -> None:
        bodies.append(body)

    @app.action("go")
    async def clicked(ack: AsyncAck, body: Json) -> None:
        bodies.append(body)
        await ack()

    await connect(app)
    await robin.act("channel", channel="general", shared=True)
    await robin.act("message", user="zoe", channel="general", text="@reel hello")
    await robin.until("ack", lambda change: change["acked"])
    card = await client.chat_postMessage(channel=GENERAL, text="x", blocks=[BUTTON])
    where = {"channel": "general", "message_ts": card["ts"], "action_id": "go"}
    await robin.act("click", user="zoe", **where)
    await robin.act("click", **where)
    mention, guests, own = bodies
    assert mention["is_ext_shared_channel"]
    assert (mention["team_id"], mention["authorizations"][0]["team_id"]) == (OURS, OURS)
    assert {mention["event"][name] for name in ("team", "user_team", "source_team")} == {THEIRS}
    assert (guests["team"]["id"], guests["user"]["team_id"]) == (OURS, THEIRS)
    assert (own["team"]["id"], own["user"]["team_id"]) == (OURS, OURS)


async def test_a_file_of_a_shared_channel_has_to_be_asked_for(
    app: AsyncApp, connect: Connect, client: AsyncWebClient, robin: Visitor
) -> None:
    bodies: list[Json] = []

    @app.event("app_mention")
    async def mentioned(body: Json) -> None:
        bodies.append(body)

    await connect(app)
    await robin.act("channel", channel="general", shared=True)
    await robin.share_file("talk.mp4", b"video", user="zoe", text="@reel")
    await robin.until("ack", lambda change: change["acked"])
    [file] = bodies[0]["event"]["files"]
    assert (file["file_access"], "url_private" in file) == ("check_file_info", False)
    found = (await client.files_info(file=file["id"]))["file"]
    assert (found["name"], found["user"]) == ("talk.mp4", ZOE)


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("command", {"channel": "general", "command": "/reel"}),
        ("shortcut", {"callback_id": "open"}),
        ("home", {}),
    ],
)
async def test_a_guest_does_not_have_the_apps_commands(
    robin: Visitor, verb: str, body: Json
) -> None:
    await robin.act("channel", channel="general", shared=True)
    answer = await robin.act(verb, user="zoe", **body)
    assert answer["error"] == "zoe is of another workspace, where the app is not installed."


# --- direct messages


async def test_a_direct_message_between_two_people_does_not_exist_for_the_app(
    client: AsyncWebClient,
) -> None:
    for call in (
        client.conversations_info(channel=ROBIN_SAM),
        client.conversations_members(channel=ROBIN_SAM),
        client.conversations_open(channel=ROBIN_SAM),
        client.conversations_history(channel=ROBIN_SAM),
    ):
        assert await error_of(call) == "channel_not_found"


async def test_a_direct_message_is_opened_once(client: AsyncWebClient, platform: Platform) -> None:
    async def opened(**more: Any) -> Json:
        answer: Any = (await client.conversations_open(**more)).data
        return dict(answer)

    known = await opened(users="U0ROBIN0001", return_im=True)
    assert (known["already_open"], known["no_op"]) == (True, True)
    direct = known["channel"]
    assert (direct["id"], direct["is_im"], direct["user"]) == (ROBIN_BOT, True, "U0ROBIN0001")
    assert not direct["is_ext_shared"]
    call = client.conversations_open(users="U0KIM000004", prevent_creation=True)
    assert await error_of(call) == "channel_not_found"
    new = await opened(users="U0KIM000004")
    assert "already_open" not in new
    assert (await opened(channel=new["channel"]["id"]))["channel"] == new["channel"]
    assert await error_of(client.conversations_open(channel=GENERAL)) == (
        "method_not_supported_for_channel_type"
    )
