"""The app around the world's wires and clock, composed by the app itself (`bot.app.assembled`), and Bolt without a socket."""

import functools
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.app import Surroundings, assembled
from bot.breaker import Breaker
from bot.config import Settings
from bot.jobs import ClipFile, Job
from bot.reka.client import RekaClient
from bot.runner import Runner
from storage import database
from storage.database import Address, Database
from storage.files import FileStore
from storage.jobs import JobStore
from storage.rows import job_of
from tests.simulation import reka_wire, slack_wire
from tests.simulation.world import World

IDENTITY = AuthorizeResult(
    enterprise_id=None, team_id="T1", bot_token="xoxb-sim", bot_id="B1", bot_user_id="UBOT"
)
_ADDRESS = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class House:
    """One running app."""

    database: Database
    bolt: AsyncApp
    breaker: Breaker

    async def deliver(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Hand a delivery to Bolt; what the ack carries. One that is no object is its `text`."""
        request = AsyncBoltRequest(mode="socket_mode", body=payload)
        response = await self.bolt.async_dispatch(request)
        body = response.body or ""
        carried: dict[str, Any] = json.loads(body) if body.startswith("{") else {"text": body}
        return carried

    async def jobs(self) -> list[Job]:
        """Every job in the database, oldest first."""
        rows = await self.database.read("SELECT * FROM jobs ORDER BY created_at, id")
        return [job_of(row) for row in rows]

    async def files(self, jobs: list[Job]) -> dict[str, tuple[ClipFile, ...]]:
        """How far each job's clips have come as files, by the job's id."""
        store = FileStore(self.database)
        return {job.id: await store.of(job) for job in jobs if job.clips}

    async def at_rest(self) -> bool:
        """Whether no job is owed anything."""
        return not await JobStore(self.database).unsettled()


@asynccontextmanager
async def opened(world: World, address: Address) -> AsyncIterator[House]:
    """The app on a database."""
    session = cast("Any", slack_wire.Wire(world.slack))
    clock = world.begun()
    breaker = Breaker()
    wire = reka_wire.Wire(world.reka)
    async with (
        database.opened(address) as store,
        RekaClient(_ADDRESS, "key", world.dialect, transport=wire) as reka,
        assembled(
            settings(world),
            Surroundings(store, reka, _client(session, "xoxb-sim"), clock, _ids(world), breaker),
        ) as runner,
    ):
        try:
            yield House(store, _bolt(session, runner), breaker)
        finally:
            wire.stopping = True


def settings(world: World) -> Settings:
    """The operator's settings in this world."""
    return _settings(world.dialect, world.reka.limit, int(world.reka.window))


@functools.cache
def _settings(dialect: str, limit: int, window: int) -> Settings:
    chosen: dict[str, Any] = {
        "slack_bot_token": "xoxb-sim",
        "slack_app_token": "xapp-sim",
        "reka_api_key": "key",
        "reka_base_url": _ADDRESS,
        "reka_dialect": dialect,
        "reel_slot_limit": limit,
        "reel_slot_window": f"{window}s",
        "reel_operator": "UOPERATOR",
        "reel_files": True,
    }
    return Settings(_env_file=None, **chosen)  # type: ignore[call-arg]  # of pydantic-settings


def _bolt(session: Any, runner: Runner) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return IDENTITY

    app = AsyncApp(client=_client(session, None), authorize=authorize, process_before_response=True)
    handlers.register(app, runner, "https://sim.slack.example/")
    return app


def _client(session: Any, token: str | None) -> AsyncWebClient:
    client = AsyncWebClient(
        token=token, base_url="https://slack.example/api/", session=session, retry_handlers=[]
    )
    client.proxy = None
    return client


def _ids(world: World) -> Callable[[], str]:
    numbers = itertools.count(1)
    life = world.lives
    return lambda: f"job-{life}-{next(numbers)}"
