"""Payloads as Slack sends them inside envelopes.

Shapes: https://docs.slack.dev/interactivity/ and https://docs.slack.dev/apis/events-api/
"""

from collections.abc import Iterator
from typing import Any

from local.slack.blockkit.completion import interactive
from local.slack.modals import shown_view
from local.slack.platform import Platform
from local.slack.state import Channel, Message, Team, User, View

Json = dict[str, Any]
_TOKEN = "verification-token"  # noqa: S105  Slack's deprecated field, not a secret here


def channel_name(channel: Channel) -> str:
    """The name in a payload: only public channels have their own there."""
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)


def slash_command(
    platform: Platform, user: User, channel: Channel, command: str, text: str
) -> Json:
    """A `slash_commands` payload; note that `is_enterprise_install` is a string here."""
    team = platform.workspace.team
    return {
        "token": _TOKEN,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": team.app_id,
        "is_enterprise_install": "false",
        "response_url": platform.response_urls.issue(channel.id, user.id),
        "trigger_id": platform.triggers.issue(user.id),
    }


def shortcut(platform: Platform, user: User, callback_id: str) -> Json:
    """A global shortcut: no channel and no response_url."""
    return _interaction(platform, "shortcut", user) | {
        "callback_id": callback_id,
        "action_ts": platform.mint.ts(),
    }


def message_action(platform: Platform, user: User, message: Message, callback_id: str) -> Json:
    """A message shortcut, with the message's full structure."""
    channel = platform.workspace.channels[message.channel]
    return _interaction(platform, "message_action", user) | {
        "callback_id": callback_id,
        "action_ts": platform.mint.ts(),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": inner_message(platform, message),
        "response_url": platform.response_urls.issue(channel.id, user.id, message.ts),
    }


def message_block_action(platform: Platform, user: User, message: Message, action: Json) -> Json:
    """A click in a message. An ephemeral message is not repeated in the payload."""
    channel = platform.workspace.channels[message.channel]
    ephemeral = message.ephemeral_for is not None
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _interaction(platform, "block_actions", user) | {
        "container": container,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": {}},
        "response_url": platform.response_urls.issue(channel.id, user.id, message.ts),
        "actions": [action],
    }
    return payload if ephemeral else payload | {"message": inner_message(platform, message)}


def view_block_action(platform: Platform, user: User, view: View, action: Json) -> Json:
    """A click in a modal or a Home tab."""
    return _interaction(platform, "block_actions", user, view) | {
        "container": {"type": "view", "view_id": view.id},
        "view": shown_view(platform, view),
        "actions": [action],
    }


def view_submission(platform: Platform, user: User, view: View) -> Json:
    """A modal's submit button."""
    return _interaction(platform, "view_submission", user, view) | {
        "view": shown_view(platform, view),
        "response_urls": list(_response_urls(platform, user, view)),
    }


def _response_urls(platform: Platform, user: User, view: View) -> Iterator[Json]:
    """One for each chosen conversation whose input asked for it."""
    for block, element in interactive(view.definition["blocks"]):
        if element.get("response_url_enabled"):
            entry = view.values.get(block["block_id"], {}).get(element["action_id"], {})
            chosen = entry.get("selected_conversation") or entry.get("selected_channel")
            if chosen:
                yield {
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                    "channel_id": chosen,
                    "response_url": platform.response_urls.issue(chosen, user.id),
                }


def view_closed(platform: Platform, user: User, view: View, *, is_cleared: bool) -> Json:
    """A modal closed by its user; no trigger comes with it."""
    payload = _interaction(platform, "view_closed", user, view)
    del payload["trigger_id"]
    return payload | {"view": shown_view(platform, view), "is_cleared": is_cleared}


def event(platform: Platform, inner: Json, channel: Channel) -> Json:
    """An `events_api` payload around an event of a channel."""
    team = platform.workspace.team
    authorization = {
        "enterprise_id": None,
        "team_id": team.id,
        "user_id": team.bot_user,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": _TOKEN,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": None,
        "api_app_id": team.app_id,
        "event": {"event_ts": platform.mint.ts(), **inner},
        "type": "event_callback",
        "event_id": platform.mint.id("Ev"),
        "event_time": int(platform.clock()),
        "authorizations": [authorization],
        "is_ext_shared_channel": bool(channel.shared_with),
        "event_context": platform.mint.secret(48),
    }


def inner_message(platform: Platform, message: Message) -> Json:
    """A message inside a payload, where its channel stands beside it."""
    hidden = {"channel", "ephemeral_for"}
    shown = platform.workspace.shown(message)
    return {name: value for name, value in shown.items() if name not in hidden}


def _around(team: Team, user: User, view: View | None) -> Json:
    """The workspace of an interaction. A modal opened from a Slack Connect channel is in its reader's own.

    Source: bolt-python, `extract_team_id`: only the view's `app_installed_team_id` is sure to be the app's.
    """
    if view and user.team:
        return {"id": user.team, "domain": user.team.lower()}
    return {"id": team.id, "domain": team.domain}


def _interaction(platform: Platform, kind: str, user: User, view: View | None = None) -> Json:
    team = platform.workspace.team
    return {
        "type": kind,
        "token": _TOKEN,
        "api_app_id": team.app_id,
        "team": _around(team, user, view),
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team or team.id,
        },
        "trigger_id": platform.triggers.issue(user.id, view.id if view else None),
    }
