"""What is wrong with a payload, in Slack's words and with JSON pointers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, and where (`/blocks/0/text/text`); `expected` is the limit it breaks."""

    code: str
    message: str
    pointer: str
    expected: Any = None

    def sentence(self) -> str:
        """As Slack puts it into `errors` and `response_metadata.messages`."""
        return f"{self.message} [json-pointer:{self.pointer}]"

    def json(self) -> dict[str, Any]:
        """As `blocks.validate` lists it."""
        shown = {"code": self.code, "message": self.message, "pointer": self.pointer}
        return shown | {"constraint": {"type": self.code, "expected": self.expected}}


def problems_of(error: ValidationError, payload: Any, base: str) -> Iterator[Problem]:
    """pydantic's findings about `payload`, which sits at the pointer `base`."""
    for detail in error.errors(include_url=False, include_context=True):
        pointer = base + "".join(f"/{part}" for part in _path(detail["loc"], payload))
        yield Problem(detail["type"], _message(detail), pointer, _expected(detail))


def _path(location: Iterable[int | str], payload: Any) -> Iterator[int | str]:
    """The way through the payload, without the union tags that pydantic puts in between."""
    here, arrived = payload, True
    for part in location:
        if arrived and isinstance(here, dict) and part == here.get("type"):
            arrived = False  # the tag of the union member chosen by "type"
            continue
        yield part
        here = _step(here, part)
        arrived = True


def _step(here: Any, part: int | str) -> Any:
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return here.get(part) if isinstance(here, dict) else None


_MESSAGES = {
    "missing": "missing required field: {field}",
    "extra_forbidden": "invalid additional property: {field}",
    "string_type": "must provide a string",
    "string_too_short": "must be more than {below_minimum} characters",
    "string_too_long": "must be less than {above_maximum} characters",
    "too_short": "no fewer than {min_length} items allowed",
    "too_long": "no more than {max_length} items allowed",
    "list_type": "must provide an array",
    "dict_type": "must provide an object",
    "model_type": "must provide an object",
    "model_attributes_type": "must provide an object",
    "bool_type": "must provide a boolean",
    "int_type": "must provide a number",
    "union_tag_invalid": "unsupported type: {tag}",
    "union_tag_not_found": "missing required field: type",
    "literal_error": "must be a valid enum value: {expected}",
}


def _expected(detail: ErrorDetails) -> Any:
    context = detail.get("ctx") or {}
    named = ("min_length", "max_length", "expected", "expected_tags", "ge", "le", "pattern")
    return next((context[name] for name in named if name in context), None)


def _message(detail: ErrorDetails) -> str:
    template = _MESSAGES.get(detail["type"])
    if template is None:
        return detail["msg"]
    known: dict[str, Any] = dict(detail.get("ctx") or {})
    known["field"] = detail["loc"][-1] if detail["loc"] else ""
    known["below_minimum"] = known.get("min_length", 1) - 1
    known["above_maximum"] = known.get("max_length", 0) + 1
    return template.format(**known)
