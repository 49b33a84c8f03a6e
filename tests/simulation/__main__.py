"""`python -m tests.simulation --seconds 60`: the soak; `--seed N`: one seed, with its whole trace."""

import secrets
from typing import Annotated

import typer

from tests.simulation.checkers import report, violations
from tests.simulation.run import run
from tests.simulation.soak import soak


def main(
    seconds: Annotated[float, typer.Option(help="How long to run seeds.")] = 60.0,
    seed: Annotated[int | None, typer.Option(help="Run this one seed and print its trace.")] = None,
    start: Annotated[int | None, typer.Option(help="The first seed; drawn when left out.")] = None,
) -> None:
    """Run the app in simulated worlds. Exits with 1 when something did not hold."""
    if seed is not None:
        _one(seed)
        return
    first = secrets.randbelow(10**9) if start is None else start
    tally = soak(seconds, first)
    for text in list(tally.failing.values())[:3]:
        typer.echo(text + "\n")
    typer.echo(tally.table())
    raise typer.Exit(1 if tally.violations else 0)


def _one(seed: int) -> None:
    outcome = run(seed)
    found = violations(outcome)
    typer.echo(report(outcome, found, lines=len(outcome.world.trace.lines)))
    typer.echo(f"violations {len(found)}")
    raise typer.Exit(1 if found else 0)


if __name__ == "__main__":
    typer.run(main)
