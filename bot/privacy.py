"""Where a result may be shown: never across a privacy border. Pure; what cannot be found out is a border.

The facts are Slack's conversation and user objects, asked for at the moment of showing: a public channel may have become
private since. Source: docs.slack.dev, "Conversation object" and "User object".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A channel or direct message. `public`: everybody of the workspace can read it; `external`: so can others."""

    public: bool
    external: bool


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `channels`: where a person is in who may not read every public channel, as far as that is known."""

    reads_all_public: bool = False
    channels: frozenset[str] = frozenset()


def may_be_shown(
    origin: str, here: str, known: Mapping[str, Conversation | None], viewer: Viewer
) -> bool:
    """Whether a result of one conversation may be shown to a viewer in another.

    In its own it may always. Elsewhere only what is public may, to those who could read it there, and never into nor out
    of a conversation that is shared with another organisation. `known`: by id; None where it could not be found out.
    """
    if origin == here:
        return True
    there, place = known.get(origin), known.get(here)
    if there is None or place is None or there.external or place.external or not there.public:
        return False
    return viewer.reads_all_public or origin in viewer.channels


def conversation_of(channel: Facts) -> Conversation:
    """A conversation, by Slack's object. Only what surely is public is; what does not say with whom it is shared is external."""
    public = channel.get("is_channel") is True and channel.get("is_private") is False
    others = any(channel.get(name) for name in ("is_group", "is_im", "is_mpim"))
    return Conversation(public and not others, _is_external(channel))


_SHARED = (
    "is_ext_shared",
    "is_pending_ext_shared",
    "pending_shared",
    "pending_connected_team_ids",
)


def _is_external(channel: Facts) -> bool:
    if any(channel.get(name) for name in _SHARED):
        return True
    if channel.get("is_shared") and not channel.get("is_org_shared"):
        return True
    # A direct message that is not shared need not say so.
    return channel.get("is_im") is not True and channel.get("is_ext_shared") is not False


def reads_all_public(user: Facts, team_id: str) -> bool:
    """Whether this is a full member of the workspace, as guests, strangers and bots are not. Only who surely is one is."""
    full = all(user.get(name) is False for name in ("is_restricted", "is_ultra_restricted"))
    other = any(user.get(name) for name in ("deleted", "is_bot", "is_stranger"))
    return full and not other and user.get("team_id") == team_id
