"""The whole check of a message's blocks or of a view: shape first, then the rules across blocks."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from local.slack.blockkit.blocks import Block
from local.slack.blockkit.problems import Problem, problems_of
from local.slack.blockkit.views import Home, Modal, View

Surface = Literal["message", "modal", "home"]
MESSAGE_BLOCKS = 50
VIEW_BYTES = 250_000
MARKDOWN_CHARACTERS = 12_000
_BLOCK: TypeAdapter[Any] = TypeAdapter(Block)
_VIEW: TypeAdapter[Modal | Home] = TypeAdapter(View)
_SURFACES: dict[str, set[Surface]] = {
    "plan": {"message"},
    "task_card": {"message"},
    "markdown": {"message"},
    "file": {"message"},
    "carousel": {"message", "home"},
    "table": {"message", "home"},
    "context_actions": {"message"},
    "alert": {"modal"},
}


def check_message(blocks: Any) -> list[Problem]:
    """What Slack would say against these blocks in a message; nothing when they are fine."""
    if not isinstance(blocks, list):
        return [Problem("list_type", "must provide an array", "/blocks")]
    if len(blocks) > MESSAGE_BLOCKS:
        message = f"no more than {MESSAGE_BLOCKS} items allowed"
        return [Problem("too_long", message, "/blocks")]
    shape = [problem for i, block in enumerate(blocks) for problem in _shape(block, f"/blocks/{i}")]
    return shape or list(_across(blocks, "message", "/blocks"))


def check_view(view: Any, surface: Literal["modal", "home"], base: str = "/view") -> list[Problem]:
    """The same for a modal or a Home tab."""
    if not isinstance(view, dict):
        return [Problem("dict_type", "must provide an object", base)]
    if view.get("type") != surface:
        return [Problem("literal_error", f"must be a {surface} view", f"{base}/type")]
    try:
        _VIEW.validate_python(view)
    except ValidationError as error:
        return list(problems_of(error, view, base))
    problems = list(_across(view["blocks"], surface, f"{base}/blocks"))
    if _has_input(view["blocks"]) and surface == "modal" and not view.get("submit"):
        message = "a view with input blocks must have a submit button"
        problems.append(Problem("missing", message, f"{base}/submit"))
    return problems


def too_large(view: dict[str, Any]) -> bool:
    """Whether a view is over Slack's 250 kB."""
    return len(json.dumps(view, separators=(",", ":")).encode()) > VIEW_BYTES


def _shape(block: Any, pointer: str) -> Iterator[Problem]:
    try:
        _BLOCK.validate_python(block)
    except ValidationError as error:
        yield from problems_of(error, block, pointer)


def _across(blocks: list[dict[str, Any]], surface: Surface, base: str) -> Iterator[Problem]:
    yield from _repeated("block_id", blocks, base)
    kinds = Counter(block["type"] for block in blocks)
    for index, block in enumerate(blocks):
        pointer = f"{base}/{index}"
        if surface not in _SURFACES.get(block["type"], {surface}):
            message = f"unsupported type: {block['type']} is not allowed in a {surface}"
            yield Problem("surface", message, f"{pointer}/type")
        for elements, below in _action_groups(block):
            yield from _repeated("action_id", elements, pointer + below)
    if kinds["plan"] and kinds["task_card"]:
        yield Problem("plan", "plan and task_card cannot be used together", base)
    if kinds["table"] > 1:
        yield Problem("table", "only_one_table_allowed", base)
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MARKDOWN_CHARACTERS:
        message = f"markdown blocks must be less than {MARKDOWN_CHARACTERS + 1} characters in all"
        yield Problem("too_long", message, base)


def _repeated(key: str, parts: list[dict[str, Any]], base: str) -> Iterator[Problem]:
    named = Counter(part[key] for part in parts if part.get(key))
    for name, times in named.items():
        if times > 1:
            yield Problem("duplicate", f"{key} must be unique: {name} is used {times} times", base)


def _action_groups(block: dict[str, Any]) -> Iterator[tuple[list[dict[str, Any]], str]]:
    """The elements whose action_ids must differ, and where they are within the block."""
    if block["type"] == "actions":
        yield block["elements"], ""
    elif block["type"] == "card":
        yield block.get("actions") or [], ""
    elif block["type"] == "carousel":
        for index, card in enumerate(block["elements"]):
            yield card.get("actions") or [], f"/elements/{index}"


def _has_input(blocks: list[dict[str, Any]]) -> bool:
    return any(block["type"] == "input" for block in blocks)
