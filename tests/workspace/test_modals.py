"""Modals: triggers, the round trip through a real Bolt app, the stack, hashes."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.platform import BOT_TOKEN, Platform, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

Connect = Callable[[AsyncApp], Awaitable[None]]
Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def modal(callback_id: str = "ask", **more: Any) -> Json:
    link = {"type": "url_text_input", "action_id": "url"}
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain("Make a reel"),
        "submit": plain("Make"),
        "blocks": [{"type": "input", "block_id": "link", "label": plain("Link"), "element": link}],
        **more,
    }


async def opened(platform: Platform, client: AsyncWebClient, view: Json | None = None) -> Json:
    trigger_id = platform.triggers.issue("U0ROBIN0001")
    answer = await client.views_open(trigger_id=trigger_id, view=view or modal())
    shown: Json = answer["view"]
    return shown


async def error_of(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


async def test_a_modal_is_refused_with_errors_corrected_and_closed(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    @app.command("/reel")
    async def reel(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=command["trigger_id"], view=modal())
        await ack()

    @app.view("ask")
    async def asked(ack: AsyncAck, view: Json) -> None:
        entered = view["state"]["values"]["link"]["url"]["value"]
        if "youtu" in entered:
            await ack()
        else:
            await ack(response_action="errors", errors={"link": "Not a video."})

    await connect(app)
    await robin.act("command", channel="general", command="/reel")
    view_id = (await robin.until("view_opened"))["view"]["id"]

    empty = await robin.act("submit", view_id=view_id)
    assert empty["errors"] == {"link": "Please complete this required field."}
    assert not empty["sent"]

    wrong = {"link": {"url": "https://example.com"}}
    refused = await robin.act("submit", view_id=view_id, values=wrong)
    assert refused["errors"] == {"link": "Not a video."}
    assert [view["id"] for view in (await robin.state())["views"]] == [view_id]

    right = {"link": {"url": {"value": "https://youtu.be/x"}}}
    done = await robin.act("submit", view_id=view_id, values=right)
    assert (done["acked"], done["response_action"]) == (True, None)
    assert (await robin.state())["views"] == []


@pytest.mark.parametrize(
    ("ack", "left"),
    [
        ({"response_action": "update", "view": modal("second")}, ["second"]),
        ({"response_action": "push", "view": modal("second")}, ["ask", "second"]),
        ({"response_action": "clear"}, []),
        ({"response_action": "errors", "errors": {"no_such_block": "?"}}, ["ask"]),
        ({"response_action": "push", "view": {"type": "modal"}}, ["ask"]),
    ],
)
async def test_a_response_action_decides_which_modals_are_left(
    app: AsyncApp,
    connect: Connect,
    platform: Platform,
    robin: Visitor,
    *,
    ack: Json,
    left: list[str],
) -> None:
    @app.view("ask")
    async def asked(context: AsyncBoltContext) -> None:
        await context.ack(**ack)

    await connect(app)
    view = await opened(platform, app.client)
    values = {"link": {"url": "https://a.b"}}
    await robin.act("submit", view_id=view["id"], values=values)
    assert [view["callback_id"] for view in (await robin.state())["views"]] == left


def choice(value: str) -> Json:
    return {"text": plain(value), "value": value}


async def test_a_submission_carries_initial_values_choices_and_what_was_typed(
    app: AsyncApp, connect: Connect, platform: Platform, robin: Visitor
) -> None:
    states: list[Json] = []

    @app.view("ask")
    async def asked(ack: AsyncAck, view: Json) -> None:
        states.append(view["state"]["values"])
        await ack()

    await connect(app)
    elements: list[Json] = [
        {"type": "plain_text_input", "initial_value": "funny"},
        {"type": "static_select", "options": [choice("16:9"), choice("9:16")]},
        {"type": "checkboxes", "options": [choice("captions"), choice("crop")]},
        {"type": "number_input", "is_decimal_allowed": False},
    ]
    blocks = [
        {"type": "input", "block_id": name, "label": plain(name), "optional": True}
        | {"element": element | {"action_id": "it"}}
        for name, element in zip(("prompt", "shape", "extras", "count"), elements, strict=True)
    ]
    view = await opened(platform, app.client, modal(blocks=blocks))
    values = {"shape": {"it": "9:16"}, "extras": {"it": ["crop"]}}
    await robin.act("submit", view_id=view["id"], values=values)
    assert states == [
        {
            "prompt": {"it": {"type": "plain_text_input", "value": "funny"}},
            "shape": {"it": {"type": "static_select", "selected_option": choice("9:16")}},
            "extras": {"it": {"type": "checkboxes", "selected_options": [choice("crop")]}},
            "count": {"it": {"type": "number_input", "value": None}},
        }
    ]


async def test_a_value_the_modal_does_not_offer_is_refused(
    platform: Platform, client: AsyncWebClient, robin: Visitor
) -> None:
    view = await opened(platform, client)
    answer = await robin.act("submit", view_id=view["id"], values={"link": {"nothing": "x"}})
    assert answer["error"] == "The modal has no input link / nothing."


async def test_a_refused_view_leaves_its_trigger_unused(
    platform: Platform, client: AsyncWebClient
) -> None:
    trigger_id = platform.triggers.issue("U0ROBIN0001")
    wrong = client.views_open(trigger_id=trigger_id, view=modal(title=plain("x" * 25)))
    assert await error_of(wrong) == "invalid_arguments"
    assert (await client.views_open(trigger_id=trigger_id, view=modal()))["ok"]


async def test_closing_tells_an_app_that_asked_for_it(
    app: AsyncApp, connect: Connect, platform: Platform, client: AsyncWebClient, robin: Visitor
) -> None:
    closed: list[Json] = []

    @app.view_closed("ask")
    async def on_closed(ack: AsyncAck, body: Json) -> None:
        closed.append(body)
        await ack()

    await connect(app)
    view = await opened(platform, client, modal(notify_on_close=True))
    assert (await robin.act("close", view_id=view["id"]))["acked"]
    assert (closed[0]["view"]["id"], closed[0]["is_cleared"]) == (view["id"], False)


async def test_a_trigger_opens_one_modal_within_three_seconds(tmp_path: Path) -> None:
    now = 1_763_866_800.0
    async with running(Settings(tmp_path), clock=lambda: now) as platform:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        used, late = platform.triggers.issue("U0ROBIN0001"), platform.triggers.issue("U0ROBIN0001")
        await client.views_open(trigger_id=used, view=modal())
        again = client.views_open(trigger_id=used, view=modal())
        assert await error_of(again) == "exchanged_trigger_id"
        now += 3.1
        assert await error_of(client.views_open(trigger_id=late, view=modal())) == (
            "expired_trigger_id"
        )
        unknown = client.views_open(trigger_id="1.2.abc", view=modal())
        assert await error_of(unknown) == "invalid_trigger_id"


async def test_at_most_three_modals_are_stacked(platform: Platform, client: AsyncWebClient) -> None:
    first = await opened(platform, client)

    def push() -> Awaitable[Any]:
        trigger_id = platform.triggers.issue("U0ROBIN0001", first["id"])
        return client.views_push(trigger_id=trigger_id, view=modal())

    second = (await push())["view"]
    assert second["previous_view_id"] == second["root_view_id"] == first["id"]
    await push()
    assert await error_of(push()) == "push_limit_reached"


async def test_an_update_with_an_old_hash_is_a_conflict(
    platform: Platform, client: AsyncWebClient
) -> None:
    view = await opened(platform, client)
    await client.views_update(view_id=view["id"], hash=view["hash"], view=modal())
    late = client.views_update(view_id=view["id"], hash=view["hash"], view=modal())
    assert await error_of(late) == "hash_conflict"
    assert await error_of(client.views_update(view_id="V0", view=modal())) == "not_found"


async def test_private_metadata_over_3000_characters_is_refused_with_a_pointer(
    platform: Platform, client: AsyncWebClient
) -> None:
    with pytest.raises(SlackApiError) as raised:
        await opened(platform, client, modal(private_metadata="x" * 3001))
    answer = raised.value.response
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]"
    ]
