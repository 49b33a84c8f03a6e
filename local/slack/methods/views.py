"""views.*: modals and the Home tab. Rules: https://docs.slack.dev/reference/methods/views.open"""

from typing import Any

from local.slack.arguments import Arguments, JsonObject
from local.slack.errors import ApiError
from local.slack.modals import (
    accepted_modal,
    open_modal,
    publish_home,
    push_modal,
    shown_view,
    update_view,
)
from local.slack.platform import Platform
from local.slack.state import View

Json = dict[str, Any]


class Open(Arguments):
    view: JsonObject
    trigger_id: str


class Update(Arguments):
    view: JsonObject
    view_id: str | None = None
    external_id: str | None = None
    hash: str | None = None


class Publish(Arguments):
    view: JsonObject
    user_id: str
    hash: str | None = None


def open_view(platform: Platform, args: Open) -> Json:
    """A refused view leaves the trigger unused."""
    definition = accepted_modal(platform, args.view)
    user, _ = platform.triggers.redeem(args.trigger_id)
    return _answer(platform, open_modal(platform, user, definition))


def push(platform: Platform, args: Open) -> Json:
    definition = accepted_modal(platform, args.view)
    user, view_id = platform.triggers.redeem(args.trigger_id)
    stack = platform.workspace.stack(user)
    if view_id is None or not stack:
        raise ApiError("invalid_trigger_id")
    return _answer(platform, push_modal(platform, user, definition))


def update(platform: Platform, args: Update) -> Json:
    if not (args.view_id or args.external_id):
        raise ApiError("invalid_arguments")
    for view in platform.workspace.views.values():
        named = view.definition.get("external_id")
        if view.id == args.view_id or (args.external_id and named == args.external_id):
            _same_hash(view, args.hash)
            return _answer(platform, update_view(platform, view, args.view))
    raise ApiError("not_found")


def publish(platform: Platform, args: Publish) -> Json:
    user = platform.workspace.users.get(args.user_id)
    if user is None or user.is_bot:
        raise ApiError("user_not_found")
    home = platform.workspace.home(args.user_id)
    if home is not None:
        _same_hash(home, args.hash)
    return _answer(platform, publish_home(platform, args.user_id, args.view))


def _same_hash(view: View, known: str | None) -> None:
    if known and known != view.hash:
        raise ApiError("hash_conflict")


def _answer(platform: Platform, view: View) -> Json:
    return {"view": shown_view(platform, view)}
