"""What the log keeps of a body: no secret, and where it is very long, only how it begins."""

import json
import re
from typing import Any

WHOLE = 100_000  # characters of JSON; every body that Slack's limits make likely
BEGINNING = 1_000
HIDDEN = "(not shown)"
_NAMES = 50
_SECRET = re.compile("token|secret", re.IGNORECASE)


def excerpt(body: Any) -> Any:
    """The body without the values of names that tell of a token or a secret.

    One with over `WHOLE` characters of JSON keeps its short values whole; the long ones become
    text that says how long they were.
    """
    if isinstance(body, dict):
        body = {name: HIDDEN if _SECRET.search(name) else body[name] for name in body}
    if len(json.dumps(body)) <= WHOLE:
        return body
    if isinstance(body, dict) and len(body) <= _NAMES:
        return {name[:BEGINNING]: _beginning(value) for name, value in body.items()}
    return _beginning(body)


def _beginning(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) <= BEGINNING:
        return value
    return f"{text[:BEGINNING]}… (shortened, {len(text):,} characters)"
