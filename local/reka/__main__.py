"""`python -m local.reka`: the command line of the local clip service."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import shlex
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import structlog
import typer

from local.reka.archive import ArchiveInUse
from local.reka.limits import Quota, window_ms
from local.reka.service import PIPELINE, Options, open_service

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def serve(  # noqa: PLR0917 - typer reads the options from the parameters
    data: Annotated[Path, typer.Option(help="Folder for the database and the clips.")],
    port: Annotated[int, typer.Option(help="0 picks a free one.", min=0, max=65535)] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    fast: Annotated[
        bool,
        typer.Option(
            "--fast",
            help="No video work: go through every stage and serve a ready clip. A link whose last"
            " part is fail.mp4 fails with an error full of markup, null-url.mp4 gives the first"
            " clip only as signed_s3_video_url, empty.mp4 completes without clips.",
        ),
    ] = False,
    stage_seconds: Annotated[
        float, typer.Option(help="With --fast: how long each stage lasts.", min=0)
    ] = 0.05,
    limit: Annotated[
        int | None, typer.Option(help="Requests per key and window; none without it.", min=1)
    ] = None,
    window: Annotated[str, typer.Option(help="The rolling window, such as 24h or 90s.")] = "24h",
    key: Annotated[
        list[str] | None, typer.Option(help="A key to accept; without it, any is. Repeatable.")
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(help="How clients reach this service, for the clips' links.")
    ] = None,
    keepalive: Annotated[
        float, typer.Option(help="Seconds until a stream repeats its last event.", min=0.01)
    ] = 10.0,
    jobs: Annotated[
        int | None,
        typer.Option(help="Generations at a time: 1, with --fast all of them.", min=1),
    ] = None,
    max_bytes: Annotated[int, typer.Option(help="Largest source video.", min=1)] = 4 * 1024**3,
    allow_private_sources: Annotated[
        bool,
        typer.Option(
            "--allow-private-sources", help="Also open links to this machine and the local network."
        ),
    ] = False,
    with_parent: Annotated[
        bool,
        typer.Option(
            "--with-parent", help="Stop when the process that started the service is gone."
        ),
    ] = False,
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], typer.Option(help="What stderr shows.")
    ] = "info",
    pipeline: Annotated[str, typer.Option(hidden=True)] = shlex.join(PIPELINE),
    job_seconds: Annotated[float, typer.Option(hidden=True, min=0.01)] = 7200.0,
) -> None:
    """Reka's Clip API on this machine, cutting real clips."""
    try:
        quota = Quota(limit, window_ms(window)) if limit else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--window") from error
    _log_to_stderr(log_level)
    _allow_many_connections()
    options = Options(
        data=data, port=port, host=host, public_url=public_url, keys=tuple(key or ()),
        quota=quota, keepalive=keepalive, fast=fast, stage_seconds=stage_seconds, jobs=jobs,
        max_bytes=max_bytes, allow_private_sources=allow_private_sources,
        pipeline=tuple(shlex.split(pipeline)), job_seconds=job_seconds,
    )  # fmt: skip
    _start(options, with_parent=with_parent)


def _start(options: Options, *, with_parent: bool) -> None:
    try:
        asyncio.run(_run(options, with_parent=with_parent))
    except (ArchiveInUse, OSError) as error:
        typer.echo(f"The clip service cannot start: {error}", err=True)
        raise typer.Exit(1) from error


async def _run(options: Options, *, with_parent: bool) -> None:
    parent = os.getppid()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_service(options) as address:
        typer.echo(f"clip service listening on {address}")
        sys.stdout.flush()
        if with_parent:
            await _gone(parent, stop)
        await stop.wait()


async def _gone(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent and not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1)
    stop.set()


def _log_to_stderr(level: str) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def _allow_many_connections() -> None:
    # An open stream is an open file; the usual soft limit of 256 or 1024 is far below the hard one.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10240  # the most that macOS lets a process have
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    app()
