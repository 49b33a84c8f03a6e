"""What stands in a modal's inputs when it is submitted, and what Slack's client checks first."""

from collections.abc import Callable
from typing import Any

from local.slack.blockkit.completion import interactive
from local.slack.errors import ActError
from local.slack.state import View

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]
Choose = Callable[[Json, Any], Json]
_INITIAL = {
    "initial_value": "value",
    "initial_option": "selected_option",
    "initial_options": "selected_options",
    "initial_date": "selected_date",
    "initial_time": "selected_time",
    "initial_date_time": "selected_date_time",
    "initial_user": "selected_user",
    "initial_users": "selected_users",
    "initial_channel": "selected_channel",
    "initial_channels": "selected_channels",
    "initial_conversation": "selected_conversation",
    "initial_conversations": "selected_conversations",
}
_EMPTY: dict[str, Json] = {
    "checkboxes": {"selected_options": []},
    "multi_static_select": {"selected_options": []},
    "radio_buttons": {"selected_option": None},
    "static_select": {"selected_option": None},
}


def entered(view: View, given: dict[str, dict[str, Any]], choose: Choose) -> Values:
    """`state.values` of a submission: initial values, what stood there before, then `given`.

    `given` maps block_id → action_id → Slack's own object, or just the value. Raises ActError
    for a name the view does not have.
    """
    values: Values = {}
    for block, element in interactive(view.definition["blocks"]):
        if element["type"] in {"button", "overflow"}:
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        stood = view.values.get(block_id, {}).get(action_id) or _initial(element)
        wanted = given.get(block_id, {}).get(action_id, stood)
        entry = wanted if isinstance(wanted, dict) else choose(element, wanted)
        values.setdefault(block_id, {})[action_id] = {"type": element["type"], **entry}
    _refuse_unknown(values, given)
    return values


def missing(view: View, values: Values) -> dict[str, str]:
    """The sentence Slack's client shows under each required input that is empty."""
    empty: dict[str, str] = {}
    for block in view.definition["blocks"]:
        if block["type"] == "input" and not block.get("optional"):
            entry = values[block["block_id"]][block["element"]["action_id"]]
            if not any(value for name, value in entry.items() if name != "type"):
                empty[block["block_id"]] = "Please complete this required field."
    return empty


def _initial(element: Json) -> Json:
    found = {name: element[key] for key, name in _INITIAL.items() if element.get(key) is not None}
    return found or dict(_EMPTY.get(element["type"], {"value": None}))


def _refuse_unknown(values: Values, given: dict[str, dict[str, Any]]) -> None:
    for block_id, actions in given.items():
        for action_id in actions:
            if action_id not in values.get(block_id, {}):
                raise ActError(f"The modal has no input {block_id} / {action_id}.")
