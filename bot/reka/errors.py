"""What can go wrong at the Clip API.

RekaError
├── NotLanded            no request reached Reka: nothing can have been spent
├── Broken               the connection broke or stayed silent: the request may have landed
│   └── Garbled          an answer came that is no answer of the Clip API
└── StatusError          Reka answered with an error status
    ├── Refused          400, 422 and other 4xx: the request itself is at fault
    ├── KeyRefused       401, 403
    ├── NotFound         404
    ├── RateLimited      429: surely not landed
    └── ServerFault      5xx, 408, 303: may have landed
"""

from dataclasses import dataclass

from bot.reka.models import RateLimit


class RekaError(Exception):
    """Anything that went wrong at the Clip API. `not_landed` is True where no job can have begun."""

    not_landed = False


class NotLanded(RekaError):
    """No connection was made (refused, unknown host, connect time-out), so nothing was sent."""

    not_landed = True


class Broken(RekaError):
    """The connection broke or fell silent after it was made. What was sent may have landed."""


class Garbled(Broken):
    """The answer is neither JSON nor an event stream of the Clip API, e.g. a proxy's HTML page."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The facts of an error answer. `kind` is Reka's `error.type` or `error.code`; `retry_after` is in seconds."""

    status: int
    message: str
    kind: str | None = None
    request_id: str | None = None
    retry_after: float | None = None
    rate_limit: RateLimit | None = None


class StatusError(RekaError):
    """Reka answered with an error status; `fault` has the facts."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.status} {fault.kind or ''}".strip())
        self.fault = fault


class Refused(StatusError):
    """Reka read the request and did not take it; sending the same again will not help."""

    not_landed = True


class KeyRefused(StatusError):
    """The API key is wrong, expired or not allowed to do this."""

    not_landed = True


class NotFound(StatusError):
    """Reka does not know the id (or the path)."""

    not_landed = True


class RateLimited(StatusError):
    """The key's requests for the window are used up."""

    not_landed = True


class ServerFault(StatusError):
    """Reka, or a proxy before it, failed. Whether the request landed is not known."""


def status_error(fault: Fault) -> StatusError:
    """The error class is decided by the HTTP status alone; `type` and `code` differ between Reka's own pages."""
    match fault.status:
        case 401 | 403:
            return KeyRefused(fault)
        case 404:
            return NotFound(fault)
        case 429:
            return RateLimited(fault)
        # 408: a proxy gave up waiting, Reka may have gone on. 303: what was posted was taken, its result is elsewhere.
        case 408 | 303:
            return ServerFault(fault)
        case status if status < 500:
            return Refused(fault)
        case _:
            return ServerFault(fault)
