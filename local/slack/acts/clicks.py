"""Clicks on buttons and choices in menus, in messages and in views."""

from dataclasses import replace
from typing import Any

from pydantic import Field

from local.slack.acts.people import ByPerson, person, place, seen_message
from local.slack.blockkit.completion import interactive
from local.slack.entry import entered
from local.slack.envelopes import Envelope
from local.slack.errors import ActError
from local.slack.payloads import message_block_action, view_block_action
from local.slack.platform import Platform
from local.slack.state import Blocks

Json = dict[str, Any]
_TYPED = {"plain_text_input", "url_text_input", "email_text_input", "number_input"}


class Click(ByPerson):
    """In a message (`channel`, `message_ts`) or in a view (`view_id`).

    `value` picks an option by its value (a list for several), or is what was typed or chosen.
    `values`: what stands in the other inputs of a view, as in a submission.
    """

    action_id: str
    channel: str | None = None
    message_ts: str | None = None
    view_id: str | None = None
    block_id: str | None = None
    value: str | list[str] | None = None
    values: dict[str, dict[str, Any]] = Field(default_factory=dict)
    deliveries: int = Field(default=1, ge=1, le=5)


async def click(platform: Platform, act: Click) -> Json:
    """Use an element; returns once the app has acknowledged or the time-out has passed."""
    payload = _in_view(platform, act) if act.view_id else _in_message(platform, act)
    envelope = Envelope("interactive", payload, accepts_response_payload=False)
    return (await platform.deliveries.deliver(envelope, act.deliveries)).json()


def _in_message(platform: Platform, act: Click) -> Json:
    user = person(platform, act.user)
    channel = place(platform, act.channel or "", user)
    message = seen_message(platform, channel, act.message_ts or "", user)
    action = _action(platform, message.blocks, act)
    return message_block_action(platform, user, message, action)


def _in_view(platform: Platform, act: Click) -> Json:
    user = person(platform, act.user)
    view = platform.workspace.views.get(act.view_id or "")
    if view is None or view.user != user.id:
        raise ActError(f"{user.name} has no view {act.view_id} open.")
    action = _action(platform, view.definition["blocks"], act)
    if act.values:
        view = replace(view, values=entered(view, act.values, chosen))
        platform.workspace.put_view(view, "view_entered")
    return view_block_action(platform, user, view, action)


def _action(platform: Platform, blocks: Blocks, act: Click) -> Json:
    """The entry of `actions` for the element that was used. Raises ActError."""
    for block, element in interactive(blocks):
        if element.get("action_id") == act.action_id and act.block_id in (None, block["block_id"]):
            return {
                "type": element["type"],
                "action_id": act.action_id,
                "block_id": block["block_id"],
                **_choice(element, act.value),
                "action_ts": platform.mint.ts(),
            }
    raise ActError(f"There is nothing with the action_id {act.action_id} to click on.")


def _choice(element: Json, value: str | list[str] | None) -> Json:
    if element["type"] == "button":
        shown = ("text", "value", "style", "url")
        kept: Json = {name: element[name] for name in shown if name in element}
        return kept if value is None else kept | {"value": value}
    return chosen(element, value)


def chosen(element: Json, value: Any) -> Json:
    """What an element's state says once `value` was typed or picked. Raises ActError."""
    kind = element["type"]
    if kind in _TYPED:
        return {"value": value or None}
    if kind in {"checkboxes", "multi_static_select"}:
        return {"selected_options": [_option(element, each) for each in value or []]}
    if kind in {"radio_buttons", "static_select", "overflow"}:
        return {"selected_option": _option(element, value) if value else None}
    singular = {
        "datepicker": "selected_date", "timepicker": "selected_time",
        "datetimepicker": "selected_date_time", "users_select": "selected_user",
        "channels_select": "selected_channel", "conversations_select": "selected_conversation",
        "multi_users_select": "selected_users", "multi_channels_select": "selected_channels",
        "multi_conversations_select": "selected_conversations", "rich_text_input": "rich_text_value",
    }  # fmt: skip
    return {singular.get(kind, "value"): value}


def _option(element: Json, value: str) -> Json:
    groups = element.get("option_groups") or []
    options = [*(element.get("options") or []), *(o for g in groups for o in g["options"])]
    for option in options:
        if option["value"] == value:
            return dict(option)
    raise ActError(f"{element['action_id']} offers no option {value}.")
