"""`python -m local.slack`: a Slack-compatible workspace on this machine."""

import asyncio
import signal
import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from local.slack.manifest import read_manifest, this_manifest
from local.slack.platform import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Settings
from local.slack.server import running


def main(
    *,
    data: Annotated[Path, typer.Option(help="Where the workspace is kept.")],
    port: Annotated[int, typer.Option(help="0 picks a free one.")] = 0,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    bot_token: Annotated[str, typer.Option(help="The bot token to accept.")] = BOT_TOKEN,
    app_token: Annotated[str, typer.Option(help="The app-level token.")] = APP_TOKEN,
    scopes: Annotated[str, typer.Option(help="The bot token's; else the manifest's.")] = "",
    rate_limit_factor: Annotated[
        float, typer.Option(min=0, help="2 allows twice as many calls; 0 means no limits.")
    ] = 1.0,
    manifest: Annotated[
        Path | None,
        typer.Option(help="What the app asked for; else this repository's manifest.yml."),
    ] = None,
    scan_seconds: Annotated[
        float, typer.Option(min=0, help="How long an upload is looked at before it is shared.")
    ] = 0.0,
    deliver_to: Annotated[
        str | None,
        typer.Option(help="The app's request URL, for HTTP in place of Socket Mode."),
    ] = None,
    signing_secret: Annotated[
        str, typer.Option(help="What requests to it are signed with.")
    ] = SIGNING_SECRET,
) -> None:
    """Run a Slack-compatible workspace until it is interrupted."""
    try:
        said = read_manifest(manifest) if manifest else this_manifest()
    except (OSError, ValueError) as error:
        raise SystemExit(f"The manifest cannot be read: {error}") from None
    settings = Settings(
        data=data,
        host=host,
        port=port,
        bot_token=bot_token,
        app_token=app_token,
        scopes=[scope for scope in scopes.split(",") if scope] or said.scopes,
        rate_limit_factor=rate_limit_factor,
        bot_events=said.bot_events,
        messages_tab=said.messages_tab,
        offers=said.offers,
        scan_seconds=scan_seconds,
        deliver_to=deliver_to,
        signing_secret=signing_secret,
    )
    try:
        asyncio.run(_serve(settings))
    except OSError as error:
        raise SystemExit(f"The workspace cannot start on {host}:{port}: {error}.") from None
    except sqlite3.OperationalError as error:
        raise SystemExit(f"The workspace cannot use {data}: {error}.") from None


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as platform:
        typer.echo(f"workspace listening on {platform.address}")
        await stop.wait()


if __name__ == "__main__":
    typer.run(main)
