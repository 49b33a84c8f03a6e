"""What people send besides text: files, unfurls, forwarded messages; and what a shortcut brings."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.platform import BOT_TOKEN, Platform
from local.slack.visitor import Visitor

Connect = Callable[[AsyncApp], Awaitable[None]]
Json = dict[str, Any]
VIDEO = b"a video's octets"


@pytest.fixture
async def shortcut(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> Callable[[str, str], Awaitable[Json]]:
    """Use the message shortcut; the message that a real Bolt app gets."""
    bodies: list[Json] = []

    @app.message_shortcut("make_reel")
    async def used(ack: AsyncAck, body: Json) -> None:
        bodies.append(body)
        await ack()

    await connect(app)

    async def use(channel: str, ts: str) -> Json:
        where = {"channel": channel, "message_ts": ts, "callback_id": "make_reel"}
        assert (await robin.act("shortcut", **where))["acked"]
        message: Json = bodies[-1]["message"]
        return message

    return use


async def test_a_persons_file_is_a_message_that_the_shortcut_brings(
    shortcut: Callable[[str, str], Awaitable[Json]], robin: Visitor, client: AsyncWebClient
) -> None:
    root = await robin.act("message", channel="general", text="Our talk:")
    posted = await robin.share_file("Talk.mov", VIDEO, text="@sam look", thread_ts=root["ts"])
    message = await shortcut("general", posted["ts"])
    assert (message["text"], message["thread_ts"]) == ("<@U0SAM000002> look", root["ts"])
    assert (message["user"], message["upload"]) == ("U0ROBIN0001", False)
    [file] = message["files"]
    assert file == posted["message"]["files"][0]
    assert (file["mimetype"], file["pretty_type"], file["size"]) == (
        "video/quicktime",
        "QuickTime Movie",
        len(VIDEO),
    )
    assert (file["mode"], file["file_access"]) == ("hosted", "visible")
    assert (await client.files_info(file=file["id"]))["file"] == file
    assert await robin.opened(file["url_private"]) == VIDEO


async def test_the_app_sees_a_persons_file_only_where_it_is_a_member(
    robin: Visitor, client: AsyncWebClient
) -> None:
    posted = await robin.share_file("talk.mp4", VIDEO, channel="random")
    [file] = posted["message"]["files"]
    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_info(file=file["id"])
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {BOT_TOKEN}"}) as http:
        async with http.get(file["url_private"]) as response:
            assert response.status == 404
        await robin.act("member", channel="random", join=True)
        async with http.get(file["url_private"]) as response:
            assert await response.read() == VIDEO
    with pytest.raises(SlackApiError, match="cant_delete_file"):
        await client.files_delete(file=file["id"])


async def test_a_large_file_is_streamed_in(robin: Visitor) -> None:
    async def octets() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(2**20)

    posted = await robin.share_file("long.mp4", octets())
    assert posted["message"]["files"][0]["size"] == 20 * 2**20


@pytest.mark.parametrize(
    ("query", "octets", "sentence"),
    [
        ({"channel": "archive"}, VIDEO, "#archive is archived"),
        ({"channel": "nowhere"}, VIDEO, "There is no channel nowhere."),
        ({"channel": "launch-plans", "user": "kim"}, VIDEO, "kim is not in"),
        ({"thread_ts": "1.000001"}, VIDEO, "There is no message 1.000001"),
        ({}, b"", "An empty file cannot be sent."),
    ],
)
async def test_a_file_that_cannot_be_sent_leaves_nothing_behind(
    robin: Visitor, platform: Platform, query: dict[str, str], octets: bytes, sentence: str
) -> None:
    answer = await robin.share_file("talk.mp4", octets, **query)
    assert not answer["ok"]
    assert sentence in answer["error"]
    assert list((platform.settings.data / "files").iterdir()) == []
    assert platform.workspace.files == {}


async def test_a_shortcut_brings_everything_in_which_a_link_can_hide(
    shortcut: Callable[[str, str], Awaitable[Json]], robin: Visitor
) -> None:
    link = {"type": "link", "url": "https://youtu.be/a?t=1&x=2"}
    section = {"type": "rich_text_section", "elements": [link]}
    blocks = [
        {
            "type": "rich_text",
            "block_id": "deep",
            "elements": [
                {"type": "rich_text_list", "style": "bullet", "elements": [section]},
                {"type": "rich_text_quote", "elements": [link]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]},
            ],
        }
    ]
    forwarded = {
        "id": 1,
        "is_msg_unfurl": True,
        "channel_id": "C0PRIVATE03",
        "ts": "1700000000.000100",
        "message_blocks": [{"message": {"blocks": blocks}}],
        "files": [{"id": "F0ELSEWHERE", "mimetype": "video/mp4", "mode": "hosted"}],
    }
    unfurled = {
        "id": 2,
        "from_url": "https://youtu.be/a",
        "original_url": "https://youtu.be/a",
        "title_link": "https://youtu.be/a",
        "video_html": "<iframe></iframe>",
    }
    drive = {
        "id": "F0DRIVE0001",
        "mode": "external",
        "is_external": True,
        "external_type": "gdrive",
        "url_private": "https://drive.google.com/file/d/1/view",
    }
    text = "look <https://youtu.be/a?t=1&amp;x=2>"
    posted = await robin.act(
        "message",
        channel="launch-plans",
        text=text,
        blocks=blocks,
        attachments=[forwarded, unfurled],
        files=[drive],
    )
    message = await shortcut("launch-plans", posted["ts"])
    assert (message["text"], message["blocks"]) == (text, blocks)
    assert message["attachments"] == [forwarded, unfurled]
    assert message["files"] == [drive]
    assert (message["type"], message["team"], message["ts"]) == (
        "message",
        "T0REEL0LOCA",
        posted["ts"],
    )
