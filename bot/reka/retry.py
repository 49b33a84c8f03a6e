"""When a read may be sent again. A POST never is, not here."""

from bot.reka import errors

ATTEMPTS = 4
WAIT_INITIAL = 0.5
WAIT_MAX = 8.0
LONGEST_RETRY_AFTER = 60.0
"""Seconds. What asks for more is not retried here: the caller polls again later anyway."""


def again(error: Exception) -> bool | float:
    """Stamina's policy for GET and DELETE: True backs off, a number waits just that long, False gives up."""
    match error:
        case errors.NotLanded() | errors.Broken() | errors.ServerFault():
            return True
        case errors.RateLimited(fault=fault) if fault.retry_after is not None:
            return fault.retry_after if fault.retry_after <= LONGEST_RETRY_AFTER else False
        case errors.RateLimited():
            return True
        case _:
            return False
