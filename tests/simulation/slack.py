"""The world's workspace: channels, messages with their history, and what Slack answers to each method. No I/O."""

import json
from dataclasses import dataclass, field
from typing import Any

from local.slack.blockkit.check import check_message
from tests.simulation.chance import Chance
from tests.simulation.clock import Clock
from tests.simulation.slack_files import Files

Content = dict[str, Any]
Answer = dict[str, Any]

BOT = "UBOT"
GUESTS = {"UBOB": ("CONE", "CTWO")}
"""Who sees the channels that they are in and no others, and which these are."""


@dataclass(slots=True)
class Channel:
    """Where people ask."""

    id: str
    member: bool = True
    public: bool = True
    archived_at: float | None = None


@dataclass(slots=True)
class Message:
    """One message of the app's, with every picture it ever showed: (second, content)."""

    channel: str
    ts: str
    thread_ts: str | None
    pictures: list[tuple[float, Content]]
    deleted_at: float | None = None
    #: Slack will not edit it from this second on.
    closed_at: float | None = None

    @property
    def newest(self) -> Content:
        """What it shows now."""
        return self.pictures[-1][1]

    def mentioned(self) -> list[str]:
        """The people that it mentions."""
        return mentions(self.newest)

    @property
    def title(self) -> str:
        """The title of a card; "" for other messages."""
        return title_of(self.newest)


def title_of(content: Content) -> str:
    """The plan's title, or the bold first words where the plan was refused; "" for what is no card."""
    for block in content.get("blocks") or []:
        if block["type"] == "plan":
            return str(block["title"])
    first = next(iter(_elements(content)), {})
    return str(first["text"]) if first.get("style") == {"bold": True} else ""


def links_of(content: Content) -> list[str]:
    """The addresses that a message links in rich text."""
    return [element["url"] for element in _elements(content) if element["type"] == "link"]


def mentions(content: Content) -> list[str]:
    """The people that a message mentions in rich text."""
    return [element["user_id"] for element in _elements(content) if element["type"] == "user"]


def _elements(content: Content) -> list[dict[str, Any]]:
    return [
        element
        for block in content.get("blocks") or []
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
    ]


@dataclass(slots=True)
class Slack:
    """The workspace."""

    clock: Clock
    chance: Chance
    channels: dict[str, Channel]
    refuses_plans: bool = False
    #: From when until when the app is not installed.
    removed: tuple[float, float] | None = None
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    #: What each response_url brought.
    whispers: dict[str, list[Content]] = field(default_factory=dict)
    #: response_urls whose answer was lost on the way.
    unheard: set[str] = field(default_factory=set)
    #: What Slack would refuse of blocks and texts: faults of the app.
    refused_content: list[str] = field(default_factory=list)
    #: The modals that were opened, by trigger_id.
    views: dict[str, Content] = field(default_factory=dict)
    files: Files = field(init=False)
    _number: int = 0
    _used: set[str] = field(default_factory=set)
    _checked: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.files = Files(self.clock, self.chance)

    def call(self, method: str, arguments: Content) -> Answer:
        """Do what a method does; its answer."""
        for late in self.files.landed():
            self._complete(late)
        if self.is_removed():
            return _no("account_inactive")
        methods = {
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.open": _opened,
            "conversations.info": self._channel,
            "users.info": _user,
            "users.conversations": _channels_of,
            "views.open": self._open,
            "files.getUploadURLExternal": self.files.begin,
            "files.completeUploadExternal": self._complete,
            "files.info": self.files.info,
        }
        return methods[method](arguments)

    def _channel(self, arguments: Content) -> Answer:
        place = self.channels.get(arguments["channel"])
        if place is None or not (place.public or place.member):
            return _no("channel_not_found")
        shared = {"is_shared": False, "is_ext_shared": False}
        kind = {"is_channel": True, "is_private": not place.public, **shared}
        return {"ok": True, "channel": {"id": place.id, **kind}}

    def _complete(self, arguments: Content) -> Answer:
        refusal = self._refusal(str(arguments["channel_id"]))
        return _no(refusal) if refusal else self.files.complete(arguments)

    def write(self, channel: str, message: Content) -> None:
        """Somebody's message, in whose thread the app may be asked to answer."""
        key = (channel, str(message["ts"]))
        self.messages.setdefault(key, Message(*key, None, [(self.clock.seconds, message)]))

    def whisper(self, url: str, content: Content) -> int:
        """An answer through a response_url: five times within thirty minutes. The HTTP status."""
        kept = self.whispers.setdefault(url, [])
        asked = float(url.rsplit("/", 1)[1])
        if len(kept) >= 5 or self.clock.seconds - asked > 1800:
            return 404
        kept.append(content)
        return 200

    def is_removed(self) -> bool:
        """Whether the app is not installed now."""
        return self.removed is not None and self.removed[0] <= self.clock.seconds < self.removed[1]

    def _open(self, arguments: Content) -> Answer:
        view, trigger = arguments["view"], arguments["trigger_id"]
        if trigger in self._used:
            return _no("exchanged_trigger_id")
        self._used.add(trigger)
        self.views[trigger] = json.loads(view) if isinstance(view, str) else view
        return {"ok": True, "view": {"id": "V"}}

    def _post(self, arguments: Content) -> Answer:
        channel = str(arguments["channel"])
        if channel.startswith("U"):
            channel = f"D{channel[1:]}"
        if refusal := self._refusal(channel) or self._content(arguments):
            return _no(refusal)
        self._number += 1
        ts = f"{int(self.clock.true_ms() / 1000)}.{self._number:06d}"
        message = Message(
            channel, ts, arguments.get("thread_ts"), [(self.clock.seconds, arguments)]
        )
        if self.chance.hits("slack.edit window closes"):
            message.closed_at = self.clock.seconds + self.chance.random.uniform(0, 900)
        if self.chance.hits("slack.message deleted"):
            message.deleted_at = self.clock.seconds + self.chance.random.uniform(0, 1800)
        self.messages[channel, ts] = message
        shown = title_of(arguments) or str(arguments["text"])[:50]
        self.chance.trace.add("slack", f"{channel} {ts} post: {shown}")
        return {"ok": True, "ts": ts, "channel": channel}

    def _update(self, arguments: Content) -> Answer:
        now = self.clock.seconds
        message = self.messages.get((arguments["channel"], arguments["ts"]))
        if refusal := self._refusal(arguments["channel"]):
            return _no(refusal)
        if message is None or (message.deleted_at is not None and message.deleted_at <= now):
            return _no("message_not_found")
        if message.closed_at is not None and message.closed_at <= now:
            return _no("edit_window_closed")
        if refusal := self._content(arguments):
            return _no(refusal)
        message.pictures.append((now, arguments))
        self.chance.trace.add("slack", f"{message.channel} {message.ts} edit: {message.title}")
        return {"ok": True, "ts": message.ts, "channel": message.channel}

    def _refusal(self, channel: str) -> str | None:
        if channel.startswith("D"):
            return None
        place = self.channels.get(channel)
        if place is None:
            return "channel_not_found"
        if place.archived_at is not None and place.archived_at <= self.clock.seconds:
            return "is_archived"
        return None if place.member else "not_in_channel"

    def _content(self, arguments: Content) -> str | None:
        blocks = arguments.get("blocks") or []
        if len(str(arguments.get("text") or "")) > 4000:
            self.refused_content.append("a text above 4,000 characters")
            return "msg_too_long"
        self._check(arguments, blocks)
        if self.refuses_plans and any(block["type"] == "plan" for block in blocks):
            return "invalid_blocks"
        return None

    def _check(self, arguments: Content, blocks: list[Content]) -> None:
        # Once for each title: the whole check of each picture would cost more than all the rest.
        shape = (title_of(arguments), len(blocks))
        if shape not in self._checked:
            self._checked.add(shape)
            self.refused_content += [str(problem) for problem in check_message(blocks)]

    def visible(self, message: Message) -> bool:
        """Whether people can read it."""
        return message.deleted_at is None or message.deleted_at > self.clock.seconds

    def editable(self, message: Message) -> bool:
        """Whether the app can edit it now."""
        closed = message.closed_at is not None and message.closed_at <= self.clock.seconds
        return self.visible(message) and not closed and self.reachable(message.channel)

    def reachable(self, channel: str) -> bool:
        """Whether the app can post there now."""
        return not self.is_removed() and self._refusal(channel) is None


def _opened(arguments: Content) -> Answer:
    return {"ok": True, "channel": {"id": f"D{arguments['users'][1:]}"}}


def _user(arguments: Content) -> Answer:
    guest = {"is_restricted": arguments["user"] in GUESTS, "is_ultra_restricted": False}
    return {"ok": True, "user": {"id": arguments["user"], "team_id": "T1", **guest}}


def _channels_of(arguments: Content) -> Answer:
    return {"ok": True, "channels": [{"id": name} for name in GUESTS.get(arguments["user"], ())]}


def _no(code: str) -> Answer:
    return {"ok": False, "error": code}
