"""`python -m tests.chaos --cycles 20`: real processes, killed at random moments, and what they say afterwards."""

import asyncio
import secrets
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from local.demo.processes import DemoFailed
from tests.chaos.house import NAMES
from tests.chaos.run import Report, run


def main(
    *,
    cycles: Annotated[int, typer.Option(min=1, help="How often something is killed.")] = 20,
    seed: Annotated[int | None, typer.Option(help="Who is killed when; random without it.")] = None,
    dialect: Annotated[str, typer.Option(help="reels or clips.")] = "clips",
) -> None:
    """Kill the app, the clip service and the workspace while people work; exit 1 when a promise is broken."""
    # Asked to end, it ends what it has started; in the background of a shell SIGINT alone would be ignored.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    folder = Path(tempfile.mkdtemp(prefix="reel-chaos-")).resolve()
    typer.echo(f"seed {seed}")
    try:
        report = asyncio.run(run(folder, cycles, seed, dialect=dialect, tell=typer.echo))
    except DemoFailed as error:
        raise SystemExit(str(error)) from None
    _show(report)
    if report.violations:
        typer.echo(f"The records are kept in {folder}.")
    else:
        shutil.rmtree(folder)
    typer.echo(report.last_line())
    raise typer.Exit(1 if report.violations else 0)


def _show(report: Report) -> None:
    table = Table("process", "kills", title="kill -9")
    for name in NAMES:
        table.add_row(name, str(report.kills[name]))
    console = Console()
    console.print(table)
    for label, counts in (
        ("jobs", report.states),
        ("ended by themselves", report.exits),
        ("documented windows met", report.windows),
    ):
        console.print(f"{label}: {', '.join(f'{k} {v}' for k, v in sorted(counts.items())) or 0}")
    for violation in report.violations:
        console.print(f"VIOLATION {violation}", markup=False, highlight=False)


if __name__ == "__main__":
    typer.run(main)
