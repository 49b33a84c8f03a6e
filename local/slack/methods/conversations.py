"""conversations.*: channels and what was said in them.

Rules and error names: https://docs.slack.dev/reference/methods/conversations.info and siblings.
"""

from dataclasses import replace
from typing import Annotated, Any, TypeVar

from pydantic import Field

from local.slack.access import is_member, readable_channel, visible_channel
from local.slack.arguments import Arguments
from local.slack.errors import ApiError
from local.slack.platform import Platform
from local.slack.state import Channel, Message

Json = dict[str, Any]
Item = TypeVar("Item")
_KINDS = {"public_channel": "public", "private_channel": "private", "im": "im"}


class ChannelArgument(Arguments):
    channel: str


class Page(Arguments):
    """Pagination: `cursor` is an offset here, and opaque to the caller as in Slack."""

    cursor: str = ""
    limit: Annotated[int, Field(ge=0, le=1000)] = 100


class ListArguments(Page):
    types: str = "public_channel"
    exclude_archived: bool = False


class Members(Page):
    channel: str


class History(Page):
    channel: str
    oldest: str = "0"
    latest: str = "9999999999"
    inclusive: bool = False


class Replies(History):
    ts: str


class Open(Arguments):
    channel: str | None = None
    users: str | None = None
    return_im: bool = False


def list_channels(platform: Platform, args: ListArguments) -> Json:
    kinds = [_KINDS.get(name.strip()) for name in args.types.split(",") if name.strip() != "mpim"]
    if None in kinds:
        raise ApiError("invalid_types")
    found = [
        _shown(platform, channel)
        for channel in platform.workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind == "public" or is_member(platform, channel))
        and not (args.exclude_archived and channel.is_archived)
    ]
    return _page("channels", found, args)


def info(platform: Platform, args: ChannelArgument) -> Json:
    return {"channel": _shown(platform, visible_channel(platform, args.channel))}


def members(platform: Platform, args: Members) -> Json:
    return _page("members", list(visible_channel(platform, args.channel).members), args)


def join(platform: Platform, args: ChannelArgument) -> Json:
    channel = visible_channel(platform, args.channel)
    if channel.kind != "public":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise ApiError("is_archived")
    if is_member(platform, channel):
        warning = "already_in_channel"
        warned = {"warning": warning, "response_metadata": {"warnings": [warning]}}
        return {"channel": _shown(platform, channel)} | warned
    bot = platform.workspace.team.bot_user
    joined = platform.workspace.put_channel(replace(channel, members=(*channel.members, bot)))
    return {"channel": _shown(platform, joined)}


def open_channel(platform: Platform, args: Open) -> Json:
    if args.channel:
        return {"channel": {"id": visible_channel(platform, args.channel).id}}
    users = [user for user in (args.users or "").split(",") if user]
    if len(users) != 1:
        raise ApiError("too_many_users" if users else "users_list_not_supplied")
    user = platform.workspace.users.get(users[0])
    if user is None:
        raise ApiError("user_not_found")
    if user.is_bot:
        raise ApiError("cannot_dm_bot")
    channel = platform.workspace.direct(user.id, platform.workspace.team.bot_user)
    return {"channel": _shown(platform, channel) if args.return_im else {"id": channel.id}}


def history(platform: Platform, args: History) -> Json:
    channel = readable_channel(platform, args.channel)
    messages = platform.workspace.messages[channel.id].values()
    found = [m for m in messages if not m.is_reply and not m.ephemeral_for and _within(m, args)]
    return _messages(platform, found[::-1], args)


def replies(platform: Platform, args: Replies) -> Json:
    channel = readable_channel(platform, args.channel)
    parent = platform.workspace.message(channel.id, args.ts)
    if parent is None or parent.ephemeral_for:
        raise ApiError("thread_not_found")
    if parent.is_reply:  # asked for a reply, Slack shows just that one
        return _messages(platform, [parent], args)
    answers = platform.workspace.replies(channel.id, parent.ts)
    return _messages(platform, [parent, *(m for m in answers if _within(m, args))], args)


def _within(message: Message, args: History) -> bool:
    ts = float(message.ts)
    oldest, latest = float(args.oldest or 0), float(args.latest or 9999999999)
    return oldest < ts < latest or (args.inclusive and ts in (oldest, latest))


def _messages(platform: Platform, messages: list[Message], args: Page) -> Json:
    page = _page("messages", messages, args)
    page["messages"] = [platform.workspace.shown(message) for message in page["messages"]]
    return page | {"has_more": bool(page["response_metadata"]["next_cursor"])}


def _page(name: str, items: list[Item], args: Page) -> Json:
    if args.cursor and not args.cursor.isdigit():
        raise ApiError("invalid_cursor")
    start = int(args.cursor or 0)
    end = start + (args.limit or 100)
    cursor = str(end) if end < len(items) else ""
    return {name: items[start:end], "response_metadata": {"next_cursor": cursor}}


def _shown(platform: Platform, channel: Channel) -> Json:
    base: Json = {"id": channel.id, "created": channel.created, "is_archived": channel.is_archived}
    if channel.kind == "im":
        bot = platform.workspace.team.bot_user
        other = next((member for member in channel.members if member != bot), bot)
        return base | {"is_im": True, "is_channel": False, "user": other, "is_open": True}
    return base | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.kind == "private",
        "is_general": channel.name == "general",
        "is_member": is_member(platform, channel),
        "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }
