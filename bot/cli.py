"""The command line: `reel run`, `reel demo`."""

import asyncio
from typing import Annotated

import typer

from bot import log
from bot.app import BrokenOff, CannotStart
from bot.app import run as run_app
from bot.config import SettingsError, load
from storage.database import DatabaseError

app = typer.Typer(
    help="Reel: paste a video link in Slack; clips appear in the thread.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def run() -> None:
    """Run the app against the workspace and the key in the settings, until Ctrl-C."""
    try:
        settings = load()
        log.configure(settings.reel_log_level, settings.reel_log_format)
        asyncio.run(run_app(settings))
    except (SettingsError, DatabaseError, CannotStart) as error:
        typer.secho(f"Reel cannot start.\n{error}", err=True)
        raise typer.Exit(2) from None
    except BrokenOff as error:
        typer.secho(f"Reel has stopped.\n{error}", err=True)
        raise typer.Exit(1) from None


@app.command()
def demo(
    video: Annotated[
        str | None, typer.Option(help="A path or an address instead of the sample talk.")
    ] = None,
    prompt: Annotated[str, typer.Option(help="What to look for.")] = "",
) -> None:
    """Everything on this machine, without any account: workspace, clip service and the real app."""
    from local.demo.run import main

    raise typer.Exit(main(video, prompt))
