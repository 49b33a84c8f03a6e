"""HTTP as Slack speaks it: three encodings in, JSON out, and failures on order."""

import asyncio
from typing import Any

from aiohttp import web

from local.slack import strict_json
from local.slack.errors import ApiError
from local.slack.faults import Fault


async def call_arguments(request: web.Request) -> dict[str, Any]:
    """A call's arguments from its query, JSON body or form. Raises ApiError."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        arguments |= _json_object(await request.read())
    elif request.can_read_body:
        arguments |= {
            name: value for name, value in (await request.post()).items() if isinstance(value, str)
        }
    return arguments


def _json_object(text: bytes) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        body = strict_json.loads(text)
    except ValueError:
        raise ApiError("invalid_json") from None
    if not isinstance(body, dict):
        raise ApiError("json_not_object")
    return body


def bearer_token(request: web.Request, arguments: dict[str, Any]) -> str | None:
    """The token of a call, from the header or the arguments (where it is taken out)."""
    in_arguments = arguments.pop("token", None)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return in_arguments or None


async def failed(fault: Fault | None, when: str, request: web.Request) -> web.Response | None:
    """The answer of a call that fails at this moment; None when it goes on, perhaps delayed."""
    if fault is None or fault.when != when:
        return None
    await asyncio.sleep(fault.delay)
    if fault.drop:
        return _abort(request)
    if fault.status == 429:
        headers = {"Retry-After": str(fault.retry_after)}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
    if fault.status:
        return web.json_response({"ok": False, "error": "internal_error"}, status=fault.status)
    return web.json_response({"ok": False, "error": fault.error}) if fault.error else None


def _abort(request: web.Request) -> web.Response:
    """Break the connection; the response returned is never seen."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)
