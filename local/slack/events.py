"""What the app hears of what people write: the events it subscribed to.

Reference: https://docs.slack.dev/reference/events/app_mention and message.im
"""

import uuid
from collections.abc import Iterator
from typing import Any

from local.slack.access import is_member
from local.slack.payloads import event, inner_message
from local.slack.platform import Platform
from local.slack.state import Channel, Message

Json = dict[str, Any]
_MESSAGE_EVENTS = {"im": "message.im", "public": "message.channels", "private": "message.groups"}
_CHANNEL_TYPES = {"im": "im", "public": "channel", "private": "group"}


def announce(platform: Platform, message: Message) -> None:
    """Tell the app, in the background, of what a person wrote where the app is a member."""
    channel = platform.workspace.channels[message.channel]
    if not is_member(platform, channel):
        return
    for inner in _events(platform, channel, message):
        payload = event(platform, inner, channel)
        platform.background.start(platform.deliveries.deliver_event(payload))


def _events(platform: Platform, channel: Channel, message: Message) -> Iterator[Json]:
    """A mention in a direct message is a message there and nothing else."""
    subscribed = platform.settings.bot_events
    shown = _pushed(platform, channel, message)
    bot = platform.workspace.team.bot_user
    if channel.kind != "im" and "app_mention" in subscribed and _mentions(message, bot):
        yield shown | {"type": "app_mention"}
    if _MESSAGE_EVENTS[channel.kind] in subscribed:
        subtype = {"subtype": "file_share"} if message.files else {}
        yield shown | subtype | {"channel_type": _CHANNEL_TYPES[channel.kind]}


def _pushed(platform: Platform, channel: Channel, message: Message) -> Json:
    shown = inner_message(platform, message) | {
        "client_msg_id": str(uuid.uuid4()),
        "channel": channel.id,
        "event_ts": message.ts,
    }
    parent = platform.workspace.message(channel.id, message.root)
    if message.is_reply and parent is not None:
        shown["parent_user_id"] = parent.user
    if channel.shared_with and message.files:
        shown["files"] = [_unseen(file["id"]) for file in shown["files"]]
    return shown


def _unseen(file_id: str) -> Json:
    """A file of a Slack Connect channel, as events carry it: files.info tells the rest."""
    return {
        "id": file_id,
        "created": 0,
        "timestamp": 0,
        "user": "",
        "file_access": "check_file_info",
    }


def _mentions(message: Message, user: str) -> bool:
    return f"<@{user}>" in message.text or _mentioned(message.blocks, user)


def _mentioned(part: Any, user: str) -> bool:
    """Whether rich text mentions somebody, at any depth."""
    if isinstance(part, list):
        return any(_mentioned(each, user) for each in part)
    if not isinstance(part, dict):
        return False
    if part.get("type") == "user" and part.get("user_id") == user:
        return True
    return _mentioned(part.get("elements"), user)
