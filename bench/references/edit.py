"""Reference: events of one stream, each kept durably and shown by an edit of one message."""

import asyncio
import os

import aiohttp
import aiosqlite
import httpx
from httpx_sse import aconnect_sse
from slack_sdk.web.async_client import AsyncWebClient

STREAM = httpx.Timeout(30, read=None)
"""A stream may be silent for as long as the job takes."""


async def main() -> None:
    """Follow one job to the end of its stream."""
    base_url = os.environ["SLACK_API_URL"]
    async with (
        aiosqlite.connect(os.environ["REEL_DATABASE"], isolation_level=None) as database,
        aiohttp.ClientSession() as session,
        httpx.AsyncClient(base_url=os.environ["REKA_BASE_URL"], timeout=STREAM) as reka,
        aconnect_sse(reka, "POST", "/v1/creator/reels", json={"stream": True}) as source,
    ):
        await database.execute_fetchall("PRAGMA journal_mode = WAL")
        await database.execute_fetchall("PRAGMA synchronous = FULL")
        await database.execute_fetchall("CREATE TABLE jobs (id INTEGER PRIMARY KEY, stage TEXT)")
        await database.execute_fetchall("INSERT INTO jobs VALUES (1, NULL)")
        slack = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=base_url, session=session)
        async for event in source.aiter_sse():
            stage = event.json()["status"]
            await database.execute_fetchall("UPDATE jobs SET stage = ? WHERE id = 1", [stage])
            await slack.chat_update(channel="C0BENCH", ts="1.2", text=f"Stage: {stage}")


if __name__ == "__main__":
    asyncio.run(main())
