"""References: httpx-sse with a client per stream, and nothing else; or, told to, with one durable update per event.

Does as the app at the same signals.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable

import aiosqlite
import httpx
from httpx_sse import ServerSentEvent, aconnect_sse

from bench.app import obeying, polled

BODY = {"video_urls": ["https://example.com/1.mp4"], "stream": True}
STREAM = httpx.Timeout(30, read=None)
"""A stream may be silent for as long as the job takes."""
Keep = Callable[[ServerSentEvent], Awaitable[object]]


async def main(counts: list[int], keep: Keep | None) -> None:
    """Open so many streams at each SIGUSR1."""
    base_url = os.environ["REKA_BASE_URL"]
    tls = httpx.create_ssl_context()
    streams: list[asyncio.Task[None]] = []

    async def follow() -> None:
        async with (
            httpx.AsyncClient(base_url=base_url, verify=tls, timeout=STREAM) as client,
            aconnect_sse(client, "POST", "/v1/creator/reels", json=BODY) as source,
        ):
            async for event in source.aiter_sse():
                if keep is not None:
                    await keep(event)

    async def follow_more() -> None:
        streams.extend(asyncio.create_task(follow()) for _ in range(counts.pop(0)))

    async with httpx.AsyncClient(base_url=base_url, verify=tls) as reads:
        await obeying(
            {
                signal.SIGUSR1: follow_more,
                signal.SIGUSR2: lambda: polled(lambda job: reads.get(f"/v1/creator/reels/{job}")),
            }
        )


async def storing(counts: list[int]) -> None:
    """The same with a database."""
    path = os.environ["REEL_DATABASE"] + ".reference"
    async with aiosqlite.connect(path, isolation_level=None) as database:
        await database.execute_fetchall("PRAGMA journal_mode = WAL")
        await database.execute_fetchall("PRAGMA synchronous = FULL")
        await database.execute_fetchall("CREATE TABLE jobs (id TEXT PRIMARY KEY, stage TEXT)")

        async def keep(event: ServerSentEvent) -> None:
            job = event.json()
            await database.execute_fetchall(
                "INSERT INTO jobs VALUES (?1, ?2) ON CONFLICT DO UPDATE SET stage = ?2",
                (job["id"], job["status"]),
            )

        await main(counts, keep)


if __name__ == "__main__":
    told = [int(count) for count in sys.argv[1:] if count.isdigit()]
    asyncio.run(storing(told) if "--stored" in sys.argv else main(told, None))
