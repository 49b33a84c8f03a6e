"""`python -m tests.temporal.work`: `reel work` on an SQLite file, which the settings refuse, and which one worker alone may have."""

import asyncio
import gc
from typing import Self

from pydantic import model_validator

from bot import log
from bot.app import run
from bot.config import WorkerSettings, load


class Alone(WorkerSettings):
    """Without the check that several processes could share the database."""

    @model_validator(mode="after")
    def _shared(self) -> Self:
        return self


if __name__ == "__main__":
    settings = load(Alone)
    log.configure(settings.reel_log_level, settings.reel_log_format)
    asyncio.run(run(settings))
    gc.collect()  # as the command line does
