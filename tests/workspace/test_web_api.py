"""The Web API's rules: tokens, encodings, membership, lengths, edits, threads."""

from collections.abc import Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.platform import APP_TOKEN, BOT_TOKEN, Platform, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

GENERAL, RANDOM, PRIVATE = "C0GENERAL01", "C0RANDOM002", "C0PRIVATE03"
ARCHIVED, ROBIN_SAM = "C0ARCHIVE04", "D0ROBINSAM6"
Json = dict[str, Any]
SECTION = {"type": "section", "text": {"type": "plain_text", "text": "x"}}


async def error_of(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", None, "not_authed"),
        ("auth.test", "xoxb-wrong", "invalid_auth"),
        ("auth.test", APP_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", BOT_TOKEN, "not_allowed_token_type"),
        ("chat.shout", BOT_TOKEN, "unknown_method"),
    ],
)
async def test_a_call_without_the_right_token_or_method_is_refused(
    platform: Platform, method: str, token: str | None, error: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{platform.address}/api/{method}", headers=headers) as response,
    ):
        assert response.status == 200
        assert (await response.json())["error"] == error


async def test_auth_test_names_the_bot_and_its_scopes(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["bot_id"], answer["user_id"]) == ("B0REEL0BOT1", "U0REEL0BOT1")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize("encoding", ["json", "data", "params"])
async def test_arguments_come_as_json_as_a_form_or_in_the_query(
    platform: Platform, robin: Visitor, encoding: str
) -> None:
    blocks: Any = [SECTION] if encoding == "json" else f"[{SECTION}]".replace("'", '"')
    arguments: Any = {"channel": GENERAL, "text": "Hello", "blocks": blocks}
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    url = f"{platform.address}/api/chat.postMessage"
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(url, **{encoding: arguments}) as response,
    ):
        assert (await response.json())["ok"]
    [message] = await robin.messages("general")
    assert message["text"] == "Hello"
    assert message["blocks"][0]["text"] == SECTION["text"]


async def test_the_log_of_calls_never_holds_a_token(platform: Platform, robin: Visitor) -> None:
    async with aiohttp.ClientSession() as http:
        url = f"{platform.address}/api/auth.test"
        await http.post(url, data={"token": BOT_TOKEN, "team_id": "T1"})
    call = await robin.until("api_call")
    assert call["args"] == {"team_id": "T1"}
    assert call["answer"]["ok"]


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        (RANDOM, "not_in_channel"),
        (PRIVATE, "channel_not_found"),
        (ROBIN_SAM, "channel_not_found"),
        (ARCHIVED, "is_archived"),
        ("C0NOWHERE99", "channel_not_found"),
    ],
)
async def test_the_app_posts_only_where_it_may(
    client: AsyncWebClient, channel: str, error: str
) -> None:
    assert await error_of(client.chat_postMessage(channel=channel, text="x")) == error


async def test_with_chat_write_public_no_membership_is_needed(tmp_path: Any) -> None:
    scopes = ("chat:write", "chat:write.public")
    async with running(Settings(tmp_path, scopes=scopes)) as platform:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        assert (await client.chat_postMessage(channel=RANDOM, text="x"))["ok"]
        assert await error_of(client.users_list()) == "missing_scope"


async def test_joining_opens_a_public_channel_only(client: AsyncWebClient, robin: Visitor) -> None:
    await client.conversations_join(channel=RANDOM)
    assert (await client.chat_postMessage(channel=RANDOM, text="x"))["ok"]
    assert await error_of(client.conversations_join(channel=PRIVATE)) == "channel_not_found"
    await robin.act("member", channel="launch-plans", join=True)
    assert (await client.chat_postMessage(channel=PRIVATE, text="x"))["ok"]
    assert await error_of(client.conversations_join(channel=PRIVATE)) == (
        "method_not_supported_for_channel_type"
    )
    await robin.act("member", channel="random", join=False)
    assert await error_of(client.chat_postMessage(channel=RANDOM, text="x")) == "not_in_channel"


async def test_an_archived_channel_takes_no_posts_and_no_edits(
    client: AsyncWebClient, robin: Visitor
) -> None:
    posted = await client.chat_postMessage(channel=GENERAL, text="x")
    await robin.act("archive", channel="general")
    assert await error_of(client.chat_postMessage(channel=GENERAL, text="x")) == "is_archived"
    update = client.chat_update(channel=GENERAL, ts=posted["ts"], text="y")
    assert await error_of(update) == "is_inactive"


async def test_writing_to_a_user_opens_a_direct_message(
    client: AsyncWebClient, robin: Visitor
) -> None:
    posted = await client.chat_postMessage(channel="U0KIM000004", text="x")
    opened = await client.conversations_open(users="U0KIM000004")
    assert posted["channel"] == opened["channel"]["id"]
    assert posted["channel"].startswith("D")


async def test_a_message_needs_something_to_say(client: AsyncWebClient) -> None:
    assert (
        await error_of(client.api_call("chat.postMessage", json={"channel": GENERAL})) == "no_text"
    )


async def test_a_text_over_40000_characters_is_cut_with_a_warning(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=GENERAL, text="x" * 40_001)
    assert posted["warning"] == "message_truncated"
    assert len(posted["message"]["text"]) == 40_000


async def test_invalid_blocks_are_refused_with_pointers(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=GENERAL, text="x", blocks=[{"type": "header"}])
    answer = raised.value.response
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == ["missing required field: text [json-pointer:/blocks/0/text]"]
    broken = client.api_call("chat.postMessage", json={"channel": GENERAL, "blocks": "{"})
    assert await error_of(broken) == "invalid_blocks_format"


async def test_an_edit_with_text_alone_is_marked_and_one_with_blocks_is_not(
    client: AsyncWebClient,
) -> None:
    posted = await client.chat_postMessage(channel=GENERAL, text="x", blocks=[SECTION])
    with_blocks = await client.chat_update(
        channel=GENERAL, ts=posted["ts"], text="y", blocks=[SECTION]
    )
    assert "edited" not in with_blocks["message"]
    alone = await client.chat_update(channel=GENERAL, ts=posted["ts"], text="z")
    assert alone["message"]["edited"]["user"] == "U0REEL0BOT1"
    assert alone["message"]["blocks"] == []


async def test_an_edit_is_refused_when_long_foreign_or_of_nothing(
    client: AsyncWebClient, robin: Visitor
) -> None:
    own = await client.chat_postMessage(channel=GENERAL, text="x")
    foreign = await robin.act("message", channel="general", text="mine")
    hidden = await client.chat_postEphemeral(channel=GENERAL, user="U0ROBIN0001", text="psst")

    async def edit(ts: str, text: str) -> str:
        return await error_of(client.chat_update(channel=GENERAL, ts=ts, text=text))

    assert await edit(own["ts"], "x" * 4001) == "msg_too_long"
    assert await edit(foreign["ts"], "y") == "cant_update_message"
    assert await edit(hidden["message_ts"], "y") == "message_not_found"
    assert await edit("1.000001", "y") == "message_not_found"


async def test_a_reply_needs_a_parent_that_is_no_reply(client: AsyncWebClient) -> None:
    parent = await client.chat_postMessage(channel=GENERAL, text="parent")
    reply = await client.chat_postMessage(channel=GENERAL, text="reply", thread_ts=parent["ts"])
    for ts in (reply["ts"], "1.000001"):
        call = client.chat_postMessage(channel=GENERAL, text="x", thread_ts=ts)
        assert await error_of(call) == "invalid_thread_ts"
    thread = await client.conversations_replies(channel=GENERAL, ts=parent["ts"])
    assert [message["text"] for message in thread["messages"]] == ["parent", "reply"]
    assert thread["messages"][0]["reply_count"] == 1
    history = await client.conversations_history(channel=GENERAL)
    assert [message["text"] for message in history["messages"]] == ["parent"]


async def test_a_deleted_message_is_gone_and_a_deleted_parent_leaves_a_tombstone(
    client: AsyncWebClient, robin: Visitor
) -> None:
    parent = await client.chat_postMessage(channel=GENERAL, text="parent")
    reply = await client.chat_postMessage(channel=GENERAL, text="reply", thread_ts=parent["ts"])
    await client.chat_delete(channel=GENERAL, ts=parent["ts"])
    update = client.chat_update(channel=GENERAL, ts=parent["ts"], text="x")
    assert await error_of(update) == "message_not_found"
    await client.chat_delete(channel=GENERAL, ts=reply["ts"])
    assert [m["text"] for m in await robin.messages("general")] == ["This message was deleted."]


async def test_a_list_shows_what_the_app_can_see_page_by_page(client: AsyncWebClient) -> None:
    public = await client.conversations_list(limit=2)
    assert [channel["name"] for channel in public["channels"]] == ["general", "random"]
    cursor = public["response_metadata"]["next_cursor"]
    rest = await client.conversations_list(limit=2, cursor=cursor)
    assert [channel["name"] for channel in rest["channels"]] == ["archive"]
    others = await client.conversations_list(types="private_channel,im")
    assert [channel["id"] for channel in others["channels"]] == ["D0ROBINBOT5"]


async def test_a_reaction_is_given_once_and_taken_back(
    client: AsyncWebClient, robin: Visitor
) -> None:
    posted = await robin.act("message", channel="general", text="x")

    def call(verb: str) -> Awaitable[Any]:
        arguments = {"channel": GENERAL, "timestamp": posted["ts"], "name": "eyes"}
        return client.api_call(f"reactions.{verb}", params=arguments)

    await call("add")
    assert await error_of(call("add")) == "already_reacted"
    [message] = await robin.messages("general")
    assert message["reactions"] == [{"name": "eyes", "users": ["U0REEL0BOT1"], "count": 1}]
    await call("remove")
    assert await error_of(call("remove")) == "no_reaction"


async def test_people_and_the_team_can_be_looked_up(client: AsyncWebClient) -> None:
    user = (await client.users_info(user="U0ROBIN0001"))["user"]
    assert (user["name"], user["is_owner"], user["tz"]) == ("robin", True, "Europe/Berlin")
    assert len((await client.users_list())["members"]) == 6
    assert (await client.team_info())["team"]["domain"] == "reel-works"
    info = (await client.conversations_info(channel=GENERAL))["channel"]
    assert (info["name"], info["is_member"]) == ("general", True)
    assert len((await client.conversations_members(channel=GENERAL))["members"]) == 5
    posted = await client.chat_postMessage(channel=GENERAL, text="x")
    link = await client.chat_getPermalink(channel=GENERAL, message_ts=posted["ts"])
    assert link["permalink"].endswith(f"/archives/{GENERAL}/p{posted['ts'].replace('.', '')}")
