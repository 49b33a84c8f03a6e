"""auth.*, apps.*, team.*, users.* and reactions.*: who is who, and the smaller verbs."""

from typing import Any

from local.slack.access import readable_channel
from local.slack.arguments import Arguments, NoArguments
from local.slack.errors import ApiError
from local.slack.platform import Platform
from local.slack.state import Message, User

Json = dict[str, Any]


class UserArgument(Arguments):
    user: str


class Reaction(Arguments):
    channel: str
    timestamp: str
    name: str


def auth_test(platform: Platform, _args: NoArguments) -> Json:
    team = platform.workspace.team
    return {
        "url": f"{platform.address}/",
        "team": team.name,
        "user": platform.workspace.users[team.bot_user].name,
        "team_id": team.id,
        "user_id": team.bot_user,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


def open_connection(platform: Platform, _args: NoArguments) -> Json:
    host = platform.address.removeprefix("http://")
    app_id = platform.workspace.team.app_id
    return {"url": f"ws://{host}/link?ticket={platform.sockets.ticket()}&app_id={app_id}"}


def team_info(platform: Platform, _args: NoArguments) -> Json:
    team = platform.workspace.team
    url = f"{platform.address}/"
    shown = {"id": team.id, "name": team.name, "domain": team.domain, "url": url}
    return {"team": shown | {"email_domain": "", "icon": {}}}


def user_info(platform: Platform, args: UserArgument) -> Json:
    user = platform.workspace.users.get(args.user)
    if user is None:
        raise ApiError("user_not_found")
    if not _is_visible(platform, user):
        raise ApiError("user_not_visible")
    return {"user": shown_user(platform, user)}


def list_users(platform: Platform, _args: NoArguments) -> Json:
    members = [
        shown_user(platform, user)
        for user in platform.workspace.users.values()
        if _is_visible(platform, user)
    ]
    return {"members": members, "response_metadata": {"next_cursor": ""}}


def _is_visible(platform: Platform, user: User) -> bool:
    """Somebody of another workspace is known through the channels shared with it."""
    channels = platform.workspace.channels.values()
    return user.team is None or any(user.id in channel.members for channel in channels)


def add_reaction(platform: Platform, args: Reaction) -> Json:
    message, users, bot = _reacted(platform, args)
    if bot in users:
        raise ApiError("already_reacted")
    platform.workspace.react(message, args.name, [*users, bot], by=bot)
    return {}


def remove_reaction(platform: Platform, args: Reaction) -> Json:
    message, users, bot = _reacted(platform, args)
    if bot not in users:
        raise ApiError("no_reaction")
    platform.workspace.react(message, args.name, [u for u in users if u != bot], by=bot)
    return {}


def _reacted(platform: Platform, args: Reaction) -> tuple[Message, list[str], str]:
    if not args.name or args.name.strip(":") != args.name:
        raise ApiError("invalid_name")
    channel = readable_channel(platform, args.channel)
    message = platform.workspace.message(channel.id, args.timestamp)
    if message is None or message.ephemeral_for:
        raise ApiError("message_not_found")
    return message, message.reactions.get(args.name, []), platform.workspace.team.bot_user


def shown_user(platform: Platform, user: User) -> Json:
    """A user as Slack's APIs show them."""
    return {
        "id": user.id,
        "team_id": user.team or platform.workspace.team.id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": False,
        "tz": user.tz,
        "is_admin": user.is_owner,
        "is_owner": user.is_owner,
        "is_primary_owner": user.is_owner,
        "is_restricted": user.guest,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        **({"is_stranger": False} if user.team else {}),
        "is_app_user": False,
        "profile": {
            "real_name": user.real_name,
            "display_name": user.name,
            "real_name_normalized": user.real_name,
        },
    }
