"""Modals and Home tabs: opening, stacking, updating, and how they are shown to the app."""

from dataclasses import replace
from typing import Any, Literal

from local.slack.blockkit.check import check_view, too_large
from local.slack.blockkit.completion import completed
from local.slack.errors import ApiError
from local.slack.platform import Platform
from local.slack.posting import refuse_blocks
from local.slack.state import View

MAX_STACK = 3
Json = dict[str, Any]


def open_modal(platform: Platform, user: str, definition: Json) -> View:
    """Open an accepted modal as the only one a user sees."""
    platform.workspace.close_views(platform.workspace.stack(user))
    return _added(platform, user, definition, None)


def push_modal(platform: Platform, user: str, definition: Json) -> View:
    """Put an accepted modal on top of those a user has open. Raises ApiError."""
    stack = platform.workspace.stack(user)
    if len(stack) >= MAX_STACK:
        raise ApiError("push_limit_reached")
    return _added(platform, user, definition, stack[-1])


def accepted_modal(platform: Platform, definition: Json) -> Json:
    """A modal's definition as Slack keeps it. Raises ApiError."""
    return _accepted(platform, definition, "modal")


def update_view(platform: Platform, view: View, definition: Json) -> View:
    """Give a view new contents and a new hash; entered values of kept inputs stay."""
    definition = _accepted(platform, definition, view.type, but=view)
    changed = replace(view, definition=definition, hash=_hash(platform))
    kind = "view_updated" if view.type == "modal" else "home_published"
    return platform.workspace.put_view(changed, kind)


def publish_home(platform: Platform, user: str, definition: Json) -> View:
    """Show a Home tab to a user, in place of an older one."""
    home = platform.workspace.home(user)
    if home is not None:
        return update_view(platform, home, definition)
    definition = _accepted(platform, definition, "home")
    view_id = platform.mint.id("V")
    view = View(view_id, user, "home", definition, _hash(platform), view_id)
    return platform.workspace.put_view(view, "home_published")


def shown_view(platform: Platform, view: View) -> Json:
    """A view as payloads and answers carry it."""
    team = platform.workspace.team
    defaults: Json = {
        "private_metadata": "", "callback_id": "", "external_id": "",
        "title": None, "close": None, "submit": None,
        "clear_on_close": False, "notify_on_close": False,
    }  # fmt: skip
    return {
        "id": view.id,
        "team_id": team.id,
        **defaults,
        **view.definition,
        "state": {"values": view.values},
        "hash": view.hash,
        "previous_view_id": view.previous_view_id,
        "root_view_id": view.root_view_id,
        "app_id": team.app_id,
        "app_installed_team_id": team.id,
        "bot_id": team.bot_id,
    }


def _accepted(
    platform: Platform, definition: Json, surface: Literal["modal", "home"], but: View | None = None
) -> Json:
    refuse_blocks(check_view(definition, surface), "invalid_arguments")
    if too_large(definition):
        raise ApiError("view_too_large")
    external_id = definition.get("external_id")
    others = [view for view in platform.workspace.views.values() if view != but]
    if external_id and any(v.definition.get("external_id") == external_id for v in others):
        raise ApiError("duplicate_external_id")
    return {**definition, "blocks": completed(definition["blocks"], platform.mint)}


def _added(platform: Platform, user: str, definition: Json, below: View | None) -> View:
    view_id = platform.mint.id("V")
    view = View(
        view_id,
        user,
        "modal",
        definition,
        _hash(platform),
        root_view_id=below.root_view_id if below else view_id,
        previous_view_id=below.id if below else None,
    )
    return platform.workspace.put_view(view, "view_opened")


def _hash(platform: Platform) -> str:
    return f"{int(platform.clock())}.{platform.mint.secret(8)}"
