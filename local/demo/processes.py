"""The three processes of the demo: started with a clean environment, watched, and never left behind."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

START_SECONDS = 60.0
STOP_SECONDS = 8.0
RESTARTS = 20
"""How often a killed app is started again, as a supervisor would."""

_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "ftp_proxy"}


class DemoFailed(Exception):
    """The demo cannot go on. The message says why, with the last lines of the log that tells."""


@dataclass(slots=True)
class Service:
    """One child process: how it is started, and where its log is."""

    name: str
    arguments: list[str]
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[str]

    def alive(self) -> bool:
        """True while the process runs."""
        return self.process.poll() is None

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])


class Processes:
    """Starts services, restarts the app, stops all. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._services: list[Service] = []
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End every process, the newest first: asked, and after a while not asked any more."""
        for service in reversed(self._services):
            service.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for service in reversed(self._services):
            try:
                service.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                service.process.kill()
                service.process.wait()
            _close(service.process)
        self._services.clear()
        self._files.close()

    def start(self, name: str, module: str, *arguments: str, **settings: str) -> Service:
        """Start `python -m module`; its log goes to a file, its standard output stays readable."""
        log = self.folder / f"{name}.log"
        command = [sys.executable, "-m", module, *arguments]
        environment = _environment(settings)
        process = self._spawn(command, log, environment)
        service = Service(name, command, log, environment, process)
        self._services.append(service)
        return service

    def restart(self, service: Service) -> None:
        """Start a service again that has died, with the same settings."""
        _close(service.process)
        service.process = self._spawn(service.arguments, service.log, service.environment)

    def _spawn(
        self, command: list[str], log: Path, environment: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        errors: IO[str] = self._files.enter_context(log.open("a"))
        # A session of its own: Ctrl-C reaches the demo alone, which then stops the others in order.
        return subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )


def _close(process: subprocess.Popen[str]) -> None:
    if process.stdout:
        process.stdout.close()


def address_of(service: Service) -> str:
    """Wait until a service says where it listens. Raises `DemoFailed` when it ends first."""
    stdout = service.process.stdout
    for line in stdout or ():
        if " listening on " in line:
            return line.rsplit(" ", 1)[1].strip()
    service.process.wait()
    raise DemoFailed(f"The {service.name} did not start.\n{service.last_words()}")


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This environment without proxies, which would swallow loopback, and without settings meant for a real run."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.lower() not in _PROXIES and not name.startswith(("SLACK_", "REKA_", "REEL_"))
    }
    if ffmpeg := os.environ.get("REEL_FFMPEG"):
        kept["REEL_FFMPEG"] = ffmpeg
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}
