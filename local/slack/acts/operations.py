"""What happens around the app: membership, archiving, and failures on order."""

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, Field

from local.slack.acts.people import any_channel
from local.slack.errors import ActError
from local.slack.faults import NOT_METHODS, Fault
from local.slack.methods import METHODS
from local.slack.platform import Platform

Json = dict[str, Any]
__all__ = ["Archive", "ClearFaults", "Disconnect", "Fault", "LoseAck", "Membership"]


class Membership(BaseModel, extra="forbid"):
    """The app's bot user joins or leaves."""

    channel: str
    join: bool


class Archive(BaseModel, extra="forbid"):
    """Archives a channel, or brings it back."""

    channel: str
    archived: bool = True


class Disconnect(BaseModel, extra="forbid"):
    """Slack's reasons for a reconnect, or `abort`: the connection breaks without a word."""

    reason: Literal[
        "warning", "refresh_requested", "link_disabled", "too_many_websockets", "abort"
    ] = "warning"


class ClearFaults(BaseModel, extra="forbid"):
    """Takes back what `fault` ordered for a method; without one also what `lose_ack` did."""

    method: str | None = None


class LoseAck(BaseModel, extra="forbid"):
    """The next `times` acks get lost on their way."""

    times: int = Field(default=1, ge=0)


async def member(platform: Platform, act: Membership) -> Json:
    channel = any_channel(platform, act.channel)
    bot = platform.workspace.team.bot_user
    others = tuple(member for member in channel.members if member != bot)
    platform.workspace.put_channel(replace(channel, members=(*others, bot) if act.join else others))
    return {"ok": True}


async def archive(platform: Platform, act: Archive) -> Json:
    channel = any_channel(platform, act.channel)
    platform.workspace.put_channel(replace(channel, is_archived=act.archived))
    return {"ok": True}


async def fault(platform: Platform, act: Fault) -> Json:
    if act.method not in (*METHODS, *NOT_METHODS):
        others = ", ".join(NOT_METHODS)
        raise ActError(f"There is no method {act.method}; what else can fail: {others}.")
    platform.faults.order(act)
    return {"ok": True, "armed": platform.faults.armed()}


async def clear_faults(platform: Platform, act: ClearFaults) -> Json:
    platform.faults.clear(act.method)
    return {"ok": True, "armed": platform.faults.armed()}


async def disconnect(platform: Platform, act: Disconnect) -> Json:
    sockets = platform.sockets
    count = sockets.abort() if act.reason == "abort" else await sockets.disconnect(act.reason)
    return {"ok": True, "sockets": count}


async def lose_ack(platform: Platform, act: LoseAck) -> Json:
    platform.faults.lose_acks(act.times)
    return {"ok": True, "armed": platform.faults.armed()}
