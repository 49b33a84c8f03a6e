"""A small Bolt app whose modal has every input there is; each submission and click is seen in the workspace's log."""

import asyncio
import sys
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(number: int) -> Json:
    return {"text": plain(f"Option {number}"), "value": f"o{number}"}


def field(name: str, label: str, element: Json, **more: Any) -> Json:
    """An input block; its block id is `name`, its action id `a`."""
    whole = {"action_id": "a", **element}
    return {"type": "input", "block_id": name, "label": plain(label), "element": whole, **more}


OPTIONS = [option(1), option(2), option(3)]
GROUPS = [
    {"label": plain("Low"), "options": OPTIONS[:1]},
    {"label": plain("High"), "options": OPTIONS[1:]},
]
INPUTS = [
    field("link", "Link", {"type": "url_text_input", "placeholder": plain("https://…")}),
    field("wish", "Wish", {"type": "plain_text_input", "multiline": True}, optional=True),
    field(
        "count",
        "Count",
        {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "3", "initial_value": "2"},
        hint=plain("From one to three."),
    ),
    field("shape", "Shape", {"type": "static_select", "option_groups": GROUPS, "initial_option": option(2)}, dispatch_action=True),
    field("several", "Several", {"type": "multi_static_select", "options": OPTIONS}, optional=True),
    field("one", "One", {"type": "radio_buttons", "options": OPTIONS, "initial_option": option(1)}),
    field("boxes", "Boxes", {"type": "checkboxes", "options": OPTIONS, "initial_options": [option(3)]}, optional=True),
    field("day", "Day", {"type": "datepicker", "initial_date": "2026-11-24"}, optional=True),
    field("time", "Time", {"type": "timepicker"}, optional=True),
    field("moment", "Moment", {"type": "datetimepicker"}, optional=True),
    field("who", "Who", {"type": "users_select"}, optional=True),
    field("everybody", "Everybody", {"type": "multi_users_select"}, optional=True),
    field("where", "Where", {"type": "conversations_select"}, optional=True),
    field("public", "Public", {"type": "channels_select"}, optional=True),
    field("mail", "Mail", {"type": "email_text_input"}, optional=True),
    field("rich", "Rich", {"type": "rich_text_input"}, optional=True),
]  # fmt: skip


def modal(*more: Json) -> Json:
    push = {"type": "button", "action_id": "push", "text": plain("Another one")}
    heading = {"type": "section", "text": plain("Every input"), "accessory": push}
    return {
        "type": "modal",
        "callback_id": "every_input",
        "title": plain("Every input"),
        "submit": plain("Send it"),
        "close": plain("Never mind"),
        "notify_on_close": True,
        "blocks": [heading, *INPUTS, *more],
    }


def app(address: str) -> AsyncApp:
    """`/reel` opens the modal; a link to example.com is refused at its field."""
    bolt = AsyncApp(client=AsyncWebClient("xoxb-local", base_url=f"{address}/api/"))

    @bolt.command("/reel")
    async def opened(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal())
        await ack()

    @bolt.action("push")
    async def pushed(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        depth = {"type": "actions", "elements": [modal()["blocks"][0]["accessory"]]}
        title = "On top" if body["view"].get("callback_id") == "every_input" else "Topmost"
        upper = {"type": "modal", "title": plain(title), "blocks": [depth]}
        await client.views_push(trigger_id=body["trigger_id"], view=upper)
        await ack()

    @bolt.action("a")
    async def chosen(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        said = {"type": "section", "text": plain(f"You chose {body['actions'][0]['selected_option']['value']}")}  # fmt: skip
        await client.views_update(view_id=body["view"]["id"], view=modal(said))
        await ack()

    @bolt.view("every_input")
    async def submitted(ack: AsyncAck, body: Json) -> None:
        link = body["view"]["state"]["values"]["link"]["a"]["value"]
        if "example.com" in link:
            await ack(response_action="errors", errors={"link": "That is an example."})
        else:
            await ack()

    @bolt.view_closed("every_input")
    async def closed(ack: AsyncAck) -> None:
        await ack()

    return bolt


async def main() -> None:
    await AsyncSocketModeHandler(app(sys.argv[1]), "xapp-local").start_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    asyncio.run(main())
