"""`python -m tests.app.passing DATABASE SLACK`: keep the one job's clips in a process of its own, and print by how many
octets its memory grew at the most."""

import asyncio
import resource
import sys
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.keeper import Keeper
from bot.messages import Messages
from bot.reka.client import RekaClient
from bot.uploads import Uploads
from storage.database import opened
from storage.files import FileStore
from storage.jobs import JobStore


def peak() -> int:
    """The most memory that this process has held so far, in octets."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


async def main(database: Path, slack: str) -> None:
    """Keep, and say how much that took."""
    async with (
        opened(database) as base,
        RekaClient("http://127.0.0.1:9", "key") as reka,
        aiohttp.ClientSession() as session,
    ):
        client = AsyncWebClient("xoxb-1", f"{slack}/api/", session=session, retry_handlers=[])
        client.proxy = None
        uploads = Uploads(Messages(client))
        keeper = Keeper(FileStore(base), uploads, reka, lambda: 1, insecure_host="127.0.0.1")
        [job_id] = await JobStore(base).unsettled()
        job = await JobStore(base).get(job_id)
        assert job is not None
        before = peak()
        await keeper.keep(job)
        sys.stdout.write(f"{peak() - before}\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
