"""What Slack adds to blocks it accepted: ids that were left out."""

from collections.abc import Iterator
from typing import Any

from local.slack.mint import Mint

Json = dict[str, Any]


def completed(blocks: list[Json], mint: Mint) -> list[Json]:
    """The blocks with a `block_id` each, and with an `action_id` for each element."""
    return [_completed(block, mint) for block in blocks]


def _completed(block: Json, mint: Mint) -> Json:
    block = {"type": block["type"], "block_id": block.get("block_id") or mint.secret(5), **block}
    if "elements" in block and block["type"] == "actions":
        block["elements"] = [_named(element, mint) for element in block["elements"]]
    for place in ("accessory", "element"):
        if isinstance(block.get(place), dict) and block[place]["type"] != "image":
            block[place] = _named(block[place], mint)
    return block


def _named(element: Json, mint: Mint) -> Json:
    return {**element, "action_id": element.get("action_id") or mint.secret(5)}


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element a person can use, as (block, element)."""
    for block in blocks:
        yield from ((block, element) for element in _elements(block))


def _elements(block: Json) -> list[Json]:
    match block["type"]:
        case "actions" | "context_actions":
            return list(block["elements"])
        case "section" if block.get("accessory", {}).get("action_id"):
            return [block["accessory"]]
        case "input":
            return [block["element"]]
        case "card":
            return list(block.get("actions") or [])
        case "carousel":
            return [each for card in block["elements"] for each in card.get("actions") or []]
        case _:
            return []
