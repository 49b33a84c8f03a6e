"""`python -m bench.unpaced run`: the app as it is deployed, without the pauses of a restart, which would be most of what is measured."""

import bot.runner
from bot.cli import app

if __name__ == "__main__":
    bot.runner.RESUME_PAUSE_SECONDS = 0.0
    app()
