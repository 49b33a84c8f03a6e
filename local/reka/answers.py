"""What every answer has in common: a request id, the quota's headers, errors in one envelope."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from local.reka.errors import ApiError, invalid, not_found

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_CRASHED = ApiError(
    500, "server_error", "The clip service met an error of its own. Its log says more."
)


@web.middleware
async def errors_in_the_envelope(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals, aiohttp's own errors and crashes into the API's error body."""
    try:
        return await handler(request)
    except ApiError as error:
        return refused(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return refused(_translated(request, error), error.headers.get("Allow"))
    except (ConnectionResetError, TimeoutError):
        raise  # the client has gone: nobody reads an answer
    except Exception:
        log.exception("request_crashed", method=request.method, path=request.path)
        return refused(_CRASHED)


async def mark(request: web.Request, response: web.StreamResponse) -> None:
    """`on_response_prepare`: X-Request-ID, by which an answer is found in the log."""
    request_id = uuid.uuid4().hex
    response.headers["X-Request-ID"] = request_id
    log.info(
        "answered",
        method=request.method,
        path=request.path,
        status=response.status,
        request_id=request_id,
    )


def refused(error: ApiError, allow: str | None = None) -> web.Response:
    """The answer to a request that is refused."""
    headers = {"Allow": allow} if allow else None
    return web.json_response(error.body(), status=error.status, headers=headers)


def _translated(request: web.Request, error: web.HTTPException) -> ApiError:
    match error.status:
        case 404:
            return not_found(f"There is nothing at {request.path}.")
        case 405:
            return ApiError(
                405, "validation_error", f"{request.path} does not answer to {request.method}."
            )
        case 413:
            return ApiError(413, "validation_error", "The body of the request is too large.")
        case _:
            return invalid(error.reason)
