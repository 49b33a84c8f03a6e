"""Which channels the app may see and write to, with the error Slack gives where it may not."""

from local.slack.errors import ApiError
from local.slack.platform import Platform
from local.slack.state import Channel, File, Message

PUBLIC_POSTING = "chat:write.public"


def is_member(platform: Platform, channel: Channel) -> bool:
    """Whether the bot user is in the channel."""
    return platform.workspace.team.bot_user in channel.members


def visible_channel(platform: Platform, reference: str) -> Channel:
    """The channel with this id. One that is private to others does not exist for the app."""
    channel = platform.workspace.channels.get(reference)
    if channel is None or (channel.kind != "public" and not is_member(platform, channel)):
        raise ApiError("channel_not_found")
    return channel


def readable_channel(platform: Platform, reference: str) -> Channel:
    """A channel whose messages the app may read."""
    channel = visible_channel(platform, reference)
    if not is_member(platform, channel):
        raise ApiError("not_in_channel")
    return channel


def writable_channel(platform: Platform, reference: str) -> Channel:
    """A channel the app may post to: by id, by name, or by the user to write to."""
    channel = visible_channel(platform, _channel_id(platform, reference))
    if channel.is_archived:
        raise ApiError("is_archived")
    if not is_member(platform, channel) and PUBLIC_POSTING not in platform.settings.scopes:
        raise ApiError("not_in_channel")
    if channel.is_read_only:
        raise ApiError("restricted_action_read_only_channel")
    if channel.kind == "im" and platform.settings.messages_tab == "off":
        raise ApiError("messages_tab_disabled")
    return channel


def postable_channel(platform: Platform, channel_id: str) -> Channel:
    """A channel the app may share files in. Here chat:write.public is not enough.

    Error names: reference of files.completeUploadExternal; `is_archived` as everywhere.
    """
    channel = visible_channel(platform, channel_id)
    if channel.is_archived:
        raise ApiError("is_archived")
    if not is_member(platform, channel):
        raise ApiError("not_in_channel")
    if channel.is_read_only:
        raise ApiError("posting_to_channel_denied")
    return channel


def can_see_file(platform: Platform, file: File) -> bool:
    """Whether the app may see a file: its own, or one in a channel it is in."""
    channels = (platform.workspace.channels[channel] for channel in file.shares)
    own = file.user == platform.workspace.team.bot_user
    return own or any(is_member(platform, channel) for channel in channels)


def _channel_id(platform: Platform, reference: str) -> str:
    workspace = platform.workspace
    if reference in workspace.users:
        if workspace.users[reference].is_bot:
            raise ApiError("cannot_dm_bot")
        return workspace.direct(reference, workspace.team.bot_user).id
    name = reference.removeprefix("#")
    named = (c.id for c in workspace.channels.values() if c.name and c.name == name)
    return next(named, reference)


def own_message(platform: Platform, channel: Channel, ts: str, refusal: str) -> Message:
    """The app's message with this `ts`; somebody else's is refused with `refusal`."""
    message = platform.workspace.message(channel.id, ts)
    if message is None or message.ephemeral_for or message.subtype == "tombstone":
        raise ApiError("message_not_found")
    if message.app_id != platform.workspace.team.app_id:
        raise ApiError(refusal)
    return message


def thread_root(platform: Platform, channel: Channel, thread_ts: str | None) -> str | None:
    """A `thread_ts` that can be answered: a message's own `ts`, not that of a reply.

    The reference of chat.postMessage names no error for this; live reports name this one.
    """
    if not thread_ts:
        return None
    parent = platform.workspace.message(channel.id, thread_ts)
    if parent is None or parent.ephemeral_for or parent.is_reply:
        raise ApiError("invalid_thread_ts")
    if parent.subtype == "tombstone":
        raise ApiError("cannot_reply_to_message")
    return thread_ts
