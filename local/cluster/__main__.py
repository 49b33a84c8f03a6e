"""`python -m local.cluster`: the cluster until Ctrl-C. What is killed is started again; look at the cards meanwhile."""

import asyncio
import signal
import tempfile
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from local.cluster.house import Cluster, Plan, opened
from local.cluster.postgres import NoPostgres
from local.cluster.temporal import NotStarted
from local.demo import desktop
from local.demo.processes import DemoFailed

AWAY_SECONDS = 5.0
"""So long what was killed stays away, so that one can see the others take over."""
PLAN = Plan(
    settings={"REKA_DIALECT": "clips", "REEL_TEMPORAL_HEARTBEAT": "10", "REEL_SLOT_LIMIT": "100"},
    clip_service=("--fast", "--stage-seconds", "10", "--limit", "100"),
)
"""Stages of ten seconds, no video work: long enough to see who follows a job, and to take them away from it."""


def main() -> None:
    """Start two fronts, three workers, PostgreSQL, Temporal, the workspace and the clip service on loopback."""
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console.print("Starting everything …", style="dim")
    try:
        with tempfile.TemporaryDirectory(prefix="reel-cluster-") as folder:
            asyncio.run(_run(Path(folder).resolve(), console))
    except (DemoFailed, NoPostgres, NotStarted) as error:
        console.print(f"The cluster stopped: {error}", style="red", markup=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("\nStopped.")
        raise typer.Exit(130) from None


async def _run(folder: Path, console: Console) -> None:
    async with opened(folder, PLAN) as cluster:
        _explain(console, cluster)
        await _keep(console, cluster)


def _explain(console: Console, cluster: Cluster) -> None:
    table = Table("process", "pid", "")
    for name, pid in cluster.pids().items():
        has_health = name in (*cluster.fronts, *cluster.workers)
        health = f"{cluster.health(name)}/metrics" if has_health else ""
        table.add_row(name, str(pid), health)
    console.print(table)
    page = f"{cluster.workspace}/#/robin/general"
    opened = desktop.show(page)
    console.print(f"{'It is open' if opened else 'Open it'} in a browser: [bold]{page}[/]")
    console.print("There, for example: /reel https://example.com/talk.mp4 the funniest minute")
    console.print(
        f"Then kill -9 any pid, or kill -STOP and later -CONT. What is gone is started again after {AWAY_SECONDS:.0f} s; "
        "Ctrl-C ends everything.",
        style="dim",
    )


async def _keep(console: Console, cluster: Cluster) -> None:
    """Start again whatever ends, for ever."""
    while True:
        await asyncio.sleep(0.5)
        for name in cluster.ended():
            console.print(f"{name} has ended", style="yellow")
            await asyncio.sleep(AWAY_SECONDS)
            await cluster.revive(name)
            console.print(f"{name} runs again as pid {cluster.pids()[name]}", style="green")


if __name__ == "__main__":
    typer.run(main)
