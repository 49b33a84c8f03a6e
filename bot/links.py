"""Find video links in what people type in Slack."""

import re
from urllib.parse import urlsplit

MAX_LENGTH = 2_000
"""Longer than any address that people share, and below Slack's 3,000 for a button's URL."""

_SLACK_TOKEN = re.compile(r"<([^<>\n]*)>")
_MENTION = {"@": "@", "#": "#", "!": "@"}
_PAIRS = {")": "(", "]": "[", "}": "{"}
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
# A host with a letter-only last label, then a path: "youtu.be/abc", not "16:9" or "v1.2".
_BARE = re.compile(r"^(?:[a-z0-9-]+\.)+[a-z]{2,}/\S+$", re.IGNORECASE)


def untangled(text: str) -> str:
    """Slack's escapes undone: `<https://a|a>` → the address, `<!channel>` → `@channel`, `&amp;` → `&`.

    Source: docs.slack.dev, "Formatting text for app surfaces". With `should_escape` a command's text carries links and
    mentions in angle brackets; without it, as typed. Both come out alike. Slack writes these three entities and no
    other, so `&copy=1` in an address stays what it is.
    """
    opened = _SLACK_TOKEN.sub(_plain, text)
    return opened.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _plain(match: re.Match[str]) -> str:
    target, _, label = match[1].partition("|")
    sign = target[:1]
    if sign in _MENTION:
        name = label or target[1:].partition("^")[0]
        return name if name.startswith(_MENTION[sign]) else _MENTION[sign] + name
    if not _SCHEME.match(target):
        return match[0]
    # Only the brackets tell where an address ends in a language without spaces.
    return f"{target} " if match.string[match.end() : match.end() + 1].isalnum() else target


def as_link(word: str) -> str | None:
    """The address that a word is meant as, or None when it is no address. Missing `https://` is added.

    Brackets around it and the sentence's punctuation behind it are no part of it.
    """
    inner = word.lstrip("([{<'‘“")
    while inner and _is_around(inner[-1], inner):
        inner = inner[:-1]
    if _SCHEME.match(inner):
        return inner
    return f"https://{inner}" if _BARE.match(inner) else None


def _is_around(last: str, word: str) -> bool:
    opening = _PAIRS.get(last)
    return word.count(last) > word.count(opening) if opening else last in ".,;:!?>'’”"


def problem_with(link: str) -> str | None:
    """A sentence about what is wrong with a link, or None. Whether a video is there only the service can tell."""
    if len(link) > MAX_LENGTH:
        return f"One link has {len(link):,} characters; {MAX_LENGTH:,} are the most."
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
        parts.port  # noqa: B018  a port that is no number is only noticed when it is read
    except ValueError:
        return "One link is not a valid web address. Copy it again from the browser's address bar."
    if not any(map(str.isalnum, host)) or any(ord(char) < 33 or char == "…" for char in link):
        return "One link is not a valid web address. Copy it again from the browser's address bar."
    if parts.username or parts.password:
        return "A link must not carry a user name or password; share it without."
    if f".{host}".endswith((".slack.com", ".slack-files.com")):
        return (
            "That video lives in Slack, where the clip service cannot reach it. "
            "Share a public link (YouTube, Twitch or a direct .mp4) instead."
        )
    return None
