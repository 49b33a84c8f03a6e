"""A clip service and a Slack with Slack's limits on a clock that jumps: what takes an hour of waiting takes seconds here.

Code that runs against it is the real one, with the real database; only time and the two wires are simulated. So it tells
what rules and limits do, and nothing of speed.
"""

import asyncio
import itertools
import json
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import Surroundings, assembled
from bot.clock import Clock as AppClock
from bot.config import Settings
from bot.reka.client import RekaClient
from bot.runner import Runner
from local.slack.limits import RateLimits, Tier
from storage import database
from tests.simulation import inline, slack_wire
from tests.simulation.clock import Clock, JumpingLoop
from tests.simulation.reproducible import silent
from tests.simulation.slack_wire import Reply

Result = TypeVar("Result")
LINK = "https://cdn.example/"
REPEAT_SECONDS = 60.0
"""The service says again what it said, so that nobody takes it for dead."""
WIRE_SECONDS = 0.05
_ADDRESS = "https://reka.example"
MEMORY = Path("/dev/shm")  # noqa: S108  for a folder of our own
_STAGES = ("queued", "starting", "downloading", "indexing", "preprocessing", "processing")


@dataclass(frozen=True, slots=True)
class Plan:
    """A job as the clip service works on it: its video, and when it reaches each stage; the last one ends it."""

    url: str
    stages: tuple[tuple[float, str], ...]

    @property
    def ends(self) -> float:
        """The second it completes."""
        return self.stages[-1][0]

    def told(self, number: int, seconds: float) -> dict[str, Any]:
        """The job at a second, as GET and events tell it."""
        status = next((name for at, name in reversed(self.stages) if at <= seconds), "queued")
        clip = {"title": "The moment", "video_url": f"{LINK}{number}.mp4", "caption": "Here"}
        output = [clip] if status == "completed" else []
        return {"id": f"gen-{number:08d}", "status": status, "output": output}


def planned(number: int, begins: float, ends: float, chance: random.Random) -> Plan:
    """A job whose stages come at random moments of its life."""
    turns = sorted(chance.uniform(begins, ends) for _ in _STAGES[1:])
    stages = zip((begins, *turns, ends), (*_STAGES, "completed"), strict=True)
    return Plan(f"https://example.com/{number}.mp4", tuple(stages))


class Service(httpx.AsyncBaseTransport):
    """The clip service: jobs go as planned, whenever they are posted."""

    def __init__(self, clock: Clock, plans: list[Plan]) -> None:
        self._clock = clock
        self.plans = plans
        self.numbers = {plan.url: number for number, plan in enumerate(plans)}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """POST: the stream of the job of that video. GET: the job as it stands."""
        await asyncio.sleep(WIRE_SECONDS)
        if request.method == "POST":
            [url] = json.loads(request.content)["video_urls"]
            events = _Events(self._clock, self.numbers[url], self.plans)
            headers = {"content-type": "text/event-stream"}
            return httpx.Response(200, headers=headers, stream=events, request=request)
        number = int(request.url.path.rsplit("-", 1)[1])
        told = self.plans[number].told(number, self._clock.seconds)
        return httpx.Response(200, json=told, request=request)


class _Events(httpx.AsyncByteStream):
    def __init__(self, clock: Clock, number: int, plans: list[Plan]) -> None:
        self._clock, self._number, self._plan = clock, number, plans[number]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            now = self._clock.seconds
            yield f"data: {json.dumps(self._plan.told(self._number, now))}\n\n".encode()
            if now >= self._plan.ends:
                return
            later = [at - now for at, _ in self._plan.stages if at > now]
            await asyncio.sleep(min([REPEAT_SECONDS, *later]))


@dataclass(frozen=True, slots=True)
class Call:
    """A message that was posted, or edited, at a second."""

    at: float
    ts: str
    body: str

    @property
    def clip(self) -> int | None:
        """The job whose link it carries; None for one without a link."""
        _, found, rest = self.body.partition(LINK)
        return int(rest.partition(".mp4")[0]) if found else None


@dataclass(slots=True)
class Slack:
    """The workspace with its limits; a stand-in for the aiohttp session that slack_sdk is given."""

    clock: Clock
    updates: list[Call] = field(default_factory=list)
    posts: list[Call] = field(default_factory=list)
    refused: int = 0
    closed: bool = False
    _limits: RateLimits = field(init=False)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self._limits = RateLimits(lambda: self.clock.seconds)

    def request(self, _verb: str, url: str, **arguments: Any) -> slack_wire.Call:
        """What `aiohttp.ClientSession.request` is to slack_sdk."""
        body = arguments.get("json") or arguments.get("data") or arguments.get("params") or {}
        return slack_wire.Call(self._answered(url.rsplit("/", 1)[1], body))

    async def _answered(self, method: str, body: dict[str, Any]) -> Reply:
        await asyncio.sleep(WIRE_SECONDS)
        update = method == "chat.update"
        wait = (
            self._limits.retry_after(method, Tier.T3)
            if update
            else self._limits.retry_post_after(str(body["channel"]))
        )
        if wait is not None:
            self.refused += update
            return _reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(wait)})
        ts = str(body["ts"]) if update else f"{next(self._numbers):010d}.000300"
        call = Call(self.clock.seconds, ts, json.dumps(body))
        (self.updates if update else self.posts).append(call)
        return _reply({"ok": True, "ts": ts, "channel": body["channel"]})

    def client(self, *retries: AsyncRetryHandler) -> AsyncWebClient:
        """slack_sdk's client over this wire."""
        address = "https://slack.example/api/"
        client = AsyncWebClient(
            token="xoxb-bench",  # noqa: S106  nobody's
            base_url=address,
            session=cast("Any", self),
            retry_handlers=list(retries),
        )
        client.proxy = None
        return client


def _reply(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(body), "application/json", headers or {})


@asynccontextmanager
async def app(
    clock: Clock, service: Service, slack: Slack, path: Path, edits: int = 50
) -> AsyncIterator[Runner]:
    """The app as it composes itself, on this clock and these wires."""
    chosen: dict[str, Any] = {
        "slack_bot_token": "xoxb-bench",
        "slack_app_token": "xapp-bench",
        "reka_api_key": "key",
        "reka_base_url": _ADDRESS,
        "reel_slot_limit": 0,
        "reel_files": False,
        "reel_edits_per_minute": edits,
        "reel_grace_seconds": 0,
    }
    settings = Settings(_env_file=None, **chosen)  # type: ignore[call-arg]  # of pydantic-settings
    async with (
        database.opened(path) as store,
        RekaClient(_ADDRESS, "key", transport=service) as reka,
        assembled(
            settings,
            Surroundings(store, reka, slack.client(), AppClock(clock.true_ms, clock.true_ms)),
        ) as runner,
    ):
        yield runner


class _Loop(JumpingLoop):
    most_steps = 50_000_000


def lived(seed: int, main: Callable[[Clock, random.Random, Path], Awaitable[Result]]) -> Result:
    """Run `main` to its end on a clock of its own, with a folder of its own and chance by seed."""
    clock, chance = Clock(), random.Random(seed)  # noqa: S311  reproducible on purpose
    loop = _Loop(clock)
    base = MEMORY if MEMORY.is_dir() else None  # the disk tells nothing here
    with (
        tempfile.TemporaryDirectory(dir=base) as folder,
        inline.inline(inline.Connections(chance)),
        silent(),
    ):
        try:
            asyncio.set_event_loop(loop)
            return loop.run_until_complete(main(clock, chance, Path(folder)))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            asyncio.set_event_loop(None)
            loop.close()
