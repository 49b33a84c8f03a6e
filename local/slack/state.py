"""What a workspace consists of: users, channels, messages, files and views, as data."""

from dataclasses import dataclass, field, fields
from typing import Any, Literal

Blocks = list[dict[str, Any]]
ChannelKind = Literal["public", "private", "im"]


@dataclass(frozen=True, slots=True)
class Team:
    """The workspace and the one app installed in it."""

    id: str
    name: str
    domain: str
    app_id: str
    app_name: str
    bot_id: str
    bot_user: str


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the bot user of the app. `team` is set for somebody of another workspace, `guest` for one who sees
    the channels that they are in and no others.
    """

    id: str
    name: str
    real_name: str
    is_owner: bool = False
    is_bot: bool = False
    tz: str = "Europe/Berlin"
    team: str | None = None
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A public or private channel, or a direct message between two users (`im`).

    `shared_with` are the other workspaces of a Slack Connect channel.
    """

    id: str
    name: str
    kind: ChannelKind
    members: tuple[str, ...]
    is_archived: bool = False
    created: int = 0
    is_read_only: bool = False
    shared_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `ephemeral_for` is the only user who sees it; `edited` is Slack's own pair.

    `files` names the workspace's own files by `id` alone; any other file object stays as it is.
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: Blocks = field(default_factory=list)
    attachments: Blocks = field(default_factory=list)
    files: Blocks = field(default_factory=list)
    thread_ts: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    subtype: str | None = None
    edited: dict[str, str] | None = None
    ephemeral_for: str | None = None
    metadata: dict[str, Any] | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The `ts` of the thread it belongs to or would start."""
        return self.thread_ts or self.ts

    @property
    def is_reply(self) -> bool:
        """Whether it answers in somebody else's thread."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True)
class File:
    """A file: `awaited` until its octets are there, `stored` until its upload is completed.

    `ticket` is the secret of its upload URL, `size` in octets, `shares` maps a channel to the
    `ts` of the messages that carry it.
    """

    id: str
    ticket: str
    name: str
    title: str
    user: str
    size: int
    created: int
    alt_txt: str = ""
    stage: Literal["awaited", "stored", "complete", "deleted"] = "awaited"
    shares: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sharing:
    """A completed upload whose message is still to come, since Slack looks at the files first."""

    id: str
    files: list[str]
    channels: list[str]
    text: str
    blocks: Blocks
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A modal or a Home tab. `definition` is what the app sent, with block ids filled in."""

    id: str
    user: str
    type: Literal["modal", "home"]
    definition: dict[str, Any]
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)


def record(thing: Team | User | Channel | Message | File | Sharing | View) -> dict[str, Any]:
    """A plain JSON form that the constructor takes back. Shallow: nothing here is ever mutated."""
    return {each.name: getattr(thing, each.name) for each in fields(thing)}


def public_message(message: Message, replies: list[Message], team: str) -> dict[str, Any]:
    """A message as Slack's APIs show it, plus `channel` and `ephemeral_for`; absent means unset."""
    shown: dict[str, Any] = {"type": "message", "team": team}
    shown |= {
        name: value
        for name, value in record(message).items()
        if name in {"text", "blocks"} or value not in (None, [], {})
    }
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "users": users, "count": len(users)}
            for name, users in message.reactions.items()
        ]
    if replies:
        authors = list(dict.fromkeys(reply.user for reply in replies))
        shown |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": authors,
            "reply_users_count": len(authors),
            "latest_reply": replies[-1].ts,
        }
    return shown
