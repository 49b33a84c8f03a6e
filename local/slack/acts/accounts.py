"""What owners do to accounts: somebody joins; a member becomes a guest, who sees the channels they are in and no others."""

from dataclasses import replace
from typing import Any

from pydantic import Field

from local.slack.acts.people import ByPerson, colleague
from local.slack.errors import ActError
from local.slack.platform import Platform
from local.slack.state import User


class Account(ByPerson):
    """Whose account, and whether it is a guest's from now on."""

    guest: bool


async def account(platform: Platform, act: Account) -> dict[str, Any]:
    """Change an account; owners and bots are no guests."""
    user = colleague(platform, act.user)
    if act.guest and (user.is_owner or user.is_bot):
        raise ActError(f"{user.name} cannot be a guest.")
    platform.workspace.put_user(replace(user, guest=act.guest))
    return {"ok": True}


class Person(ByPerson):
    """The name of somebody new, whom a colleague invites."""

    name: str = Field(pattern=r"^[a-z][a-z0-9._-]{0,20}$")


async def joins(platform: Platform, act: Person) -> dict[str, Any]:
    """Somebody joins the workspace, and #general. Raises ActError where the name is taken."""
    colleague(platform, act.user)
    workspace = platform.workspace
    if any(user.name == act.name for user in workspace.users.values()):
        raise ActError(f"{act.name} is here already.")
    user = User(workspace.mint.id("U"), act.name, act.name.capitalize())
    workspace.put_user(user)
    general = next(each for each in workspace.channels.values() if each.name == "general")
    workspace.put_channel(replace(general, members=(*general.members, user.id)))
    return {"user": user.id}
