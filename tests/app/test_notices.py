"""An outage of PostgreSQL as the log tells it."""

import asyncio
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from bot.postgres_url import PostgresUrl
from storage import postgres_notices
from storage.database import opened
from storage.notices import Topic
from tests.databases import Server


async def test_an_outage_is_logged_once_and_so_is_its_end(
    server: Server, postgres: PostgresUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_notices, "AGAIN_SECONDS", 0.01)
    tries: asyncio.Queue[None] = asyncio.Queue()
    kept = psycopg.AsyncConnection.connect

    async def connect(**settings: Any) -> Any:
        tries.put_nowait(None)
        return await kept(**settings)

    async with opened(postgres) as base:
        monkeypatch.setattr(psycopg.AsyncConnection, "connect", connect)
        with capture_logs() as said:
            for _ in range(2):
                back = asyncio.Event()
                base.notices.hear(Topic.BELL, lambda _, back=back: back.set())  # type: ignore[misc]
                await asyncio.to_thread(server.postgres.kill)
                for _ in range(20):
                    await tries.get()
                await asyncio.to_thread(server.postgres.start)
                await back.wait()
    noted = [each["event"] for each in said if each["event"].startswith("notices_")]
    assert noted == ["notices_interrupted", "notices_resumed"] * 2
