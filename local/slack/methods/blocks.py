"""blocks.validate: the public check of blocks, a view or a message; needs no token."""

from typing import Any

from local.slack.arguments import Arguments, JsonValue
from local.slack.blockkit.check import check_message, check_view
from local.slack.errors import ApiError
from local.slack.platform import Platform


class Validate(Arguments):
    """Exactly one of the three."""

    blocks: JsonValue = None
    view: JsonValue = None
    message: JsonValue = None


def validate(_platform: Platform, args: Validate) -> dict[str, Any]:
    given = [value for value in (args.blocks, args.view, args.message) if value is not None]
    if len(given) != 1:
        raise ApiError("invalid_arguments")
    problems = _view(args.view) if args.view is not None else check_message(_blocks(args))
    if problems:
        raise ApiError("invalid_blocks", details={"errors": [each.json() for each in problems]})
    return {}


def _blocks(args: Validate) -> Any:
    if isinstance(args.message, dict):
        return args.message.get("blocks", [])
    return args.blocks


def _view(view: Any) -> Any:
    is_home = isinstance(view, dict) and view.get("type") == "home"
    return check_view(view, "home" if is_home else "modal")
