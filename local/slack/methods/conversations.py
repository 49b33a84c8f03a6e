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
_NOTHING_DONE = {"no_op": True, "already_open": True}
_SCOPES = {"public": "channels:read", "private": "groups:read", "im": "im:read"}
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


class OfUser(ListArguments):
    user: str | None = None


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
    prevent_creation: bool = False


def list_channels(platform: Platform, args: ListArguments) -> Json:
    found = [
        _shown(platform, channel)
        for channel in _of_kinds(platform, args)
        if channel.kind == "public" or is_member(platform, channel)
    ]
    return _page("channels", found, args)


def of_user(platform: Platform, args: OfUser) -> Json:
    """`users.conversations`: where somebody is a member; of what is not public only where the app is, too."""
    user = args.user or platform.workspace.team.bot_user
    if user not in platform.workspace.users:
        raise ApiError("user_not_found")
    found = [
        _shown(platform, channel)
        for channel in _of_kinds(platform, args)
        if user in channel.members and (channel.kind == "public" or is_member(platform, channel))
    ]
    return _page("channels", found, args)


def _of_kinds(platform: Platform, args: ListArguments) -> list[Channel]:
    kinds = [_KINDS.get(name.strip()) for name in args.types.split(",") if name.strip() != "mpim"]
    if None in kinds:
        raise ApiError("invalid_types")
    return [
        channel
        for channel in platform.workspace.channels.values()
        if channel.kind in kinds and not (args.exclude_archived and channel.is_archived)
    ]


def info(platform: Platform, args: ChannelArgument) -> Json:
    """Each kind of conversation has a scope of its own.

    Source: https://docs.slack.dev/apis/web-api/using-the-conversations-api
    """
    channel = visible_channel(platform, args.channel)
    needed, provided = _SCOPES[channel.kind], platform.settings.scopes
    if needed not in provided:
        details = {"needed": needed, "provided": ",".join(provided)}
        raise ApiError("missing_scope", details=details)
    return {"channel": _shown(platform, channel)}


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
    """Only direct messages with one person; those with several are not part of this workspace."""
    if args.channel:
        return _opened(platform, visible_channel(platform, args.channel), args) | _NOTHING_DONE
    users = [user for user in (args.users or "").split(",") if user]
    if len(users) != 1:
        raise ApiError("too_many_users" if users else "users_list_not_supplied")
    user = platform.workspace.users.get(users[0])
    if user is None:
        raise ApiError("user_not_found")
    if user.is_bot:
        raise ApiError("cannot_dm_bot")
    bot = platform.workspace.team.bot_user
    existing = platform.workspace.direct_between(user.id, bot)
    if existing is None and args.prevent_creation:
        raise ApiError("channel_not_found")
    opened = _opened(platform, existing or platform.workspace.direct(user.id, bot), args)
    return opened | _NOTHING_DONE if existing else opened


def _opened(platform: Platform, channel: Channel, args: Open) -> Json:
    if channel.kind != "im":
        raise ApiError("method_not_supported_for_channel_type")
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
    """A conversation object: https://docs.slack.dev/reference/objects/conversation-object"""
    if channel.kind == "im":
        return _shared(platform, channel) | _direct(platform, channel)
    return _shared(platform, channel) | {
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


def _direct(platform: Platform, channel: Channel) -> Json:
    bot = platform.workspace.team.bot_user
    other = next((member for member in channel.members if member != bot), bot)
    return {"is_im": True, "is_channel": False, "user": other, "is_open": True}


def _shared(platform: Platform, channel: Channel) -> Json:
    """What every kind of conversation says: who shares it, and whether it is still in use."""
    team = platform.workspace.team.id
    shared = bool(channel.shared_with)
    return {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_frozen": False,
        "is_shared": shared,
        "is_ext_shared": shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "context_team_id": team,
        "shared_team_ids": [team, *channel.shared_with],
        "is_read_only": channel.is_read_only,
    }
