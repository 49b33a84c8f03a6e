"""Connections to PostgreSQL are lent to whoever waits for one, and come back whatever happens meanwhile."""

import asyncio

import pytest

from bot.postgres_url import PostgresUrl
from storage import postgres as module
from storage.database import Database, Execute, opened

STEPS = 25
"""Turns of the event loop from the end of one who had the connection until the next one has it; more than it takes."""


async def test_a_cancellation_that_meets_the_connection_is_not_lost_and_nor_is_the_connection(
    postgres: PostgresUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECTIONS", 1)
    async with opened(postgres) as base:
        for steps in range(STEPS):
            waits = await _queued(base)
            for _ in range(steps):
                await asyncio.sleep(0)
            waits.cancel()
            await asyncio.wait({waits})
            assert waits.cancelled(), steps


async def _queued(base: Database) -> asyncio.Task[None]:
    """Somebody who is about to get the one connection, which was another one's."""
    begun, ends = asyncio.Event(), asyncio.Event()

    async def held(_: Execute) -> None:
        begun.set()
        await ends.wait()

    has = asyncio.create_task(base.transaction(held))
    await begun.wait()
    waits = asyncio.create_task(_reads(base))
    await asyncio.sleep(0)
    ends.set()
    await has
    return waits


async def _reads(base: Database) -> None:
    await base.read("SELECT 1")
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()
    await asyncio.Event().wait()
