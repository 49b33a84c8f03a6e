"""`python -m bench.app`: the app without its ear, composed by the app itself (`bot.app.assembled`), and told what to do by signals.

SIGUSR1: follow what is in the database now, without the pauses of a restart. SIGUSR2: poll a job a few times and write
the seconds that each poll took. Everything else is as it is deployed, log included.
"""

import asyncio
import json
import signal
import time
from collections.abc import Awaitable, Callable, Mapping

import aiohttp

from bot import chores, garbage, log
from bot.app import Surroundings, assembled, reka_client
from bot.clock import Clock
from bot.config import SocketModeSettings, load
from bot.patience import Patience
from bot.workspace import SLACK_TIMEOUT, web_client
from storage import database

POLLS = 20


async def main() -> None:
    """Run until killed."""
    settings = load(SocketModeSettings)
    log.configure(settings.reel_log_level, settings.reel_log_format)
    token = settings.slack_bot_token.get_secret_value()
    async with (
        database.opened(settings.reel_database) as store,
        reka_client(settings) as reka,
        aiohttp.ClientSession(timeout=SLACK_TIMEOUT) as session,
        assembled(
            settings, Surroundings(store, reka, web_client(settings, session, token), Clock())
        ) as runner,
    ):
        resume = chores.Resume(runner.jobs, runner.engine, Patience())
        orders = {signal.SIGUSR1: resume.work, signal.SIGUSR2: lambda: polled(reka.get)}
        garbage.collected_seldom()
        await obeying(orders)


async def polled(get: Callable[[str], Awaitable[object]]) -> None:
    """Poll one job; a line of JSON with the seconds of each poll."""
    seconds = []
    for _ in range(POLLS):
        began = time.perf_counter()
        await get("gen-polled")
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"polls": seconds}), flush=True)  # noqa: T201


async def obeying(orders: Mapping[signal.Signals, Callable[[], Awaitable[None]]]) -> None:
    """Say on standard output that all is ready, and do what a signal asks for; never returns."""
    given: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in orders:
        asyncio.get_running_loop().add_signal_handler(number, given.put_nowait, number)
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201
    while True:
        await orders[await given.get()]()


if __name__ == "__main__":
    chores.RESUME_PAUSE_SECONDS = 0.0
    asyncio.run(main())
