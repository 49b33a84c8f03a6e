"""The Clip API's error envelope.

Shape and types are those of Reka's error page: `{"error": {"type", "message", "param"?,
"details"?}}`. The rate-limit page adds `code`, so a 429 carries both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class ApiError(Exception):
    """A request that is refused, with everything its answer says."""

    status: int
    type: str
    message: str
    param: str | None = None
    details: list[dict[str, str]] = field(default_factory=list)
    code: str | None = None

    def body(self) -> dict[str, Any]:
        """The JSON of the answer; members that say nothing are left out."""
        optional = {"code": self.code, "param": self.param, "details": self.details}
        said = {name: value for name, value in optional.items() if value}
        return {"error": {"type": self.type, "message": self.message, **said}}


def invalid(
    message: str, param: str | None = None, details: list[dict[str, str]] | None = None
) -> ApiError:
    """400: the request has to be changed before it is sent again."""
    return ApiError(400, "validation_error", message, param, details or [])


def unauthenticated() -> ApiError:
    """401: no key, or one that this service does not know."""
    return ApiError(
        401,
        "authentication_error",
        "The API key is missing or unknown. Send it as X-Api-Key or as Authorization: Bearer.",
    )


def not_found(message: str) -> ApiError:
    """404: no such path, or no such generation for this key."""
    return ApiError(404, "not_found_error", message)


def still_running(generation_id: str) -> ApiError:
    """409: only what has come to an end can be deleted."""
    return ApiError(
        409,
        "conflict_error",
        f"The generation {generation_id} is still running. "
        "Delete it once it is completed or failed.",
    )


def rate_limited() -> ApiError:
    """429, with the words of Reka's rate-limit page."""
    return ApiError(
        429,
        "rate_limit_error",
        "You have exceeded your daily request limit for this endpoint.",
        code="rate_limit_exceeded",
    )
