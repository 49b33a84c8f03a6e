"""What the log tells of the app's calls: body, answer, duration, and what is left of the limit."""

import json
import re
import time
from typing import Any

from aiohttp import web

from local.slack.excerpt import HIDDEN, excerpt
from local.slack.faults import Fault
from local.slack.methods import METHODS
from local.slack.platform import Platform

_TICKET = re.compile(r'(?<=[?&]ticket=)[^&"]+')  # whoever has it becomes the app


def log_call(
    platform: Platform,
    method: str,
    arguments: Any,
    response: web.Response,
    *,
    started: float,
    fault: Fault | None,
) -> web.Response:
    """Log a call that began at `started` of `time.perf_counter`; returns its response.

    The answer is the workspace's own, also where a fault keeps it from the app afterwards.
    Headers are not logged.
    """
    known = METHODS.get(method)
    budget = platform.limits.budget(method, known.tier) if known else None
    platform.changes.add(
        "api_call",
        method=method,
        args=excerpt(arguments),
        answer=excerpt(_answer(response)),
        status=response.status,
        retry_after=response.headers.get("Retry-After"),
        duration_ms=round((time.perf_counter() - started) * 1000, 1),
        budget=budget and budget.json(),
        fault=fault.model_dump(exclude_none=True) if fault else None,
    )
    return response


def _answer(response: web.Response) -> Any:
    text = _TICKET.sub(HIDDEN, response.text or "")
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
