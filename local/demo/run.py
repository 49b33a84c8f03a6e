"""The demo from beginning to end: three processes, one command typed, one thread watched, the clips as files."""

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from local.demo import desktop
from local.demo.processes import RESTARTS, DemoFailed, Processes, Service, address_of
from local.demo.thread import Thread
from local.demo.watched import Watched
from local.demo.workspace import NotAnswered, Person

CLIPS = Path("clips")
CANNOT_START = {2, os.EX_CONFIG, os.EX_UNAVAILABLE}
"""The app's exit codes after which it is not started again."""
SAMPLE_OPTIONS = "clips:2 10-40s"
_FORM = "The form is open in the workspace's page."
"""A command that is acked without a word opened a modal."""


@dataclass(slots=True)
class Stage:
    """What the demo plays on: the person, the clip service's address, the app, and where it prints."""

    person: Person
    clip_service: str
    app: Service
    processes: Processes
    console: Console
    names: dict[str, str]
    restarts: int = 0


def main(video: str | None, prompt: str) -> int:
    """Run the demo. 0 when clips arrived, 1 when none did, 130 after Ctrl-C. Leaves no process behind."""
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="reel-demo-") as folder,
            _served(video) as link,
            _opened(Path(folder), console) as stage,
        ):
            return _play(stage, link, prompt, interactive=_is_terminal())
    except DemoFailed as error:
        console.print(f"The demo stopped: {escape(str(error))}", style="red")
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return 130


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def _served(video: str | None) -> Iterator[str | None]:
    """The address of the video: itself, or a small server for a file on this machine; None for the sample."""
    if video is None or "://" in video:
        yield video
        return
    path = Path(video).expanduser().resolve()
    if not path.is_file():
        raise DemoFailed(f"There is no file {video}.")
    handler = partial(_OneFile, path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{quote(path.name)}"
        finally:
            server.shutdown()


class _OneFile(SimpleHTTPRequestHandler):
    """Serves one file, whatever is asked for."""

    def __init__(self, path: Path, *args: Any) -> None:
        self._path = path
        super().__init__(*args)

    def translate_path(self, path: str) -> str:
        """Every address is the file."""
        return str(self._path)

    def log_message(self, *_: object) -> None:
        """The terminal is the thread's."""


@contextmanager
def _opened(folder: Path, console: Console) -> Iterator[Stage]:
    console.print("Starting the workspace, the clip service and the app …", style="dim")
    with Processes(folder) as processes:
        workspace = processes.start(
            "workspace", "local.slack", "--port", "0", "--data", str(folder / "workspace")
        )
        clips = processes.start(
            "clip service", "local.reka", "--port", "0", "--data", str(folder / "clips"), "--allow-private-sources", "--with-parent",
        )  # fmt: skip
        slack_url, reka_url = address_of(workspace), address_of(clips)
        app = processes.start(
            "app",
            "bot",
            "run",
            SLACK_BOT_TOKEN="xoxb-local",  # noqa: S106  the local workspace's own
            SLACK_APP_TOKEN="xapp-local",  # noqa: S106
            SLACK_API_URL=f"{slack_url}/api/",
            REKA_API_KEY="local",
            REKA_BASE_URL=reka_url,
            REEL_DATABASE=str(folder / "reel.db"),
        )
        # trust_env: a proxy for the outside world knows nothing of loopback.
        with httpx.Client(base_url=slack_url, trust_env=False, timeout=30) as client:
            state = _when_connected(client, app)
            names = {user["id"]: user["name"] for user in state["users"]}
            console.print(
                f"workspace {slack_url} · clip service {reka_url} · app pid {app.process.pid}",
                style="dim",
            )
            _show(console, f"{slack_url}/#/robin/general")
            yield Stage(Person(client), reka_url, app, processes, console, names)


def _show(console: Console, page: str) -> None:
    opened = desktop.show(page)
    console.print(f"{'It is open' if opened else 'Open it'} in a browser: [bold]{page}[/]")


def _when_connected(client: httpx.Client, app: Service) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state: dict[str, Any] = client.get("/state").json()
        if state["sockets"]:
            return state
        if not app.alive():
            break
        time.sleep(0.1)
    raise DemoFailed(f"The app did not connect.\n{app.last_words()}")


def _play(stage: Stage, link: str | None, prompt: str, *, interactive: bool) -> int:
    address = link or f"{stage.clip_service}/sample/talk.mp4"
    text = " ".join(part for part in (address, prompt, SAMPLE_OPTIONS) if part)
    arrived = _perform(stage, text)
    while interactive:
        stage.console.print(
            f"\nGo on with another one, or Ctrl-C. The sample is {stage.clip_service}/sample/talk.mp4",
            style="dim",
        )
        try:
            text = stage.console.input("[bold]robin[/] /reel ")
        except EOFError:
            break
        arrived = _perform(stage, text) or arrived
    return 0 if arrived else 1


def _perform(stage: Stage, text: str) -> bool:
    """Type one command, watch its thread to the end, fetch the clips. True when clips arrived."""
    stage.person.catch_up()
    stage.console.print(f"\n[bold]robin[/] in #general: /reel {escape(text)}")
    try:
        ack = stage.person.type("/reel", text)
    except NotAnswered as error:
        raise DemoFailed(f"{error}\n{stage.app.last_words()}") from None
    thread = Thread(stage.names)
    for line in thread.lines(ack) if ack else [_FORM]:
        stage.console.print(f"  (only you) {escape(line)}", style="dim")
    if not str(ack.get("text", "")).startswith("On it"):
        return False
    return _fetch(stage, _watch(stage, thread))


def _watch(stage: Stage, thread: Thread) -> Watched:
    """Show the thread as it edits itself, until its links have come or its card says that none will."""
    watched = Watched(thread)
    live = Live(thread.picture(), console=stage.console, refresh_per_second=8)
    terminal = stage.console.is_terminal
    with live if terminal else nullcontext():
        for message in stage.person.messages():
            _keep_alive(stage)
            if message is None and watched.ended:
                return watched
            if message is None or message.get("ephemeral_for"):
                continue
            fresh = watched.take(message)
            if terminal:
                live.update(thread.picture())
            elif fresh:
                _print(stage.console, thread, message, watched)
            if watched.links:
                return watched
    return watched


def _print(console: Console, thread: Thread, message: dict[str, Any], watched: Watched) -> None:
    stamp = f"{watched.seconds():6.1f} s  Reel: "
    for title in watched.passed(message):
        console.print(escape(f"{' ' * len(stamp)}✓ {title}"))
    for position, line in enumerate(thread.lines(message)):
        console.print(escape(f"{stamp if position == 0 else ' ' * len(stamp)}{line}"))


def _keep_alive(stage: Stage) -> None:
    """A killed app is started again, as its supervisor would; the same card then goes on."""
    if stage.app.alive():
        return
    if stage.restarts == RESTARTS or stage.app.process.returncode in CANNOT_START:
        raise DemoFailed(f"The app ended.\n{stage.app.last_words()}")
    stage.restarts += 1
    stage.processes.restart(stage.app)
    stage.console.print(
        f"The app was killed; started again as pid {stage.app.process.pid}.", style="yellow"
    )


def _fetch(stage: Stage, watched: Watched) -> bool:
    """Save the clips, list them with their addresses, and say how fast it was. False when there are none."""
    if not watched.links:
        return False
    CLIPS.mkdir(exist_ok=True)
    stage.console.print("\nThe clips:")
    with httpx.Client(trust_env=False, timeout=60) as client:
        for address in watched.links:
            served = Path(urlsplit(address).path)
            path = CLIPS / f"{served.parent.name[:8]}-{served.name}"
            path.write_bytes(client.get(address).raise_for_status().content)
            stage.console.print(f"  {path}  {address}")
        made = _measurements(client, stage.clip_service, watched)
        for note in made.get("notes", []):
            stage.console.print(f"  {note}", style="yellow")
        stage.console.print(_speed(made, watched))
    return True


def _measurements(client: httpx.Client, service: str, watched: Watched) -> dict[str, Any]:
    generation = Path(urlsplit(watched.links[0]).path).parent.name
    address = f"{service}/v1/clips/{generation}/measurements"
    made: dict[str, Any] = client.get(address, headers={"X-Api-Key": "local"}).json()
    return made


def _speed(made: dict[str, Any], watched: Watched) -> Table:
    """Seconds of video handled per second: by the thread's own clock for stages, by the service's for the work."""
    measured = [row for row in made.get("measurements", []) if row["video_seconds"]]
    length = max((row["video_seconds"] for row in measured), default=0.0)
    table = Table("stage", "work", "seconds", "× real time", title="Speed of the clip service")
    for name, seconds in watched.stages().items():
        table.add_row(name, "", *_rate(seconds, length), style="bold")
        for row in measured:
            if row["stage"] == name:
                table.add_row("", row["work"], *_rate(row["seconds"], row["video_seconds"]))
    table.add_row("in all", "", *_rate(sum(watched.stages().values()), length), style="bold")
    return table


def _rate(seconds: float, video_seconds: float) -> tuple[str, str]:
    return f"{seconds:.1f}", f"{video_seconds / seconds:.1f}" if seconds >= 0.05 else "–"
