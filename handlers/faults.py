"""An exception in a listener would lose its ack, and the person would see a time-out. This turns it into a sentence."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck

from bot.render import answers

log = structlog.get_logger(__name__)

Handler = Callable[[Any, AsyncAck, dict[str, Any]], Awaitable[None]]


def acked(handler: Handler) -> Handler:
    """Ack with a sentence when the handler raises; the traceback goes to the log, never to Slack."""

    @functools.wraps(handler)
    async def guarded(self: Any, ack: AsyncAck, command: dict[str, Any]) -> None:
        try:
            await handler(self, ack, command)
        except Exception:  # the listener's boundary: whatever it is, the person gets an answer
            log.exception("handler_failed", handler=handler.__name__)
            message = answers.fault()
            await ack(text=message.text, blocks=message.blocks)

    return guarded
