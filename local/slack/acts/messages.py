"""What people write."""

from typing import Any

from local.slack.acts.people import InChannel, names, person, writable_place
from local.slack.blockkit.check import check_message
from local.slack.blockkit.completion import completed
from local.slack.errors import ActError
from local.slack.events import announce
from local.slack.mrkdwn import as_rich_text, as_text, pieces
from local.slack.platform import Platform
from local.slack.state import Blocks, Channel, Message, User


class Post(InChannel):
    """`text` is as typed: links and mentions become tokens. `<url|label>` makes a labelled link.

    With `blocks` the text is kept as it is. `files` are file objects of elsewhere, such as a
    Google Drive's, or ids of files that are here already (`{"id": ...}`).
    """

    text: str = ""
    thread_ts: str | None = None
    blocks: Blocks | None = None
    attachments: Blocks | None = None
    files: Blocks | None = None


async def message(platform: Platform, act: Post) -> dict[str, Any]:
    """Write a message in a channel or a thread."""
    user = person(platform, act.user)
    channel = writable_place(platform, act.channel, user)
    if not (act.text.strip() or act.blocks or act.files):
        raise ActError("An empty message cannot be sent.")
    composed = _composed(platform, user, channel, act)
    platform.workspace.share([composed])
    announce(platform, composed)
    shown = platform.workspace.shown(composed)
    return {"ok": True, "channel": channel.id, "ts": composed.ts, "message": shown}


def _composed(platform: Platform, user: User, channel: Channel, act: Post) -> Message:
    text, blocks = _typed(platform, act) if act.blocks is None else (act.text, act.blocks)
    problems = check_message(blocks)
    if problems:
        raise ActError(problems[0].sentence())
    return Message(
        channel.id,
        platform.mint.ts(),
        user.id,
        text,
        completed(blocks, platform.mint),
        act.attachments or [],
        act.files or [],
        thread_ts=thread_of(platform, channel, act.thread_ts),
    )


def _typed(platform: Platform, act: Post) -> tuple[str, Blocks]:
    parts = list(pieces(act.text, *names(platform)))
    return as_text(parts), as_rich_text(parts)


def thread_of(platform: Platform, channel: Channel, thread_ts: str | None) -> str | None:
    """The thread a message with this `ts` is in. Raises ActError."""
    if thread_ts is None:
        return None
    parent = platform.workspace.message(channel.id, thread_ts)
    if parent is None or parent.ephemeral_for:
        raise ActError(f"There is no message {thread_ts} to answer.")
    return parent.root
