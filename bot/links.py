"""One link: as people type it, in its canonical form, and what is wrong with it. Pure."""

import re
from urllib.parse import parse_qs, urlsplit, urlunsplit

from bot import hosts

MAX_LENGTH = 2_000
"""Longer than any address that people share, and below Slack's 3,000 for a button's URL."""

LIVES_IN_SLACK = (
    "That video lives in Slack, where the clip service cannot reach it. "
    "Share a public link (YouTube, Twitch or a direct .mp4) instead."
)

PRIVATE = (
    "That link leads into a private network, where Reka cannot reach it. "
    "Share a public link (YouTube, Twitch or a direct .mp4) instead."
)

_SLACK_TOKEN = re.compile(r"<([^<>\n]*)>")
_MENTION = {"@": "@", "#": "#", "!": "@"}
_PAIRS = {")": "(", "]": "[", "}": "{"}
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
# A host with a letter-only last label, then a path: "youtu.be/abc", not "16:9" or "v1.2".
_BARE = re.compile(r"^(?:[a-z0-9-]+\.)+[a-z]{2,}/\S+$", re.IGNORECASE)

_YOUTUBE = {"youtube.com", "youtube-nocookie.com"}
_YOUTUBE_ID = re.compile(r"[0-9A-Za-z_-]{11}")
_YOUTUBE_PATHS = {"shorts", "live", "embed", "v", "e"}
_VIDEO_SITES = {
    *_YOUTUBE,
    *(
        "youtu.be",
        "vimeo.com",
        "twitch.tv",
        "dailymotion.com",
        "loom.com",
        "tiktok.com",
        "wistia.com",
    ),
}
_VIDEO_FILE = re.compile(r"\.(?:mp4|m4v|mov|webm|mkv|avi|mpe?g|m3u8)$", re.IGNORECASE)
_MOMENT = re.compile(r"t=[\dhms.:,]+", re.IGNORECASE)
"""A media fragment: where to begin, which is no other video. Any other fragment may name one."""
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid", re.IGNORECASE)


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
    if not any(map(str.isalnum, host)) or _NO_PART.search(link):
        return "One link is not a valid web address. Copy it again from the browser's address bar."
    if parts.username or parts.password:
        return "A link must not carry a user name or password; share it without."
    return LIVES_IN_SLACK if in_slack(link) else None


# Controls, white space, the mark of something shortened, and half a character (a lone surrogate).
_NO_PART = re.compile("[\x00-\x20…\ud800-\udfff]")


def canonical(link: str) -> str:
    """One form per video: YouTube's many shapes become one, host names are small, trackers and moments go.

    What is no address, or one that we do not understand, stays as it is.
    """
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").lower()
        link.encode()
    except ValueError:
        return link
    if video := _youtube_id(host, parts.path, parts.query):
        return f"https://www.youtube.com/watch?v={video}"
    # The rest of a query stays as it is, letter by letter: it may be signed.
    kept = [
        part for part in parts.query.split("&") if not _TRACKING.fullmatch(part.partition("=")[0])
    ]
    fragment = "" if _MOMENT.fullmatch(parts.fragment) else parts.fragment
    place = parts.netloc.lower() if "@" not in parts.netloc else parts.netloc
    return urlunsplit((parts.scheme.lower(), place, parts.path, "&".join(kept), fragment))


def _youtube_id(host: str, path: str, query: str) -> str | None:
    """Shapes: youtu.be/ID, watch?v=ID, shorts/ID, live/ID, embed/ID; on www., m., music. and youtube-nocookie.com."""
    steps = [step for step in path.split("/") if step]
    named = ""
    if host.removeprefix("www.") == "youtu.be":
        named = steps[0] if steps else ""
    elif _site(host) in _YOUTUBE:
        if steps[:1] == ["watch"]:
            named = parse_qs(query).get("v", steps[1:2] or [""])[0]
        elif len(steps) > 1 and steps[0] in _YOUTUBE_PATHS:
            named = steps[1]
    return named if _YOUTUBE_ID.fullmatch(named) else None


def _site(host: str) -> str:
    """The last two labels: `m.youtube.com` → `youtube.com`."""
    return ".".join(host.split(".")[-2:])


def is_video(link: str) -> bool:
    """Whether a link is known to be of a video: a site that has little else, or a file's name."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return _site((parts.hostname or "").lower()) in _VIDEO_SITES or bool(
        _VIDEO_FILE.search(parts.path)
    )


def in_slack(link: str) -> bool:
    """Whether a link leads into Slack, where the clip service has no way in."""
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:
        return False
    return f".{host}".endswith((".slack.com", ".slack-files.com"))


def is_private(link: str) -> bool:
    """Whether a valid link leads to this machine or into a private network, which no service on the internet reaches."""
    return hosts.is_private(urlsplit(link).hostname or "")
