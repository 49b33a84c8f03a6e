"""Who does something, and where: by id or by name, and only where they can see."""

from pydantic import BaseModel

from local.slack.errors import ActError
from local.slack.platform import Platform
from local.slack.state import Channel, Message, User


class ByPerson(BaseModel, extra="forbid"):
    """The body of an act: `user` is an id or a name."""

    user: str


class InChannel(ByPerson):
    """`channel` is an id, a name, or `@name` for the direct message with somebody."""

    channel: str


def names(platform: Platform) -> tuple[dict[str, str], dict[str, str]]:
    """What can be mentioned: the ids of users and of channels, by name."""
    workspace = platform.workspace
    users = {user.name: user.id for user in workspace.users.values()}
    return users, {each.name: each.id for each in workspace.channels.values() if each.name}


def person(platform: Platform, reference: str) -> User:
    """The person with this id or name. Raises ActError."""
    for user in platform.workspace.users.values():
        if reference.removeprefix("@") in (user.id, user.name):
            return user
    raise ActError(f"Nobody here is called {reference}.")


def place(platform: Platform, reference: str, user: User) -> Channel:
    """The channel with this id or name, if `user` is in it. Raises ActError."""
    channel = any_channel(platform, reference, user)
    if user.id not in channel.members:
        raise ActError(f"{user.name} is not in {reference}.")
    return channel


def colleague(platform: Platform, reference: str) -> User:
    """The person, if they work where the app is installed. Raises ActError.

    In a Slack Connect channel people have their own team's commands and shortcuts:
    https://slack.com/help/articles/1500012572621
    """
    user = person(platform, reference)
    if user.team:
        raise ActError(f"{user.name} is of another workspace, where the app is not installed.")
    return user


def writable_place(platform: Platform, reference: str, user: User) -> Channel:
    """A channel where `user` finds a field to type into. Raises ActError."""
    channel = place(platform, reference, user)
    if channel.is_archived:
        raise ActError(f"#{channel.name} is archived; nobody can write there.")
    if channel.is_read_only and not user.is_owner:
        raise ActError(f"#{channel.name} is read-only; {user.name} cannot write there.")
    bot = platform.workspace.team.bot_user
    if channel.kind == "im" and bot in channel.members and platform.settings.messages_tab != "open":
        raise ActError("Sending messages to this app has been turned off.")
    return channel


def any_channel(platform: Platform, reference: str, user: User | None = None) -> Channel:
    """The channel with this id or name. Raises ActError."""
    if user and reference.startswith("@"):
        return platform.workspace.direct(user.id, person(platform, reference).id)
    channel = find_channel(platform, reference)
    if channel is None:
        raise ActError(f"There is no channel {reference}.")
    return channel


def find_channel(platform: Platform, reference: str) -> Channel | None:
    """The channel with this id or name, if there is one."""
    channels = platform.workspace.channels.values()
    return next((c for c in channels if reference.removeprefix("#") in (c.id, c.name)), None)


def seen_message(platform: Platform, channel: Channel, ts: str, user: User) -> Message:
    """A message that `user` sees. Raises ActError."""
    message = platform.workspace.message(channel.id, ts)
    if message is None or message.ephemeral_for not in (None, user.id):
        raise ActError(f"{user.name} sees no message {ts} in {channel.name or channel.id}.")
    return message
