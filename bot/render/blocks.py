"""The pieces of Block Kit that we use. Plain dicts: slack_sdk's models know fewer blocks than Slack does.

Text from strangers goes only into `text` (rich_text) or `plain_text`; `mrkdwn` takes our own sentences.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

Block = dict[str, object]

MAX_URL = 3_000
"""Slack's limit for a URL in a block."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one Slack message shows. `text` says the same to screen readers and notifications."""

    text: str
    blocks: list[Block]


def escaped(text: str) -> str:
    """Text for mrkdwn and top-level `text`: no mention, link or date can be made of it.

    Source: docs.slack.dev, "Escaping text": exactly `&`, `<` and `>`.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text(content: str, *, bold: bool = False, italic: bool = False) -> Block:
    """A rich_text element that Slack shows literally."""
    style = {name: True for name, wanted in (("bold", bold), ("italic", italic)) if wanted}
    return {"type": "text", "text": content, **({"style": style} if style else {})}


def link(url: str, label: str) -> Block:
    """A rich_text link with a label of ours."""
    return {"type": "link", "url": url, "text": label}


def user(user_id: str) -> Block:
    """A rich_text mention."""
    return {"type": "user", "user_id": user_id}


def day(epoch_ms: int) -> str:
    """A day in the reader's zone (mrkdwn date token)."""
    seconds = epoch_ms // 1000
    return f"<!date^{seconds}^{{date_short}}|{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}>"


def date(epoch_ms: int) -> Block:
    """A rich_text moment in the reader's zone: today, yesterday or the day, and the time."""
    seconds = epoch_ms // 1000
    return {
        "type": "date",
        "timestamp": seconds,
        "format": "{date_short_pretty} {time}",
        "fallback": f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC",
    }


def channel(channel_id: str) -> Block:
    """A rich_text link to a channel."""
    return {"type": "channel", "channel_id": channel_id}


def rich_text(*lines: list[Block]) -> Block:
    """Lines of rich text, as Slack itself writes them: one section, a newline between them."""
    elements: list[Block] = []
    for line in lines:
        elements += [text("\n"), *line] if elements else line
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }


def preformatted(content: str) -> Block:
    """Text in a typewriter's letters, line for line as it is."""
    element: Block = {"type": "rich_text_preformatted", "elements": [text(content)]}
    return {"type": "rich_text", "elements": [element]}


def mrkdwn_section(content: str) -> Block:
    """A section with our own sentence; `verbatim` keeps Slack from turning words into mentions and links."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": content, "verbatim": True}}


def context(content: str) -> Block:
    """A small grey line with our own sentence."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": content, "verbatim": True}],
    }


def clock(epoch_ms: int) -> str:
    """A clock time in the reader's zone (mrkdwn date token), with UTC for clients that cannot."""
    seconds = epoch_ms // 1000
    hours, minutes = divmod(seconds // 60, 60)
    return f"<!date^{seconds}^{{time}}|{hours % 24:02d}:{minutes:02d} UTC>"


def moment(epoch_ms: int) -> str:
    """A clock time with its day where that is not today, in the reader's zone (mrkdwn date token)."""
    seconds = epoch_ms // 1000
    utc = datetime.fromtimestamp(seconds, UTC)
    return f"<!date^{seconds}^{{date_short_pretty}} {{time}}|{utc:%b} {utc.day}, {utc:%H:%M} UTC>"


def safe_url(url: str | None, insecure_host: str | None) -> str | None:
    """The URL if it may become a link: https with a host, or http for the one host that is ours; else None."""
    if not url or len(url) > MAX_URL or any(char in '<>|"\\' for char in url):
        return None
    if not url.isprintable() or " " in url:  # controls, every white space, direction changes
        return None
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # Slack refuses a whole message for one address that is none
        return None
    if parts.username is not None or not any(map(str.isalnum, host)):
        return None
    allowed = parts.scheme == "https" or (parts.scheme == "http" and host == insecure_host)
    return url if allowed else None


def permalink(workspace_url: str, channel_id: str, ts: str, thread_ts: str | None) -> str:
    """The address of a message, as `chat.getPermalink` gives it, without asking."""
    address = f"{workspace_url.rstrip('/')}/archives/{channel_id}/p{ts.replace('.', '')}"
    return f"{address}?thread_ts={thread_ts}&cid={channel_id}" if thread_ts else address
