"""The fields of a modal. Pure."""

from collections.abc import Iterable, Mapping

from bot.ask import clean
from bot.bounds import MAX_PROMPT
from bot.render.blocks import Block
from bot.values import UNDECIDED

ENTERED = "entered"
"""The action id of a field whose changes are not sent."""


def plain(text: str) -> Block:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def option(value: str, text: str) -> Block:
    """One choice of a menu."""
    return {"text": plain(text), "value": value}


def field(
    block_id: str, label: str, element: Block, *, hint: str | None = None, optional: bool = False
) -> Block:
    """An input block."""
    made: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        "optional": optional,
    }
    return {**made, "hint": plain(hint)} if hint else made


def restating(made: Block, action_id: str) -> Block:
    """An input whose every change is sent, so that what it means can be said anew."""
    element: Block = {**made["element"], "action_id": action_id}  # type: ignore[dict-item]
    if element["type"] != "static_select":
        element["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    return {**made, "element": element, "dispatch_action": True}


def choice(
    block_id: str,
    label: str,
    options: Iterable[tuple[str, str]],
    chosen: str | None,
    *,
    hint: str | None = None,
) -> Block:
    """A menu. Its first option stands where nothing was chosen."""
    offered = [option(value, text) for value, text in options]
    initial = next((each for each in offered if each["value"] == chosen), offered[0])
    element: Block = {"type": "static_select", "options": offered, "initial_option": initial}
    return field(block_id, label, element, hint=hint)


def undecided(options: Mapping[str, str], left: str = "Reka decides") -> list[tuple[str, str]]:
    """The choices of a menu, after the one that leaves it open."""
    return [(UNDECIDED, left), *((str(value), text) for value, text in options.items())]


def switched(value: bool | None) -> str | None:
    """`on` or `off`, as a menu has it."""
    return None if value is None else "on" if value else "off"


def number(
    block_id: str,
    label: str,
    value: int | None,
    bounds: tuple[int, int],
    *,
    hint: str | None = None,
) -> Block:
    """A field for a whole number."""
    least, most = bounds
    element: Block = {
        "type": "number_input",
        "is_decimal_allowed": False,
        "min_value": str(least),
        "max_value": str(most),
    }
    # What was misunderstood may be beyond them.
    if value is not None and least <= value <= most:
        element["initial_value"] = str(value)
    return field(block_id, label, element, hint=hint, optional=True)


def prompt(block_id: str, label: str, value: str | None, placeholder: str) -> Block:
    """A field for what to look for."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": ENTERED,
        "multiline": True,
        "placeholder": plain(placeholder),
    }
    if value:
        element["initial_value"] = clean(value)[:MAX_PROMPT]
    return field(block_id, label, element, optional=True)
