"""The command line: `reel run`, `reel serve`, `reel work`, `reel doctor`, `reel jobs`, `reel log`, `reel demo`."""

import asyncio
import gc
import os
import time
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import typer

from bot import doctor as examination
from bot import finding, log, terminal
from bot.app import BrokenOff, Mode
from bot.app import run as run_app
from bot.config import (
    DatabaseSettings,
    HttpSettings,
    SettingsError,
    SocketModeSettings,
    WorkerSettings,
    load,
)
from bot.overview import overview, trail
from bot.workspace import CannotStart
from storage.database import DatabaseError

Found = TypeVar("Found")

app = typer.Typer(
    help="Reel: paste a video link in Slack; clips appear in the thread.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def run() -> None:
    """Run the app against the workspace and the key in the settings, until Ctrl-C."""
    _run(SocketModeSettings)


@app.command()
def serve() -> None:
    """The same, where Slack sends its requests to this machine over HTTP instead of a connection that the app opens."""
    _run(HttpSettings)


@app.command()
def work() -> None:
    """Follow the jobs that Temporal hands out, and hear nothing from Slack; for several machines."""
    _run(WorkerSettings)


def _run(mode: type[Mode]) -> None:
    try:
        settings = load(mode)
        log.configure(settings.reel_log_level, settings.reel_log_format)
        asyncio.run(run_app(settings))
    except (SettingsError, DatabaseError, CannotStart) as error:
        typer.secho(f"Reel cannot start.\n{error}", err=True)
        raise typer.Exit(_exit_code(error)) from None
    except BrokenOff as error:
        typer.secho(f"Reel has stopped.\n{error}", err=True)
        raise typer.Exit(1) from None
    finally:
        # What Temporal's client left behind is let go here: met by the interpreter's own end, it aborts one in ten.
        gc.collect()


def _exit_code(error: Exception) -> int:
    """As sysexits(3) has them: 78 where only other settings help, 69 where trying again may. A wrong usage is 2."""
    return os.EX_CONFIG if isinstance(error, SettingsError) else os.EX_UNAVAILABLE


@app.command()
def doctor() -> None:
    """Check settings, tokens, scopes, the Reka key, the database and the clock; exit 1 when something is to be mended."""
    findings = asyncio.run(examination.examine())
    terminal.console().print(terminal.findings(findings))
    raise typer.Exit(0 if finding.is_well(findings) else 1)


@app.command()
def jobs(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the newest jobs from the database, whether the app runs or not."""
    now = time.time_ns() // 1_000_000
    found = _read(lambda settings: overview(settings, limit, now))
    if as_json:
        typer.echo(terminal.as_json(found))
        return
    console = terminal.console()
    console.print(terminal.jobs(found, now) if found.entries else "No job yet.")
    console.print(terminal.slots(found.slots))


@app.command("log")
def spent(
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many, the newest first; 20, or with --csv all.", show_default=False
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet.")] = False,
) -> None:
    """List who spent which slot, when, where, what for and to what end, whether the app runs or not."""
    found = _read(lambda settings: trail(settings, limit if limit or as_csv else 20))
    if as_csv:
        typer.echo(terminal.as_csv(found), nl=False)
    else:
        terminal.console().print(terminal.trail(found) if found else "No slot was taken yet.")


def _read(look: Callable[[DatabaseSettings], Coroutine[Any, Any, Found]]) -> Found:
    try:
        return asyncio.run(look(load(DatabaseSettings)))
    except (SettingsError, DatabaseError) as error:
        typer.secho(str(error), err=True)
        raise typer.Exit(_exit_code(error)) from None


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
