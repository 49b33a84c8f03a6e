"""`python -m tests.cluster`: 200 jobs over three workers, and everything is killed, frozen or restarted meanwhile."""

import asyncio
import secrets
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.cluster.postgres import NoPostgres
from local.cluster.temporal import NotStarted
from local.demo.processes import DemoFailed
from tests.cluster.run import Report, run


def main(
    *,
    jobs: Annotated[int, typer.Option(min=12, help="How many are asked for.")] = 200,
    seed: Annotated[int | None, typer.Option(help="Who asks for what; random without it.")] = None,
) -> None:
    """Break what can break; exit 1 when a promise is broken."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    folder = Path(tempfile.mkdtemp(prefix="reel-cluster-")).resolve()
    typer.echo(f"seed {seed}")
    try:
        report = asyncio.run(run(folder, jobs, seed, tell=typer.echo))
    except (DemoFailed, NoPostgres, NotStarted) as error:
        raise SystemExit(str(error)) from None
    _show(report)
    if report.violations:
        typer.echo(f"The records are kept in {folder}.")
    else:
        shutil.rmtree(folder)
    typer.echo(report.last_line())
    raise typer.Exit(1 if report.violations else 0)


def _show(report: Report) -> None:
    console = Console(highlight=False)
    for what, (jobs, seconds) in report.handovers.items():
        console.print(f"{what}: its {jobs} jobs were followed again after {seconds:.1f} s")
    for label, counts in (("jobs", report.states), ("documented windows met", report.windows)):
        console.print(f"{label}: {', '.join(f'{k} {v}' for k, v in sorted(counts.items())) or 0}")
    for violation in report.violations:
        console.print(f"VIOLATION {violation}", markup=False)


if __name__ == "__main__":
    typer.run(main)
