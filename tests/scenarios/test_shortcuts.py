"""*Make a reel* in a message's menu and from anywhere: the modal knows the videos, the card goes where they are."""

from typing import Any

import pytest

from bot.jobs import JobState, Reason
from tests.scenarios.people import People, said, standing, urls
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire
from tests.scenarios.wire import stream as events

LINK = "https://cdn.test/talk.mp4"
VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def note(view: dict[str, Any]) -> str:
    """The sentence above the fields."""
    first = view["blocks"][0]
    return str(first["text"]["text"]) if first["type"] == "section" else ""


async def test_from_a_message_with_one_link_the_card_and_the_clips_go_into_its_thread(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", "completed", output=[CLIP])]
    async with stage(wire.address) as app:
        message = await people.writes(f"our talk: {LINK}", user="sam")
        view = await people.makes_a_reel(message)
        assert note(view) == ""
        assert standing(view)["links"] == LINK
        assert wire.posts == []

        await people.submits(prompt="the goals", clips="1")
        links = await people.links()
        card = await people.card("1 clip is ready")
        await app.settled()
        [job] = await app.jobs()
        everything = await people.messages()
    assert card["thread_ts"] == links["thread_ts"] == job.thread_ts == message["ts"]
    assert [m["ts"] for m in everything if "asked for" in said(m)] == []
    assert len(everything) == 3
    assert urls(card) == urls(links)
    assert wire.posts[0]["video_urls"] == [LINK]
    assert wire.posts[0]["prompt"] == "the goals"


async def test_from_a_reply_the_card_goes_into_the_thread_that_it_is_in(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address):
        root = await people.writes("what do you think?")
        await people.makes_a_reel(await people.writes(LINK, thread_ts=root["ts"]))
        await people.submits()
        card = await people.card("Making 3 clips: queued")
    assert card["thread_ts"] == root["ts"]


async def test_of_several_links_those_that_are_ticked_are_cut(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    text = f"{LINK} or youtu.be/dQw4w9WgXcQ?t=3 or {VIDEO}&list=PL1 or https://vimeo.com/7"
    async with stage(wire.address):
        view = await people.makes_a_reel(await people.writes(text))
        [box] = [block for block in view["blocks"] if block.get("block_id") == "videos"]
        shown = [option["text"]["text"] for option in box["element"]["options"]]
        assert shown == ["cdn.test/talk.mp4", "www.youtube.com/watch?v=dQw4w9WgXcQ", "vimeo.com/7"]
        assert standing(view)["videos"] == ["0"]
        empty = await people.submits(videos=[])
        assert list(empty["errors"]) == ["videos"]
        await people.submits(videos=["1", "2"])
        await people.card("Making 3 clips: queued")
    assert wire.posts[0]["video_urls"] == [VIDEO, "https://vimeo.com/7"]


async def test_without_a_link_the_modal_says_what_it_looked_for_and_takes_one(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address):
        message = await people.writes("the talk was great")
        view = await people.makes_a_reel(message)
        assert "text, its previews, what it forwards and its files" in note(view)
        assert standing(view)["links"] is None
        assert list((await people.submits())["errors"]) == ["links"]
        await people.submits(links=LINK)
        card = await people.card("Making 3 clips: queued")
    assert card["thread_ts"] == message["ts"]


async def test_a_video_that_lives_only_in_slack_is_told_so_plainly(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        file = await people.shares("talk.mp4")
        assert "lives in Slack only" in note(await people.makes_a_reel(file))
        await people.closes()
        picture = await people.shares("slide.png")
        assert "found none" in note(await people.makes_a_reel(picture))
        await people.closes()
        both = await people.writes(LINK, files=[file["files"][0]])
        view = await people.makes_a_reel(both)
        assert "also holds a video" in note(view)
        assert standing(view)["links"] == LINK
        await people.closes()
        address = await people.writes("https://reel-works.slack.com/files/U1/F1/talk.mp4")
        assert "lives in Slack only" in note(await people.makes_a_reel(address))


async def test_a_link_that_may_be_no_video_is_offered_with_a_word(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        view = await people.makes_a_reel(await people.writes("https://news.test/story"))
        assert "cannot tell" in note(view)
        assert standing(view)["links"] == "https://news.test/story"


async def test_a_link_is_found_in_what_is_forwarded_and_previewed(
    stage: Start, people: People, wire: Wire
) -> None:
    link = {"type": "link", "url": LINK}
    inner = [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_quote", "elements": [link]}],
        }
    ]
    forwarded = {"is_msg_unfurl": True, "message_blocks": [{"message": {"blocks": inner}}]}
    preview = {"from_url": "https://youtu.be/dQw4w9WgXcQ", "video_html": "<iframe>"}
    async with stage(wire.address):
        message = await people.writes("see", attachments=[forwarded])
        assert standing(await people.makes_a_reel(message))["links"] == LINK
        await people.closes()
        message = await people.writes("see", attachments=[preview])
        assert standing(await people.makes_a_reel(message))["links"] == VIDEO


async def test_from_anywhere_the_modal_asks_where_the_clips_go(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address) as app:
        await people.makes_a_reel()
        missing = await people.submits(links=LINK)
        assert list(missing["errors"]) == ["channel"]
        await people.submits(links=LINK, channel="C0GENERAL01")
        card = await people.card("Making 3 clips: queued")
        [job] = await app.jobs()
        root = await people.sees(lambda message: "asked for" in said(message))
    assert card["thread_ts"] == root["ts"]
    assert (job.channel_id, job.user_id) == ("C0GENERAL01", "U0ROBIN0001")


async def test_the_shortcut_delivered_twice_opens_one_modal(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        await people.makes_a_reel(await people.writes(LINK), deliveries=2)
    opened = [call["answer"]["ok"] for call in await people.calls("views.open")]
    assert opened == [True, False]


async def refusing(people: People, place: str) -> str:
    """Bring a channel that the app may not post to about; its name."""
    match place:
        case "not a member":
            return "random"
        case "private":
            return "launch-plans"
        case "between people":
            return "D0ROBINSAM6"
        case "archived":
            await people.act("archive", channel="general")
        case "read-only":
            await people.act("channel", channel="general", read_only=True)
        case "shared":
            await people.act("channel", channel="general", shared=True)
            await people.act("fault", method="chat.postMessage", error="slack_connect_blocked")
    return "general"


PLACES = {
    "not a member": "/invite @Reel",
    "private": "/invite @Reel",
    "between people": "between people I cannot post",
    "archived": "archived",
    "read-only": "read-only for me",
    "shared": "other organisation",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", ["command", "message shortcut", "global shortcut"])
async def test_where_the_app_may_not_post_nothing_is_spent_and_the_person_alone_hears_why(
    way: str, place: str, stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        channel = "general" if place in {"archived", "read-only", "shared"} else None
        message = await people.writes(LINK, channel=channel or await refusing(people, place))
        if way == "message shortcut":
            await people.makes_a_reel(message)
            await refusing(people, place)
            await people.submits()
        elif way == "global shortcut":
            await people.makes_a_reel()
            await refusing(people, place)
            await people.submits(links=LINK, channel=message["channel"])
        elif place == "archived":
            # Nobody can type there: it is archived while the command is on its way.
            await people.act("fault", method="chat.postMessage", error="is_archived")
            await people.reel(LINK, channel="general")
        else:
            await people.reel(LINK, channel=await refusing(people, place))
        answer = await people.sees(
            lambda each: PLACES[place] in said(each), channel=message["channel"]
        )
        await app.settled()
        [job] = await app.jobs()
    assert answer["ephemeral_for"] == "U0ROBIN0001"
    assert "nothing is spent" in said(answer)
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.CHANNEL_REFUSED)
    assert wire.posts == []


async def test_a_message_that_takes_no_replies_is_said_to_be_gone(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        await people.reel("help")
        whisper = await people.sees(lambda message: bool(message.get("ephemeral_for")))
        await people.makes_a_reel(whisper)
        await people.submits(links=LINK)
        answer = await people.sees(lambda message: "Nothing was started" in said(message))
    assert "The message is not there any more" in said(answer)
    assert wire.posts == []


async def test_where_a_refusal_cannot_be_said_in_the_channel_a_direct_message_says_it(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        message = await people.writes(LINK, channel="random")
        await people.makes_a_reel(message)
        await people.act("fault", method="response_url", status=500)
        await people.submits()
        answer = await people.sees(lambda each: "/invite" in said(each), channel="D0ROBINBOT5")
    assert "nothing is spent" in said(answer)
