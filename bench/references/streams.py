"""Reference: httpx-sse with a client per stream, and nothing else. Told what to do by the same signals as the app."""

import asyncio
import os
import signal
import sys

import httpx
from httpx_sse import aconnect_sse

from bench.app import obeying, polled

BODY = {"video_urls": ["https://example.com/1.mp4"], "stream": True}

STREAM = httpx.Timeout(30, read=None)
"""A stream may be silent for as long as the job takes."""


async def main(counts: list[int]) -> None:
    """Open so many streams at each SIGUSR1."""
    base_url = os.environ["REKA_BASE_URL"]
    tls = httpx.create_ssl_context()
    streams: list[asyncio.Task[None]] = []

    async def follow() -> None:
        async with (
            httpx.AsyncClient(base_url=base_url, verify=tls, timeout=STREAM) as client,
            aconnect_sse(client, "POST", "/v1/creator/reels", json=BODY) as source,
        ):
            async for _ in source.aiter_sse():
                pass

    async def follow_more() -> None:
        streams.extend(asyncio.create_task(follow()) for _ in range(counts.pop(0)))

    async with httpx.AsyncClient(base_url=base_url, verify=tls) as reads:
        await obeying(
            {
                signal.SIGUSR1: follow_more,
                signal.SIGUSR2: lambda: polled(lambda job: reads.get(f"/v1/creator/reels/{job}")),
            }
        )


if __name__ == "__main__":
    asyncio.run(main([int(count) for count in sys.argv[1:]]))
