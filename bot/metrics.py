"""What Prometheus is told: how fast Slack is answered, how Slack's and Reka's APIs answer us, how the jobs stand.

No label comes from outside: methods, states and statuses only, no ids, prompts or links. What the database knows is
read from it at each scrape; calls are counted where they leave, by the hooks of aiohttp and httpx.
"""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from bot.runner import Runner
from storage.figures import Figures

ACK_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
"""Seconds. Slack gives up after three."""
NO_ANSWER = "none"
"""In place of a status, where the connection brought none."""

_METHOD = re.compile(r"[a-z]+(\.[a-zA-Z]+)+")


@dataclass(slots=True)
class Answering:
    """One request of Slack's; 500 until something is answered."""

    status: int = 500


class Metrics:
    """The metrics of one app, in a registry of their own. `slack_url`: the address of Slack's Web API."""

    def __init__(self, slack_url: str) -> None:
        self._api = urlsplit(slack_url).path.rstrip("/") + "/"
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Histogram(
            "reel_slack_request_duration_seconds",
            "From a request of Slack's to the end of its answer, which is the ack",
            ["status"],
            buckets=ACK_BUCKETS,
            registry=registry,
        )
        self._slack = Counter(
            "reel_slack_api_calls", "Our calls of Slack", ["method", "status"], registry=registry
        )
        self._reka = Counter(
            "reel_reka_requests", "Requests sent to the Clip API", ["method"], registry=registry
        )
        self._reka_answers = Counter(
            "reel_reka_responses", "Its answers", ["method", "status"], registry=registry
        )
        self._jobs = Gauge("reel_jobs", "Jobs that are kept", ["state"], registry=registry)
        self._owed = Gauge(
            "reel_oldest_unsettled_job_seconds",
            "Age of the oldest job whose end is still to be shown; 0 without one",
            registry=registry,
        )
        self._slots = Gauge("reel_slots", "Slots of the key's window", registry=registry)
        self._left = Gauge("reel_slots_left", "Slots that are free now", registry=registry)

    @contextmanager
    def answering(self) -> Iterator[Answering]:
        """Measures one request of Slack's."""
        began, measured = time.perf_counter(), Answering()
        try:
            yield measured
        finally:
            took = time.perf_counter() - began
            self._requests.labels(measured.status).observe(took)

    def slack_calls(self) -> aiohttp.TraceConfig:
        """Counts what goes to Slack over an aiohttp session."""

        async def answered(_: object, __: object, end: aiohttp.TraceRequestEndParams) -> None:
            self._slack.labels(self._method(end.url.path), end.response.status).inc()

        async def failed(_: object, __: object, end: aiohttp.TraceRequestExceptionParams) -> None:
            self._slack.labels(self._method(end.url.path), NO_ANSWER).inc()

        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(answered)
        trace.on_request_exception.append(failed)
        return trace

    def _method(self, path: str) -> str:
        # A response_url and an upload's address are secrets, and a label for each would never end.
        name = path.removeprefix(self._api)
        return name if path.startswith(self._api) and _METHOD.fullmatch(name) else "other"

    def reka_hooks(self) -> Mapping[str, list[Callable[..., Any]]]:
        """Counts what goes to the Clip API: the `event_hooks` of an httpx client."""

        async def sent(request: Any) -> None:
            self._reka.labels(request.method).inc()

        async def answered(response: Any) -> None:
            self._reka_answers.labels(response.request.method, response.status_code).inc()

        return {"request": [sent], "response": [answered]}

    async def exposed(self, figures: Figures, runner: Runner) -> str:
        """Everything, in Prometheus's text format, with the jobs and slots as they stand now."""
        for state, count in (await figures.jobs()).items():
            self._jobs.labels(state.value).set(count)
        oldest, now = await figures.owed_since(), runner.now()
        self._owed.set(max(0, now - oldest) / 1000 if oldest is not None else 0)
        standing = await runner.standing()
        self._slots.set(math.inf if standing.limit is None else standing.limit)
        self._left.set(math.inf if standing.left is None else standing.left)
        return generate_latest(self.registry).decode()
