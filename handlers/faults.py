"""An exception in a listener would lose its ack, and the person would see a time-out. This turns it into a sentence."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[None]])
Tell = Callable[[dict[str, Any]], Awaitable[None]]
"""Acks, and tells the person that something of ours broke; gets what Bolt gave the handler, by name."""


def answering(tell: Tell) -> Callable[[Handler], Handler]:
    """A decorator for handlers: when one raises, `tell` answers. The traceback goes to the log, never to Slack."""

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(self: Any, **given: Any) -> None:
            try:
                await handler(self, **given)
            except Exception:  # the listener's boundary: whatever it is, the person gets an answer
                log.exception("handler_failed", handler=handler.__name__)
                await tell(given)

        return guarded  # type: ignore[return-value]  # the same signature, which Bolt reads through __wrapped__

    return decorate
