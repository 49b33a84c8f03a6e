"""The workspace as it stands: every change is kept on disk and told to the log in one step."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from local.slack import seed
from local.slack.changes import ChangeLog
from local.slack.file_objects import file_object
from local.slack.mint import Mint
from local.slack.records import Records
from local.slack.state import (
    Channel,
    File,
    Message,
    Sharing,
    Team,
    User,
    View,
    public_message,
    record,
)


class Workspace:
    """Users, channels, messages, files and views of one team. Knows no rule of the Web API."""

    def __init__(self, records: Records, changes: ChangeLog, mint: Mint, address: str) -> None:
        self._records = records
        self._changes = changes
        self._address = address
        self.mint = mint
        self.team: Team = seed.TEAM
        self.users: dict[str, User] = {user.id: user for user in seed.users()}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.views: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.sharings: dict[str, Sharing] = {}
        self._replies: dict[tuple[str, str], dict[str, None]] = {}
        self._load()

    def _load(self) -> None:
        for found in self._records.all("user"):
            self.users[found["id"]] = User(**found)
        stored = [_channel(found) for found in self._records.all("channel")]
        for channel in stored or list(seed.channels()):
            self.channels[channel.id] = channel
            self.messages[channel.id] = {}
            self._records.put("channel", channel.id, record(channel))
        messages = [Message(**found) for found in self._records.all("message")]
        for message in sorted(messages, key=lambda message: message.ts):
            self.mint.seen(message.ts)
            self._index(message)
        for found in self._records.all("view"):
            self.views[found["id"]] = View(**found)
        for found in self._records.all("file"):
            self.files[found["id"]] = File(**found)
        for found in self._records.all("sharing"):
            self.sharings[found["id"]] = Sharing(**found)

    # --- messages

    def _index(self, message: Message) -> None:
        self.messages[message.channel][message.ts] = message
        if message.is_reply and message.ephemeral_for is None:
            self._replies.setdefault((message.channel, message.root), {})[message.ts] = None

    def message(self, channel: str, ts: str) -> Message | None:
        """The message with this `ts`, an ephemeral one too."""
        return self.messages.get(channel, {}).get(ts)

    def replies(self, channel: str, ts: str) -> list[Message]:
        """The visible answers in the thread of `ts`, oldest first."""
        return [self.messages[channel][reply] for reply in self._replies.get((channel, ts), {})]

    def shown(self, message: Message) -> dict[str, Any]:
        """A message as JSON, with what is known about its thread, its files and its author."""
        replies = [] if message.is_reply else self.replies(message.channel, message.ts)
        author = self.users.get(message.user)
        shown = public_message(message, replies, (author and author.team) or self.team.id)
        if message.files:
            shown |= {"files": self._shown_files(message), "upload": False, "display_as_bot": False}
        if author and author.team:
            shown |= {"user_team": author.team, "source_team": author.team}
        return shown

    def post(self, message: Message) -> Message:
        """Add a message."""
        self._keep(message)
        kind = "ephemeral" if message.ephemeral_for else "message_posted"
        self._changes.add(kind, message=self.shown(message), channel=message.channel)
        return message

    def change(self, message: Message) -> Message:
        """Put a message in the place of the one with its `ts`."""
        before = self.messages[message.channel][message.ts]
        self._keep(message)
        self._changes.add(
            "message_changed",
            message=self.shown(message),
            previous_text=before.text,
            channel=message.channel,
        )
        return message

    def delete(self, message: Message) -> None:
        """Remove a message. A parent with answers leaves a tombstone, as in Slack."""
        if self.replies(message.channel, message.ts):
            self._keep(_tombstone(message))
        else:
            del self.messages[message.channel][message.ts]
            self._replies.get((message.channel, message.root), {}).pop(message.ts, None)
            self._records.drop("message", _key(message))
        self._changes.add("message_deleted", channel=message.channel, ts=message.ts)

    def react(self, message: Message, name: str, users: list[str], *, by: str) -> None:
        """Set who reacted with an emoji."""
        reactions = {**message.reactions, name: users}
        changed = replace(message, reactions={k: v for k, v in reactions.items() if v})
        self._keep(changed)
        self._changes.add(
            "reaction", channel=message.channel, ts=message.ts, name=name, users=users, user=by
        )

    def _keep(self, message: Message) -> None:
        self._index(message)
        self._records.put("message", _key(message), record(message))

    # --- files

    def put_file(self, file: File) -> File:
        """Add a file, or change what is known about it."""
        self.files[file.id] = file
        self._records.put("file", file.id, record(file))
        return file

    def shown_file(self, file: File) -> dict[str, Any]:
        """A file as JSON."""
        shares = (
            (self.channels[each.channel], each, self.replies(each.channel, each.ts))
            for each in self.carriers(file)
        )
        return file_object(file, self.team, self._address, shares)

    def carriers(self, file: File) -> list[Message]:
        """The messages that carry a file."""
        found = (self.message(channel, ts) for channel, each in file.shares.items() for ts in each)
        return [message for message in found if message is not None and message.files]

    def _shown_files(self, message: Message) -> list[dict[str, Any]]:
        return [
            self.shown_file(self.files[each["id"]]) if each.get("id") in self.files else each
            for each in message.files
        ]

    def share(self, messages: Iterable[Message], sharing: Sharing | None = None) -> None:
        """Post messages with files. What was planned is done with then: all of it or nothing."""
        with self._records.together():
            for message in messages:
                for each in message.files:
                    self._shared(each.get("id", ""), message)
                self.post(message)
            if sharing is not None:
                del self.sharings[sharing.id]
                self._records.drop("sharing", sharing.id)

    def _shared(self, file_id: str, message: Message) -> None:
        file = self.files.get(file_id)
        if file is not None:
            stamps = [*file.shares.get(message.channel, []), message.ts]
            self.put_file(replace(file, shares={**file.shares, message.channel: stamps}))

    def plan(self, sharing: Sharing) -> None:
        """Keep what is to be shared in a moment."""
        self.sharings[sharing.id] = sharing
        self._records.put("sharing", sharing.id, record(sharing))

    def delete_file(self, file: File) -> None:
        """Forget a file; the messages that carried it show that it is gone."""
        deleted = self.put_file(replace(file, stage="deleted"))
        for message in self.carriers(deleted):
            self.change(message)

    # --- people and channels

    def put_user(self, user: User) -> User:
        """Change what is known about somebody."""
        self.users[user.id] = user
        self._records.put("user", user.id, record(user))
        self._changes.add("user_changed", user=user.id, record=record(user))
        return user

    def put_channel(self, channel: Channel) -> Channel:
        """Add a channel, or change its members or its state."""
        self.channels[channel.id] = channel
        self.messages.setdefault(channel.id, {})
        self._records.put("channel", channel.id, record(channel))
        members = list(channel.members)
        self._changes.add(
            "channel_changed", channel=channel.id, members=members, record=record(channel)
        )
        return channel

    def direct_between(self, one: str, other: str) -> Channel | None:
        """The direct message between two users, if they have one."""
        channels = self.channels.values()
        return next(
            (c for c in channels if c.kind == "im" and set(c.members) == {one, other}), None
        )

    def direct(self, one: str, other: str) -> Channel:
        """The direct message between two users, opened when there was none."""
        existing = self.direct_between(one, other)
        return existing or self.put_channel(Channel(self.mint.id("D"), "", "im", (one, other)))

    # --- views

    def put_view(self, view: View, change: str) -> View:
        """Open, update or publish a view; `change` is the log's word for it."""
        self.views[view.id] = view
        self._records.put("view", view.id, record(view))
        self._changes.add(change, view=record(view), user=view.user)
        return view

    def close_views(self, views: Iterable[View]) -> None:
        """Close modals, the upper ones first."""
        for view in reversed(list(views)):
            del self.views[view.id]
            self._records.drop("view", view.id)
            self._changes.add("view_closed", view_id=view.id, user=view.user)

    def stack(self, user: str) -> list[View]:
        """The modals a user has open, the visible one last."""
        modals = {v.previous_view_id: v for v in self.views.values() if _is_modal_of(v, user)}
        stack: list[View] = []
        while (above := modals.get(stack[-1].id if stack else None)) is not None:
            stack.append(above)
        return stack

    def home(self, user: str) -> View | None:
        """The Home tab as published to a user."""
        views = self.views.values()
        return next((v for v in views if v.type == "home" and v.user == user), None)


def _is_modal_of(view: View, user: str) -> bool:
    return view.type == "modal" and view.user == user


def _key(message: Message) -> str:
    return f"{message.channel}/{message.ts}"


def _channel(found: dict[str, Any]) -> Channel:
    tuples = {name: tuple(found.get(name, ())) for name in ("members", "shared_with")}
    return Channel(**{**found, **tuples})


def _tombstone(message: Message) -> Message:
    return Message(
        message.channel,
        message.ts,
        seed.SLACKBOT,
        "This message was deleted.",
        subtype="tombstone",
        thread_ts=message.ts,
    )
