"""The message that brings the clips: what is free and what costs, and what each button does."""

from typing import Any

import pytest

from bot.jobs import JobState
from bot.render import refusals
from local.slack.deliveries import Deliveries
from local.slack.envelopes import Delivery, Envelope
from tests.scenarios.people import Message, People, said
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import CLIP, Wire, as_json
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"


async def result(app: Stage, people: People, wire: Wire, ask: str = "the goals") -> Message:
    wire.on_post = [events("completed", output=[CLIP])]
    await people.reel(f"{LINK} {ask}")
    await app.settled()
    return await people.links()


def rows_of(message: Message) -> list[list[str]]:
    return [
        [element["action_id"] for element in block["elements"]]
        for block in message["blocks"]
        if block["type"] == "actions"
    ]


async def test_free_actions_are_apart_from_paid_ones_and_what_is_missing_is_said(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        message = await result(app, people, wire)
    assert rows_of(message) == [
        ["share_clip", "copy_text"],
        ["other_moments", "shorter", "square", "change_ask"],
    ]
    assert "You asked for 3; Reka found 1 that fit." in said(message)
    assert "nothing is spent before you confirm" in said(message)


async def test_each_variation_opens_the_form_with_its_price_and_the_child_knows_its_parent(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        message = await result(app, people, wire)
        forms: dict[str, Any] = {}
        for action in ("other_moments", "shorter", "square"):
            await people.click(message, action)
            view = await people.view("robin")
            forms[action] = str(view["blocks"])
            assert "uses 1 of 9 slots left" in forms[action]
            await people.act("close", user="robin", view_id=view["id"])
        assert "other moments than “Top Moments”" in forms["other_moments"]
        assert "up to 45 s" in forms["shorter"]
        assert "1:1" in forms["square"]
        await people.click(message, "square")
        view = await people.view("robin")
        wire.on_post = [events("completed", output=[CLIP], id="another-generation")]
        await people.act("submit", user="robin", view_id=view["id"], values={}, deliveries=2)
        await app.settled()
        parent, child = await app.jobs()
    assert (child.parent_id, child.thread_ts) == (parent.id, parent.thread_ts)
    assert (parent.state, child.state) == (JobState.COMPLETED, JobState.COMPLETED)
    assert wire.posts[-1]["rendering_config"] == {"aspect_ratio": "1:1"}
    assert len(wire.posts) == 2


async def test_the_text_can_be_copied(stage: Start, people: People, wire: Wire) -> None:
    async with stage(wire.address) as app:
        message = await result(app, people, wire)
        await people.click(message, "copy_text", user="sam")
        view = await people.view("sam")
    [block] = view["blocks"]
    [part] = block["elements"]
    assert part["elements"][0]["text"] == "1. Top Moments\nThe best bits\n#clip"


async def test_a_clip_is_shared_once_with_who_made_it_and_from_what(
    stage: Start, people: People, wire: Wire
) -> None:
    await people.act("channel", channel="launch", kind="public", members=["sam"])
    await people.act("member", channel="launch", join=True)
    async with stage(wire.address) as app:
        message = await result(app, people, wire)
        await people.click(message, "share_clip", user="sam")
        view = await people.view("sam")
        channels = people.platform.workspace.channels.values()
        launch = next(channel.id for channel in channels if channel.name == "launch")
        values = {
            "channel": {"entered": launch},
            "words": {"entered": "<!channel> *look*"},
        }
        await people.act("submit", user="sam", view_id=view["id"], values=values, deliveries=2)
        shared = await people.messages("launch")
        [job] = await app.jobs()
    [message] = [each for each in shared if each.get("bot_id")]
    assert "<!channel> *look*" in said(message)
    assert "Top Moments" in said(message)
    assert LINK in said(message)
    assert job.user_id in said(message)
    assert "<!channel>" not in message["text"]


async def test_a_channel_that_refuses_is_said_at_the_field_and_nothing_is_lost(
    stage: Start, people: People, wire: Wire
) -> None:
    await people.act("channel", channel="closed", kind="public", members=["sam"])
    async with stage(wire.address) as app:
        message = await result(app, people, wire)
        await people.click(message, "share_clip", user="sam")
        view = await people.view("sam")
        channels = people.platform.workspace.channels.values()
        closed = next(channel.id for channel in channels if channel.name == "closed")
        values = {"channel": {"entered": closed}}
        answer = await people.act("submit", user="sam", view_id=view["id"], values=values)
        assert "Type /invite @Reel" in answer["errors"]["channel"]
        await people.act("member", channel="closed", join=True)
        await people.act("submit", user="sam", view_id=view["id"], values=values)
        assert any(each.get("bot_id") for each in await people.messages("closed"))


async def to_closed(people: People, message: Message) -> dict[str, Any]:
    """Sam opens the modal that shares a clip; what is submitted there for a channel where the app is not."""
    await people.click(message, "share_clip", user="sam")
    view = await people.view("sam")
    channels = people.platform.workspace.channels.values()
    closed = next(channel.id for channel in channels if channel.name == "closed")
    return {"user": "sam", "view_id": view["id"], "values": {"channel": {"entered": closed}}}


async def test_who_is_brought_again_while_it_is_posted_gets_the_same_answer(
    stage: Start, people: People, wire: Wire
) -> None:
    await people.act("channel", channel="closed", kind="public", members=["sam"])
    async with stage(wire.address) as app:
        press = await to_closed(people, await result(app, people, wire))
        await people.act("fault", method="chat.postMessage", delay=0.5)
        answer = await people.act("submit", **press, deliveries=2)
        assert "Type /invite @Reel" in answer["errors"]["channel"]
        await people.act("member", channel="closed", join=True)
        await people.act("submit", **press, deliveries=2)
        assert sum("bot_id" in each for each in await people.messages("closed")) == 1


async def test_what_slack_did_not_answer_is_posted_once_however_often_it_is_brought(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.act("channel", channel="closed", kind="public", members=["sam"])
    await people.act("member", channel="closed", join=True)
    async with stage(wire.address) as app:
        press = await to_closed(people, await result(app, people, wire))
        brought: list[Envelope] = []
        way = people.platform.deliveries

        async def bring(envelope: Envelope, deliveries: int = 1) -> Delivery:
            brought.append(envelope)
            return await Deliveries.deliver(way, envelope, deliveries)

        monkeypatch.setattr(way, "deliver", bring)
        await people.act("fault", method="chat.postMessage", drop=True, when="after")
        await people.act("submit", **press, deliveries=2)
        assert refusals.SHARE_UNSURE in str(await people.view("sam"))
        later = await way.deliver(brought[0])
        assert refusals.SHARED_BEFORE in str(later.payload)
        assert sum("bot_id" in each for each in await people.messages("closed")) == 1


async def test_without_a_clip_there_is_nothing_to_share_and_the_ask_can_be_changed(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [as_json({"id": "0b6f2c1e-6f0d", "status": "completed", "output": []})]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await app.settled()
        card = await people.card("Finished without a clip")
    assert rows_of(card) == [["change_ask"]]
