"""Slash commands and shortcuts."""

from typing import Any

from pydantic import Field, ValidationError

from local.slack import seed
from local.slack.acts.people import (
    ByPerson,
    InChannel,
    colleague,
    names,
    place,
    seen_message,
    writable_place,
)
from local.slack.answers import Answer, apply_answer
from local.slack.envelopes import Delivery, Envelope
from local.slack.errors import ActError, ApiError
from local.slack.mrkdwn import as_text, pieces
from local.slack.payloads import message_action, slash_command
from local.slack.payloads import shortcut as shortcut_payload
from local.slack.platform import Platform
from local.slack.response_urls import Grant
from local.slack.state import Channel, Message, User

Json = dict[str, Any]


class Command(InChannel):
    """`escape` is the manifest's `should_escape`; `deliveries` above 1 repeats the envelope."""

    command: str = Field(pattern=r"^/\S+$")
    text: str = ""
    thread_ts: str | None = None
    escape: bool = True
    deliveries: int = Field(default=1, ge=1, le=5)


class Shortcut(ByPerson):
    """A message shortcut with `channel` and `message_ts`, a global one without."""

    callback_id: str
    channel: str | None = None
    message_ts: str | None = None
    deliveries: int = Field(default=1, ge=1, le=5)


async def command(platform: Platform, act: Command) -> Json:
    """Type a slash command; returns once the app has acknowledged or the time-out has passed."""
    user = colleague(platform, act.user)
    channel = writable_place(platform, act.channel, user)
    if act.thread_ts:
        _slackbot(platform, user, channel, f"{act.command} is not supported in threads. Sorry!")
        raise ActError("Slash commands do not work in threads.")
    text = _sent_text(platform, act) if act.escape else act.text.strip()
    payload = slash_command(platform, user, channel, act.command, text)
    envelope = Envelope("slash_commands", payload, accepts_response_payload=True)
    delivery = await platform.deliveries.deliver(envelope, act.deliveries)
    _conclude(platform, user, channel, act, delivery)
    return delivery.json()


async def shortcut(platform: Platform, act: Shortcut) -> Json:
    """Use a shortcut, from a message's menu or from anywhere."""
    user = colleague(platform, act.user)
    if act.message_ts:
        channel = place(platform, act.channel or "", user)
        message = seen_message(platform, channel, act.message_ts, user)
        payload = message_action(platform, user, message, act.callback_id)
    else:
        payload = shortcut_payload(platform, user, act.callback_id)
    envelope = Envelope("interactive", payload, accepts_response_payload=False)
    return (await platform.deliveries.deliver(envelope, act.deliveries)).json()


def _sent_text(platform: Platform, act: Command) -> str:
    return as_text(list(pieces(act.text.strip(), *names(platform))), names=True)


def _conclude(
    platform: Platform, user: User, channel: Channel, act: Command, delivery: Delivery
) -> None:
    """What the person sees afterwards: the ack's text, or Slack's own error."""
    if not delivery.acked:
        late = delivery.failure.endswith("timeout")
        error = "operation_timeout" if late else "dispatch_failed"
        _failed(platform, user, channel, act.command, error)
    elif delivery.payload is not None:
        try:
            answer = Answer.model_validate(delivery.payload)
            if answer.response_type == "in_channel":
                _echo(platform, user, channel, act)
            if answer.text or answer.blocks or answer.attachments:
                apply_answer(platform, Grant(channel.id, user.id, expires=0), answer)
        except (ApiError, ValidationError):
            _failed(platform, user, channel, act.command, "invalid_command_response")


def _echo(platform: Platform, user: User, channel: Channel, act: Command) -> None:
    """An `in_channel` ack shows everybody what was typed."""
    text = f"{act.command} {act.text}".strip()
    platform.workspace.post(Message(channel.id, platform.mint.ts(), user.id, text))


def _failed(platform: Platform, user: User, channel: Channel, command: str, error: str) -> None:
    _slackbot(platform, user, channel, f'{command} failed with the error "{error}"')


def _slackbot(platform: Platform, user: User, channel: Channel, text: str) -> None:
    platform.workspace.post(
        Message(channel.id, platform.mint.ts(), seed.SLACKBOT, text, ephemeral_for=user.id)
    )
