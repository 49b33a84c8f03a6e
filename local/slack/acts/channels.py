"""What owners do to channels: open one, close it to others, make it read-only, share it."""

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, Field

from local.slack.acts.people import find_channel, person
from local.slack.errors import ActError
from local.slack.platform import Platform
from local.slack.state import Channel


class ChannelSettings(BaseModel, extra="forbid"):
    """What is left out stays as it is. A channel that is not there yet is opened.

    `members` are people by id or name, everybody of the workspace in a new channel; `reel` is
    the app. `shared` brings a guest of another workspace in (Slack Connect), or sends them away.
    """

    channel: str = Field(pattern=r"^#?[A-Za-z0-9_-]{1,80}$")
    kind: Literal["public", "private"] | None = None
    read_only: bool | None = None
    shared: bool | None = None
    members: list[str] | None = None


async def channel(platform: Platform, act: ChannelSettings) -> dict[str, Any]:
    """Open or change a channel."""
    found = find_channel(platform, act.channel) or _new(platform, act.channel)
    if found.kind == "im":
        raise ActError(f"{act.channel} is a direct message; those stay as they are.")
    changed = replace(
        found,
        kind=act.kind or found.kind,
        is_read_only=found.is_read_only if act.read_only is None else act.read_only,
        members=_members(platform, found, act.members),
    )
    if act.shared is not None:
        changed = _shared(platform, changed, act.shared)
    platform.workspace.put_channel(changed)
    return {"ok": True, "channel": changed.id}


def _new(platform: Platform, name: str) -> Channel:
    users = platform.workspace.users.values()
    people = tuple(user.id for user in users if not (user.is_bot or user.team))
    channel_id, created = platform.mint.id("C"), int(platform.clock())
    return Channel(channel_id, name.removeprefix("#"), "public", people, created=created)


def _members(platform: Platform, channel: Channel, wanted: list[str] | None) -> tuple[str, ...]:
    if wanted is None:
        return channel.members
    return tuple(dict.fromkeys(person(platform, each).id for each in wanted))


def _shared(platform: Platform, channel: Channel, shared: bool) -> Channel:
    """Everybody who is known of the other workspace comes and goes with the connection."""
    guests = [user for user in platform.workspace.users.values() if user.team]
    teams = tuple(dict.fromkeys(user.team for user in guests if user.team))
    others = tuple(each for each in channel.members if each not in {user.id for user in guests})
    if not shared:
        return replace(channel, shared_with=(), members=others)
    return replace(channel, shared_with=teams, members=(*others, *(user.id for user in guests)))
