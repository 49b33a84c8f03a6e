"""What a person types, as Slack stores it: links and mentions in angle brackets, and rich text.

Reference: https://docs.slack.dev/messaging/formatting-message-text/
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from local.slack.blockkit.rich_text import section

_TOKEN = re.compile(
    r"(?P<link>https?://[^\s<>|]+)"
    r"|<(?P<labelled>https?://[^\s<>|]+)(?:\|(?P<label>[^<>]*))?>"
    r"|(?<![\w.])(?P<at>@(?P<user>[a-z0-9._-]+))"
    r"|(?<![\w&])(?P<hash>#(?P<channel>[a-z0-9_-]+))"
)
_TRAILING = ".,;:!?)]}'\""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of what was typed. `target` is a URL or an id, `text` what the reader sees."""

    kind: Literal["text", "link", "user", "channel"]
    text: str
    target: str = ""
    labelled: bool = False


def escape(text: str) -> str:
    """The three characters Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def pieces(typed: str, users: Mapping[str, str], channels: Mapping[str, str]) -> Iterator[Piece]:
    """Split typed text; `users` and `channels` map names to ids."""
    done = 0
    for match in _TOKEN.finditer(typed):
        piece = _piece(match, users, channels)
        if piece is None:
            continue
        if match.start() > done:
            yield Piece("text", typed[done : match.start()])
        yield piece
        done = match.start() + (len(piece.text) if match["link"] else len(match[0]))
    if done < len(typed):
        yield Piece("text", typed[done:])


def _piece(
    match: re.Match[str], users: Mapping[str, str], channels: Mapping[str, str]
) -> Piece | None:
    if match["link"]:
        url = match["link"].rstrip(_TRAILING)
        return Piece("link", url, url)
    if match["labelled"]:
        label = match["label"]
        return Piece("link", label or match["labelled"], match["labelled"], bool(label))
    if match["at"] and match["user"] in users:
        return Piece("user", match["user"], users[match["user"]])
    if match["hash"] and match["channel"] in channels:
        return Piece("channel", match["channel"], channels[match["channel"]])
    return None


def as_text(parts: list[Piece], *, names: bool = False) -> str:
    """A message's `text`. A command's text carries the `names` of users and channels as well."""
    return "".join(_token(part, names) for part in parts)


def _token(part: Piece, names: bool) -> str:
    name = f"|{part.text}" if names else ""
    match part.kind:
        case "link":
            label = f"|{escape(part.text)}" if part.labelled else ""
            return f"<{escape(part.target)}{label}>"
        case "user":
            return f"<@{part.target}{name}>"
        case "channel":
            return f"<#{part.target}|{part.text if names else ''}>"
        case _:
            return escape(part.text)


def as_rich_text(parts: list[Piece]) -> list[dict[str, Any]]:
    """A message's `blocks`: one rich_text block, where links keep their raw URL."""
    return [section([_element(part) for part in parts])] if parts else []


def _element(part: Piece) -> dict[str, Any]:
    match part.kind:
        case "link":
            text = {"text": part.text} if part.labelled else {}
            return {"type": "link", "url": part.target, **text}
        case "user":
            return {"type": "user", "user_id": part.target}
        case "channel":
            return {"type": "channel", "channel_id": part.target}
        case _:
            return {"type": "text", "text": part.text}
