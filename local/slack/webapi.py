"""`/api/<method>`: who calls, whether they may, how often, and what comes of it."""

import time
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from local.slack.calls import log_call
from local.slack.errors import ApiError
from local.slack.faults import Fault
from local.slack.methods import METHODS, Method
from local.slack.platform import Platform
from local.slack.wire import bearer_token, call_arguments, failed

Json = dict[str, Any]


async def handle_call(request: web.Request, platform: Platform) -> web.Response:
    """Answer one call and log it. Refusals are HTTP 200 with `ok: false`, except 429."""
    name = request.match_info["method"]
    arguments: Json = {}
    fault: Fault | None = None
    started = time.perf_counter()
    try:
        arguments = await call_arguments(request)
        method = _authorized(platform, name, bearer_token(request, arguments), request)
        fault = platform.faults.take(name)
        failure = await failed(fault, "before", request)
        if failure is not None:
            return log_call(platform, name, arguments, failure, started=started, fault=fault)
        if not method.json_input and request.content_type == "application/json":
            arguments = dict(request.query)
        body = _run(platform, name, method, arguments)
        response = web.json_response({"ok": True, **body}, headers=_scope_headers(platform, method))
    except ApiError as error:
        response = web.json_response(error.body(), status=error.status, headers=error.headers)
    log_call(platform, name, arguments, response, started=started, fault=fault)
    return await failed(fault, "after", request) or response


def _authorized(platform: Platform, name: str, token: str | None, request: web.Request) -> Method:
    """The method, when this token may call it. Raises ApiError."""
    method = METHODS.get(name)
    if method is None:
        raise ApiError("unknown_method", details={"req_method": name})
    if method.caller == "anyone":
        return method
    if token is None:
        raise ApiError("not_authed")
    settings = platform.settings
    kinds = {settings.bot_token: "bot", settings.app_token: "app"}
    if token not in kinds:
        raise ApiError("invalid_auth")
    if kinds[token] != method.caller:
        raise ApiError("not_allowed_token_type")
    if method.scopes and not set(method.scopes) & set(settings.scopes):
        needed = {"needed": ",".join(method.scopes), "provided": ",".join(settings.scopes)}
        raise ApiError("missing_scope", details=needed)
    return method


def _run(platform: Platform, name: str, method: Method, arguments: Json) -> Json:
    wait = platform.limits.retry_after(name, method.tier)
    if wait is not None:
        raise ApiError("ratelimited", status=429, headers={"Retry-After": str(wait)})
    try:
        parsed = method.arguments.model_validate(arguments)
    except ValidationError as error:
        raise _invalid_arguments(error) from None
    return method.run(platform, parsed)


def _invalid_arguments(error: ValidationError) -> ApiError:
    details = error.errors(include_url=False)
    fields = {str(detail["loc"][0]) for detail in details if detail["loc"]}
    if fields == {"blocks"}:
        return ApiError("invalid_blocks_format")
    messages = [
        f"[ERROR] missing required field: {detail['loc'][0]}"
        if detail["type"] == "missing"
        else f"[ERROR] {detail['msg']} [json-pointer:/{'/'.join(map(str, detail['loc']))}]"
        for detail in details
    ]
    return ApiError("invalid_arguments", messages=messages)


def _scope_headers(platform: Platform, method: Method) -> dict[str, str]:
    if method.caller != "bot":
        return {}
    accepted = ",".join(method.scopes)
    return {
        "x-oauth-scopes": ",".join(platform.settings.scopes),
        "x-accepted-oauth-scopes": accepted,
    }
