"""`python -m tests.chaos.hurried run` (or `serve`, or `work`): the app as it is deployed, with its patience shortened so that a run takes minutes.

Only how long it waits is changed: ten minutes of looking for a lost job become seconds, and so do the pauses between
polls, retries and reconnections. A name that the app no longer has is an error, so that nothing is shortened in vain.
"""

import functools
import os
import sys
from types import ModuleType

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler

import bot.app
import bot.card
import bot.cli
import bot.follow
import bot.keeper
import bot.slots
import bot.socket_mode
import bot.spend
import bot.verdict

POST_DEADLINE_MS = 5_000
HURRY: tuple[tuple[ModuleType, str, object], ...] = (
    (bot.follow, "LOOK_MS", 6_000),
    (bot.follow, "POLL_SECONDS", (0.2, 0.3, 0.5)),
    (bot.spend, "POST_DEADLINE_MS", POST_DEADLINE_MS),
    (bot.slots, "POST_DEADLINE_MS", POST_DEADLINE_MS),
    (bot.slots, "MARGIN_MS", 500),
    (bot.verdict, "RETRY_MS", (300, 600, 1_000)),
    (bot.card, "RETRY_SECONDS", (0.2, 0.5, 1.0)),
    (bot.keeper, "RETRY_SECONDS", (0.3, 0.6, 1.0, 3.0, 5.0)),
    (bot.keeper, "LOOK_SECONDS", (0.2, 0.5, 1.0)),
    (bot.app, "RESUME_SECONDS", 1.0),
    (
        bot.socket_mode,
        "AsyncSocketModeHandler",
        functools.partial(AsyncSocketModeHandler, ping_interval=1),
    ),
)


def main() -> None:
    """Shorten, and run the app."""
    for module, name, value in HURRY:
        if not hasattr(module, name):
            raise SystemExit(f"{module.__name__} has no {name} any more; see tests.chaos.hurried.")
        setattr(module, name, value)
    os.chdir("/")  # no .env of the developer's
    bot.cli.app(sys.argv[1:])


if __name__ == "__main__":
    main()
