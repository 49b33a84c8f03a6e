"""`python -m bot` is `reel`."""

from bot.cli import app

app(prog_name="reel")
