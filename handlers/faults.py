"""An exception in a listener would lose its ack, and the person would see a time-out. This turns it into a sentence."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog

from bot.render import sentences
from bot.runner import Unanswered

log = structlog.get_logger(__name__)

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[None]])
Tell = Callable[[dict[str, Any], str | None], Awaitable[None]]
"""Acks, and tells the person why nothing came of it; None: something of ours broke. Gets what Bolt gave the handler, by name."""


def answering(tell: Tell) -> Callable[[Handler], Handler]:
    """A decorator for handlers: when one raises, `tell` answers. The traceback goes to the log, never to Slack."""

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(self: Any, **given: Any) -> None:
            try:
                await handler(self, **given)
            except Unanswered as error:
                log.warning("database_away", handler=handler.__name__, why=str(error))
                may_come = error.may_be_done
                await tell(given, sentences.MAY_COME if may_come else sentences.DATABASE_AWAY)
            except Exception:  # the listener's boundary: whatever it is, the person gets an answer
                log.exception("handler_failed", handler=handler.__name__)
                await tell(given, None)

        return guarded  # type: ignore[return-value]  # the same signature, which Bolt reads through __wrapped__

    return decorate
