"""Never across a privacy border: a table of cases, and how Slack's own words for a channel and a person are read."""

from typing import Any

import pytest

from bot.privacy import (
    Conversation,
    Viewer,
    conversation_of,
    may_be_shown,
    reads_all_public,
)

PUBLIC = Conversation(public=True, external=False)
PRIVATE = Conversation(public=False, external=False)
DIRECT = Conversation(public=False, external=False)
CONNECTED = Conversation(public=True, external=True)
MEMBER = Viewer(reads_all_public=True)
GUEST = Viewer()
GUEST_THERE = Viewer(channels=frozenset({"C1", "C9"}))
GUEST_HERE = Viewer(channels=frozenset({"C2"}))

# What it is about, the result's conversation, that of the viewer, the viewer, and whether it may be shown.
CASES: list[tuple[str, Conversation | None, Conversation | None, Viewer, bool]] = [
    ("public into another public channel", PUBLIC, PUBLIC, MEMBER, True),
    ("public into a private channel", PUBLIC, PRIVATE, MEMBER, True),
    ("public into a direct message with the app", PUBLIC, DIRECT, MEMBER, True),
    ("private into a public channel", PRIVATE, PUBLIC, MEMBER, False),
    ("private into another private channel", PRIVATE, PRIVATE, MEMBER, False),
    ("private into a direct message", PRIVATE, DIRECT, MEMBER, False),
    ("a direct message into a public channel", DIRECT, PUBLIC, MEMBER, False),
    ("a direct message into another one", DIRECT, DIRECT, MEMBER, False),
    ("what is not known into a public channel", None, PUBLIC, MEMBER, False),
    ("public into what is not known", PUBLIC, None, MEMBER, False),
    ("out of a shared channel", CONNECTED, PUBLIC, MEMBER, False),
    ("into a shared channel", PUBLIC, CONNECTED, MEMBER, False),
    ("between two shared channels", CONNECTED, CONNECTED, MEMBER, False),
    ("a guest who is in neither", PUBLIC, PUBLIC, GUEST, False),
    ("a guest who is in the result's channel", PUBLIC, PUBLIC, GUEST_THERE, True),
    ("a guest who is in the other one only", PUBLIC, PUBLIC, GUEST_HERE, False),
    ("a guest who is in the result's private channel", PRIVATE, PUBLIC, GUEST_THERE, False),
    ("a guest in the result's shared channel", CONNECTED, PUBLIC, GUEST_THERE, False),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_where_a_result_may_be_shown(
    case: tuple[str, Conversation | None, Conversation | None, Viewer, bool],
) -> None:
    _, there, here, viewer, shown = case
    assert may_be_shown("C1", "C2", {"C1": there, "C2": here}, viewer) is shown


@pytest.mark.parametrize("viewer", [MEMBER, GUEST, GUEST_THERE])
@pytest.mark.parametrize("what", [PUBLIC, PRIVATE, CONNECTED, None])
def test_in_its_own_conversation_it_may_always_be_shown(
    what: Conversation | None, viewer: Viewer
) -> None:
    assert may_be_shown("C1", "C1", {"C1": what}, viewer)
    assert may_be_shown("C1", "C1", {}, viewer)


def test_nothing_is_shown_elsewhere_while_nothing_is_known() -> None:
    assert not may_be_shown("C1", "C2", {}, MEMBER)


#: As in docs.slack.dev, "Conversation object".
GENERAL: dict[str, Any] = {
    "id": "C123456",
    "name": "general",
    "is_channel": True,
    "is_group": False,
    "is_im": False,
    "is_mpim": False,
    "is_private": False,
    "is_shared": False,
    "is_org_shared": False,
    "is_ext_shared": False,
    "is_pending_ext_shared": False,
    "pending_shared": [],
    "pending_connected_team_ids": [],
    "shared_team_ids": ["T12345ABCDE"],
}
IM = {"id": "D1", "created": 1449252889, "is_im": True, "is_org_shared": False, "user": "U1"}

CHANNELS: list[tuple[str, dict[str, Any], Conversation]] = [
    ("public", GENERAL, PUBLIC),
    ("public and archived", {**GENERAL, "is_archived": True}, PUBLIC),
    ("private", {**GENERAL, "is_private": True}, PRIVATE),
    ("private, of the older kind", {**GENERAL, "is_channel": False, "is_group": True}, PRIVATE),
    ("a group direct message", {**GENERAL, "is_mpim": True, "is_private": True}, PRIVATE),
    ("a group direct message that says no more", {**GENERAL, "is_mpim": True}, PRIVATE),
    ("a direct message", IM, DIRECT),
    (
        "a direct message with another organisation",
        {**IM, "is_ext_shared": True},
        Conversation(public=False, external=True),
    ),
    ("Slack Connect", {**GENERAL, "is_ext_shared": True, "is_shared": True}, CONNECTED),
    ("Slack Connect, not accepted yet", {**GENERAL, "is_pending_ext_shared": True}, CONNECTED),
    ("an invitation is out", {**GENERAL, "pending_shared": ["T9"]}, CONNECTED),
    ("another one is out", {**GENERAL, "pending_connected_team_ids": ["T9"]}, CONNECTED),
    ("shared, it is not said with whom", {**GENERAL, "is_shared": True}, CONNECTED),
    (
        "shared among the workspaces of one organisation",
        {**GENERAL, "is_shared": True, "is_org_shared": True},
        PUBLIC,
    ),
    ("nothing at all", {}, Conversation(public=False, external=True)),
    ("it is not said whether it is private", {**GENERAL, "is_private": None}, PRIVATE),
    ("it is not said whether it is shared", {**GENERAL, "is_ext_shared": None}, CONNECTED),
    ("odd words", {**GENERAL, "is_channel": "yes", "is_private": "no"}, PRIVATE),
]


@pytest.mark.parametrize("case", CHANNELS, ids=[case[0] for case in CHANNELS])
def test_what_a_conversation_is_by_slacks_object(
    case: tuple[str, dict[str, Any], Conversation],
) -> None:
    _, channel, expected = case
    assert conversation_of(channel) == expected


FULL: dict[str, Any] = {
    "id": "U1",
    "team_id": "T1",
    "deleted": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
    "is_bot": False,
}

PEOPLE: list[tuple[str, dict[str, Any], bool]] = [
    ("a member", FULL, True),
    ("a guest of several channels", {**FULL, "is_restricted": True}, False),
    (
        "a guest of one channel",
        {**FULL, "is_restricted": True, "is_ultra_restricted": True},
        False,
    ),
    ("somebody of another workspace", {**FULL, "team_id": "T2"}, False),
    ("a stranger", {**FULL, "is_stranger": True}, False),
    ("a bot", {**FULL, "is_bot": True}, False),
    ("who has left", {**FULL, "deleted": True}, False),
    ("of whom nothing is said", {}, False),
    ("of whom it is not said", {"id": "U1", "team_id": "T1"}, False),
]


@pytest.mark.parametrize("case", PEOPLE, ids=[case[0] for case in PEOPLE])
def test_who_reads_every_public_channel(case: tuple[str, dict[str, Any], bool]) -> None:
    _, user, reads = case
    assert reads_all_public(user, "T1") is reads
