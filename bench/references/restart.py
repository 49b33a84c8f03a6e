"""Reference: the minimum at the set pace. Asks for so many jobs, and does nothing else."""

import asyncio
import os
import sys

import httpx

from bot.chores import RESUME_PAUSE_SECONDS, RESUMED_AT_ONCE


async def main(count: int) -> None:
    """One GET for each job, as many at once and with the same pauses as the app."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    asking: list[asyncio.Task[httpx.Response]] = []
    async with httpx.AsyncClient(base_url=os.environ["REKA_BASE_URL"], limits=limits) as reka:
        for number in range(1, count + 1):
            job = f"/v1/creator/reels/gen-{number:08d}"
            asking.append(asyncio.create_task(reka.get(job)))
            if number % RESUMED_AT_ONCE == 0:
                await asyncio.sleep(RESUME_PAUSE_SECONDS)
        await asyncio.gather(*asking)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
