"""What people do with modals and with the Home tab."""

from dataclasses import replace
from typing import Any

from pydantic import Field

from local.slack.acts.clicks import chosen
from local.slack.acts.people import ByPerson, colleague, person
from local.slack.entry import entered, missing
from local.slack.envelopes import Envelope
from local.slack.errors import ActError, ApiError
from local.slack.modals import accepted_modal, push_modal, shown_view, update_view
from local.slack.payloads import event, view_closed, view_submission
from local.slack.platform import Platform
from local.slack.state import User, View

Json = dict[str, Any]
_TROUBLE = "We had some trouble connecting. Try again?"


class Submit(ByPerson):
    """`values`: block_id → action_id → what stands there; inputs left out keep what they had."""

    view_id: str
    values: dict[str, dict[str, Any]] = Field(default_factory=dict)
    deliveries: int = Field(default=1, ge=1, le=5)


class Close(ByPerson):
    """Closes one modal, or with `clear` all that are stacked."""

    view_id: str
    clear: bool = False


class OpenHome(ByPerson):
    """A look at the app's Home tab."""


async def submit(platform: Platform, act: Submit) -> Json:
    """Press the submit button, and do what the app's `response_action` says."""
    user, view = _top_view(platform, act.user, act.view_id)
    values = entered(view, act.values, chosen)
    errors = missing(view, values)
    if errors:  # Slack's client does not even ask the app
        return {"ok": True, "sent": False, "errors": errors}
    view = replace(view, values=values)
    platform.workspace.put_view(view, "view_entered")
    payload = view_submission(platform, user, view)
    envelope = Envelope("interactive", payload, accepts_response_payload=True)
    delivery = await platform.deliveries.deliver(envelope, act.deliveries)
    outcome: Json = {"error": _TROUBLE}
    if delivery.acked:
        outcome = _respond(platform, user, platform.workspace.views.get(view.id), delivery.payload)
    return delivery.json() | {"sent": True} | outcome


def _respond(platform: Platform, user: User, view: View | None, ack: Json | None) -> Json:
    """Carry out a `response_action`; one that Slack can't carry out leaves the modal as it is."""
    action = (ack or {}).get("response_action")
    if view is None:  # closed in the meantime
        return {"response_action": action}
    try:
        return {"response_action": action, **_carry_out(platform, user, view, action, ack or {})}
    except ApiError as error:
        return {"response_action": action, "error": _TROUBLE, "because": error.body()}


def _carry_out(platform: Platform, user: User, view: View, action: Any, ack: Json) -> Json:
    match action:
        case None:
            platform.workspace.close_views([view])
            return {}
        case "clear":
            platform.workspace.close_views(platform.workspace.stack(user.id))
            return {}
        case "errors":
            return {"errors": _errors(view, ack.get("errors"))}
        case "update":
            return {"view": shown_view(platform, update_view(platform, view, ack.get("view", {})))}
        case "push":
            definition = accepted_modal(platform, ack.get("view", {}))
            pushed = push_modal(platform, user.id, definition)
            return {"view": shown_view(platform, pushed)}
        case _:
            raise ApiError("invalid_response_action")


def _errors(view: View, errors: Any) -> Json:
    """The app's errors, each of which must belong to an input block."""
    inputs = {b["block_id"] for b in view.definition["blocks"] if b["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise ApiError("invalid_errors")
    return errors


async def close(platform: Platform, act: Close) -> Json:
    """Press Cancel or ×; the app is told when the view asks for it."""
    user, view = _top_view(platform, act.user, act.view_id)
    everything = act.clear or view.definition.get("clear_on_close")
    closed = platform.workspace.stack(user.id) if everything else [view]
    platform.workspace.close_views(closed)
    if not view.definition.get("notify_on_close"):
        return {"ok": True, "sent": False}
    payload = view_closed(platform, user, view, is_cleared=bool(everything))
    envelope = Envelope("interactive", payload, accepts_response_payload=False)
    return (await platform.deliveries.deliver(envelope)).json() | {"sent": True}


async def home(platform: Platform, act: OpenHome) -> Json:
    """Open the app's Home tab: an `app_home_opened` event, when the app subscribed to it."""
    user = colleague(platform, act.user)
    if "app_home_opened" not in platform.settings.bot_events:
        return {"ok": True, "sent": False}
    view = platform.workspace.home(user.id)
    direct = platform.workspace.direct(user.id, platform.workspace.team.bot_user)
    inner: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": direct.id,
        "tab": "home",
    }
    if view is not None:
        inner["view"] = shown_view(platform, view)
    return (await platform.deliveries.deliver_event(event(platform, inner, direct))).json()


def _top_view(platform: Platform, reference: str, view_id: str) -> tuple[User, View]:
    user = person(platform, reference)
    stack = platform.workspace.stack(user.id)
    if not stack or stack[-1].id != view_id:
        raise ActError(f"{user.name} does not have the modal {view_id} in front.")
    return user, stack[-1]
