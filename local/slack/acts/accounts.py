"""What owners do to accounts: a member becomes a guest, who sees the channels that they are in and no others."""

from dataclasses import replace
from typing import Any

from local.slack.acts.people import ByPerson, colleague
from local.slack.errors import ActError
from local.slack.platform import Platform


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
