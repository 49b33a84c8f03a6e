"""The app's own messages: what Slack refuses, and what it makes of the rest."""

from collections.abc import Iterable
from typing import Any

from local.slack.blockkit.check import check_message
from local.slack.blockkit.completion import completed
from local.slack.blockkit.problems import Problem
from local.slack.errors import ApiError
from local.slack.platform import Platform
from local.slack.state import Blocks, Message

MAX_TEXT = 40_000
MAX_ATTACHMENTS = 100


def refuse_blocks(problems: Iterable[Problem], code: str = "invalid_blocks") -> None:
    """Raise ApiError when there are problems; they travel as `errors` with JSON pointers."""
    sentences = [problem.sentence() for problem in problems]
    if sentences:
        raise ApiError(
            code,
            details={"errors": sentences},
            messages=[f"[ERROR] {sentence}" for sentence in sentences],
        )


def accepted_blocks(platform: Platform, blocks: Any) -> Blocks:
    """The blocks as Slack keeps them. Raises ApiError."""
    if not blocks:
        return []
    refuse_blocks(check_message(blocks))
    return completed(blocks, platform.mint)


def accepted_text(text: str | None, blocks: Any, attachments: Any) -> str:
    """The text of a message, cut at 40,000 characters. Raises ApiError when there is nothing."""
    if not (text or blocks or attachments):
        raise ApiError("no_text")
    if isinstance(attachments, list) and len(attachments) > MAX_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    return (text or "")[:MAX_TEXT]


def bot_message(
    platform: Platform,
    channel: str,
    text: str,
    blocks: Blocks,
    *,
    attachments: Blocks | None = None,
    files: Blocks | None = None,
    thread_ts: str | None = None,
    ephemeral_for: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> Message:
    """A message written by the app, not yet posted."""
    team = platform.workspace.team
    return Message(
        channel,
        platform.mint.ts(),
        team.bot_user,
        text,
        blocks,
        attachments or [],
        files or [],
        thread_ts=thread_ts,
        bot_id=team.bot_id,
        app_id=team.app_id,
        ephemeral_for=ephemeral_for,
        metadata=metadata,
    )
