"""The app as it is deployed, opened in the test's own process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import app
from bot.config import SocketModeSettings
from bot.jobs import Job
from bot.runner import Runner
from tests.scenarios.people import PATIENCE, People

Start = Callable[..., AbstractAsyncContextManager["Stage"]]


@dataclass(frozen=True, slots=True)
class Stage:
    """A running app, its people and its database."""

    runner: Runner
    people: People

    async def jobs(self) -> list[Job]:
        """Every job in the database, oldest first."""
        rows = await self.runner.jobs.database.read("SELECT id FROM jobs ORDER BY created_at, id")
        found = [await self.runner.jobs.get(row["id"]) for row in rows]
        return [job for job in found if job is not None]

    async def settled(self) -> None:
        """Wait until no job is owed anything any more."""
        async with asyncio.timeout(PATIENCE):
            while await self.runner.jobs.unsettled():  # noqa: ASYNC110  each look is a query
                await asyncio.sleep(0.01)  # the app needs the processor, too

    @classmethod
    def factory(
        cls,
        people: People,
        database: Path,
        mode: type[app.Mode] = SocketModeSettings,
        unchecked: Mapping[str, object] | None = None,
        **more: object,
    ) -> Start:
        """A function of the Clip API's address (and settings to change) that starts the app; `more` are settings too.

        `unchecked` are settings that no one process could have together.
        """

        @asynccontextmanager
        async def started(reka: str, **settings: object) -> AsyncIterator[Stage]:
            chosen = {
                "slack_bot_token": "xoxb-local",
                "slack_app_token": "xapp-local",
                "slack_api_url": f"{people.address}/api/",
                "reka_api_key": "reka-secret-key",
                "reka_base_url": reka,
                "reel_database": database,
                "reel_edits_per_minute": 1200,
                "reel_files": False,  # a test that wants them says so: most clips are no more than an address
            }
            valid = mode.model_validate({**chosen, **more, **settings})
            async with app.opened(valid.model_copy(update=unchecked)) as runner:
                yield cls(runner, people)

        return started
