"""A real Bolt app over Socket Mode: commands, clicks, shortcuts, events, reconnects."""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.visitor import Visitor

Connect = Callable[[AsyncApp], Awaitable[None]]
Json = dict[str, Any]
BUTTON = {"type": "button", "action_id": "cancel", "value": "job-1"}
ACTIONS = [
    {
        "type": "actions",
        "block_id": "buttons",
        "elements": [BUTTON | {"text": {"type": "plain_text", "text": "Cancel"}}],
    }
]


async def test_a_command_is_acked_and_its_message_is_posted_updated_and_answered(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    @app.command("/reel")
    async def reel(
        ack: AsyncAck, command: Json, client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        posted = await client.chat_postMessage(channel=command["channel_id"], text="Working")
        await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Done")
        await respond("Only for you")
        await ack(f"Making {command['text']}")

    await connect(app)
    answer = await robin.act(
        "command", channel="general", command="/reel", text="https://a.b/?c=1&d"
    )

    assert answer["acked"]
    assert answer["ack"] == {"text": "Making <https://a.b/?c=1&amp;d>"}
    posted, told, acked = await robin.messages("general")
    assert (posted["text"], "edited" in posted) == ("Done", True)
    assert (told["text"], told["ephemeral_for"]) == ("Only for you", "U0ROBIN0001")
    assert (acked["text"], acked["ephemeral_for"]) == (answer["ack"]["text"], "U0ROBIN0001")


async def test_a_command_nobody_acks_ends_in_slacks_own_error(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    await connect(app)
    answer = await robin.act("command", channel="general", command="/unknown", text="")
    assert (answer["acked"], answer["ack"]) == (False, None)
    [error] = await robin.messages("general")
    assert error["text"] == '/unknown failed with the error "operation_timeout"'
    assert error["ephemeral_for"] == "U0ROBIN0001"


async def test_an_in_channel_ack_shows_everybody_the_command(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    @app.command("/reel")
    async def reel(ack: AsyncAck) -> None:
        await ack(response_type="in_channel")

    await connect(app)
    await robin.act("command", channel="general", command="/reel", text="jobs")
    [echo] = await robin.messages("general")
    assert (echo["user"], echo["text"]) == ("U0ROBIN0001", "/reel jobs")


async def test_the_same_envelope_twice_runs_the_listener_twice_with_one_trigger(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    triggers = []

    @app.command("/reel")
    async def reel(ack: AsyncAck, command: Json) -> None:
        triggers.append(command["trigger_id"])
        await ack()

    await connect(app)
    answer = await robin.act("command", channel="general", command="/reel", deliveries=2)
    await robin.until("socket", lambda change: change["event"] == "unawaited_ack")
    assert answer["acked"]
    assert len(triggers) == 2
    assert len(set(triggers)) == 1


async def test_a_click_carries_the_message_and_may_replace_it(
    app: AsyncApp, connect: Connect, robin: Visitor, client: AsyncWebClient
) -> None:
    bodies: list[Json] = []

    @app.action("cancel")
    async def cancel(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        bodies.append(body)
        await respond("Cancelled", replace_original=True)
        await ack()

    await connect(app)
    root = await client.chat_postMessage(channel="#general", text="Root")
    card = await client.chat_postMessage(
        channel="#general", text="Card", thread_ts=root["ts"], blocks=ACTIONS
    )
    answer = await robin.act("click", channel="general", message_ts=card["ts"], action_id="cancel")

    assert answer["acked"]
    [body] = bodies
    assert body["container"] == {
        "type": "message",
        "message_ts": card["ts"],
        "channel_id": "C0GENERAL01",
        "is_ephemeral": False,
        "thread_ts": root["ts"],
    }
    assert body["message"]["text"] == "Card"
    assert body["actions"][0]["value"] == "job-1"
    assert [m["text"] for m in await robin.messages("general")] == ["Root", "Cancelled"]


async def test_a_message_shortcut_brings_the_message_with_links_as_slack_stores_them(
    app: AsyncApp, connect: Connect, robin: Visitor, client: AsyncWebClient
) -> None:
    bodies: list[Json] = []

    @app.message_shortcut("make_reel")
    async def shortcut(ack: AsyncAck, body: Json) -> None:
        bodies.append(body)
        await ack()

    await connect(app)
    root = await robin.act("message", channel="launch-plans", text="Look")
    video = "https://youtu.be/x?a=1&b=2"
    reply = await robin.act(
        "message", channel="launch-plans", text=f"{video}, @sam", thread_ts=root["ts"]
    )
    answer = await robin.act(
        "shortcut", channel="launch-plans", message_ts=reply["ts"], callback_id="make_reel"
    )

    assert answer["acked"]
    [body] = bodies
    message = body["message"]
    assert message["text"] == "<https://youtu.be/x?a=1&amp;b=2>, <@U0SAM000002>"
    assert message["thread_ts"] == root["ts"]
    assert body["channel"] == {"id": "C0PRIVATE03", "name": "privategroup"}
    [section] = message["blocks"][0]["elements"]
    assert section["elements"][0] == {"type": "link", "url": video}


async def test_a_global_shortcut_has_no_channel(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    bodies: list[Json] = []

    @app.global_shortcut("open_reel")
    async def shortcut(ack: AsyncAck, body: Json) -> None:
        bodies.append(body)
        await ack()

    await connect(app)
    assert (await robin.act("shortcut", callback_id="open_reel"))["acked"]
    assert bodies[0]["trigger_id"]
    assert not {"channel", "response_url"} & set(bodies[0])


async def test_opening_the_home_tab_is_an_event_and_the_tab_is_published(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    @app.event("app_home_opened")
    async def opened(event: Json, client: AsyncWebClient) -> None:
        blocks = [{"type": "section", "text": {"type": "plain_text", "text": "Welcome"}}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    await connect(app)
    assert (await robin.act("home"))["acked"]
    [home] = (await robin.state())["views"]
    assert (home["type"], home["user"]) == ("home", "U0ROBIN0001")


async def test_an_event_without_an_ack_is_delivered_again(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    attempts: list[str | None] = []

    @app.event("app_home_opened")
    async def opened(request: Any) -> None:
        attempts.append(next(iter(request.headers.get("x-slack-retry-num", [])), None))

    await connect(app)
    await robin.act("lose_ack")
    assert not (await robin.act("home"))["acked"]
    await robin.until("ack", lambda change: change["acked"])
    assert attempts == ["0", "1"]


async def test_an_app_told_to_disconnect_comes_back_and_goes_on(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    @app.command("/reel")
    async def reel(ack: AsyncAck) -> None:
        await ack("Here")

    await connect(app)
    for reason in ("warning", "refresh_requested"):
        seen = (await robin.state())["seq"]
        await robin.act("disconnect", reason=reason)
        await robin.until("socket", lambda change: change["event"] == "open", after=seen)
        answer = await robin.act("command", channel="general", command="/reel")
        assert answer["ack"] == {"text": "Here"}


async def test_a_lost_ack_looks_like_a_failure_although_the_listener_ran(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    @app.command("/reel")
    async def reel(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        await client.chat_postMessage(channel=command["channel_id"], text="Ran")
        await ack()

    await connect(app)
    await robin.act("lose_ack", times=1)
    answer = await robin.act("command", channel="general", command="/reel")
    assert not answer["acked"]
    ran, error = await robin.messages("general")
    assert (ran["text"], error["user"]) == ("Ran", "USLACKBOT")
