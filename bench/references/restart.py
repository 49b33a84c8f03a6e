"""Reference: the minimum. Asks for so many jobs, and does nothing else."""

import asyncio
import os
import sys

import httpx


async def main(count: int) -> None:
    """One GET for each job, all at once."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with httpx.AsyncClient(base_url=os.environ["REKA_BASE_URL"], limits=limits) as reka:
        jobs = (f"/v1/creator/reels/gen-{number:08d}" for number in range(1, count + 1))
        await asyncio.gather(*(reka.get(job) for job in jobs))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
