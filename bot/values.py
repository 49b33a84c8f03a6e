"""What stands in a modal's fields, as Slack sends it. Pure."""

from collections.abc import Mapping
from typing import Any

from bot import ask

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""A view's `state.values`: block_id → action_id → what stands there."""

UNDECIDED = "reka"
"""The value of the option that leaves a choice to Reka."""


def entered(values: Values, block_id: str) -> Mapping[str, Any]:
    """What a field holds; {} where there is no such field."""
    return next(iter(values.get(block_id, {}).values()), {})


def typed(values: Values, block_id: str) -> str:
    """The text of a field, without the white space around it."""
    return str(entered(values, block_id).get("value") or "").strip()


def chosen(values: Values, block_id: str) -> str | None:
    """The value of the option that a menu shows; None where the choice is left to Reka."""
    option = entered(values, block_id).get("selected_option") or {}
    value = option.get("value")
    return None if value in {None, UNDECIDED} else str(value)


def number(values: Values, block_id: str) -> int | None:
    """The whole number in a menu."""
    value = chosen(values, block_id)
    return int(value) if value else None


def switch(values: Values, block_id: str) -> bool | None:
    """The `on` or `off` in a menu."""
    value = chosen(values, block_id)
    return value == "on" if value else None


def seconds(values: Values, block_id: str) -> int | None:
    """The time in a field; None for nothing and for what is no time."""
    return ask.seconds_in(typed(values, block_id))
