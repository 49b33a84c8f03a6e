"""chat.*: the app writes, edits and deletes messages.

Rules and error names: https://docs.slack.dev/reference/methods/chat.postMessage and its siblings.
"""

from dataclasses import replace
from typing import Any

from local.slack.access import (
    own_message,
    readable_channel,
    thread_root,
    visible_channel,
    writable_channel,
)
from local.slack.arguments import Arguments, JsonList, JsonObject
from local.slack.errors import ApiError
from local.slack.platform import Platform
from local.slack.posting import MAX_TEXT, accepted_blocks, accepted_text, bot_message
from local.slack.state import Channel, Message

MAX_UPDATED_TEXT = 4_000
MAX_MARKDOWN = 12_000
Json = dict[str, Any]


class Content(Arguments):
    """What every kind of message may carry."""

    channel: str
    text: str | None = None
    blocks: JsonList | None = None
    attachments: JsonList | None = None
    markdown_text: str | None = None
    thread_ts: str | None = None
    metadata: JsonObject | None = None


class PostMessage(Content):
    reply_broadcast: bool = False


class PostEphemeral(Content):
    user: str


class Update(Content):
    ts: str


class Pointer(Arguments):
    """One message."""

    channel: str
    ts: str


class Permalink(Arguments):
    channel: str
    message_ts: str


def post_message(platform: Platform, args: PostMessage) -> Json:
    channel = writable_channel(platform, args.channel)
    text, fields = _content(platform, args)
    thread_ts = thread_root(platform, channel, args.thread_ts)
    _keep_pace(platform, channel)
    message = platform.workspace.post(
        bot_message(
            platform, channel.id, text, thread_ts=thread_ts, metadata=args.metadata, **fields
        )
    )
    return _answer(platform, message) | _truncation(args)


def post_ephemeral(platform: Platform, args: PostEphemeral) -> Json:
    channel = writable_channel(platform, args.channel)
    if args.user not in channel.members:
        raise ApiError("user_not_in_channel")
    text, fields = _content(platform, args)
    thread_ts = thread_root(platform, channel, args.thread_ts)
    message = bot_message(
        platform, channel.id, text, thread_ts=thread_ts, ephemeral_for=args.user, **fields
    )
    return {"message_ts": platform.workspace.post(message).ts}


def update(platform: Platform, args: Update) -> Json:
    """Blocks replace blocks and leave no `edited` mark; text alone removes them and leaves one."""
    channel = visible_channel(platform, args.channel)
    if channel.is_archived:
        raise ApiError("is_inactive")
    message = own_message(platform, channel, args.ts, "cant_update_message")
    if len(args.text or "") > MAX_UPDATED_TEXT:
        raise ApiError("msg_too_long")
    text, fields = _content(platform, args)
    edited = {"user": message.user, "ts": platform.mint.ts()}
    changed = replace(
        message,
        text=text,
        edited=message.edited if fields["blocks"] else edited,
        metadata=args.metadata or message.metadata,
        **fields,
    )
    return _answer(platform, platform.workspace.change(changed)) | {"text": text}


def delete(platform: Platform, args: Pointer) -> Json:
    channel = visible_channel(platform, args.channel)
    platform.workspace.delete(own_message(platform, channel, args.ts, "cant_delete_message"))
    return {"channel": channel.id, "ts": args.ts}


def get_permalink(platform: Platform, args: Permalink) -> Json:
    channel = readable_channel(platform, args.channel)
    message = platform.workspace.message(channel.id, args.message_ts)
    if message is None or message.ephemeral_for:
        raise ApiError("message_not_found")
    link = f"{platform.address}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def _content(platform: Platform, args: Content) -> tuple[str, Json]:
    if args.markdown_text is not None:
        return _markdown(platform, args)
    text = accepted_text(args.text, args.blocks, args.attachments)
    blocks = accepted_blocks(platform, args.blocks)
    return text, {"blocks": blocks, "attachments": args.attachments or []}


def _markdown(platform: Platform, args: Content) -> tuple[str, Json]:
    text = args.markdown_text or ""
    if args.text or args.blocks:
        raise ApiError("markdown_text_conflict")
    if not text:
        raise ApiError("no_text")
    if len(text) > MAX_MARKDOWN:
        raise ApiError("msg_too_long")
    blocks = accepted_blocks(platform, [{"type": "markdown", "text": text}])
    return text, {"blocks": blocks, "attachments": args.attachments or []}


def _keep_pace(platform: Platform, channel: Channel) -> None:
    wait = platform.limits.retry_post_after(channel.id)
    if wait is not None:
        raise ApiError("ratelimited", status=429, headers={"Retry-After": str(wait)})


def _answer(platform: Platform, message: Message) -> Json:
    shown = platform.workspace.shown(message)
    return {"channel": message.channel, "ts": message.ts, "message": shown}


def _truncation(args: PostMessage) -> Json:
    if len(args.text or "") <= MAX_TEXT:
        return {}
    warning = "message_truncated"
    return {"warning": warning, "response_metadata": {"warnings": [warning]}}
