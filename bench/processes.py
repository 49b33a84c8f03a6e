"""Processes of their own for what is measured and for what is around it, each on a core of its own. Needs Linux."""

import json
import os
import resource
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo.processes import Processes, Service, address_of

SETTLED_SHARE = 0.05
"""Of a core: a process that uses less has done what it had to do."""
LOOK_SECONDS = 0.25
PATIENCE_SECONDS = 300.0

_TOKENS = {"SLACK_BOT_TOKEN": "xoxb-local", "SLACK_APP_TOKEN": "xapp-local"}


class NotMeasured(Exception):
    """A run came to nothing. The message says why."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far: CPU seconds, user and system, of all its threads; and resident bytes now."""

    cpu: float
    memory: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The process under measurement."""

    service: Service

    def usage(self) -> Usage:
        """What it has used so far. Raises `NotMeasured` with its last words when it has ended."""
        pid = self.service.process.pid
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            return Usage(time.clock_gettime(_cpu_clock(pid)), pages * resource.getpagesize())
        except (OSError, IndexError):
            raise NotMeasured(self.service.last_words()) from None

    def settled(self) -> Usage:
        """What it has used once it comes to rest."""
        before = self.usage()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            now = self.usage()
            if now.cpu - before.cpu < SETTLED_SHARE * LOOK_SECONDS:
                return now
            before = now
        raise NotMeasured(f"{self.service.name} does not come to rest")

    def tell(self, number: int) -> None:
        """Send it a signal."""
        self.service.process.send_signal(number)

    def line(self) -> dict[str, Any]:
        """The next line of JSON that it writes."""
        stdout = self.service.process.stdout
        line = stdout.readline() if stdout else ""
        if not line:
            raise NotMeasured(self.service.last_words())
        found: dict[str, Any] = json.loads(line)
        return found

    def kill(self) -> None:
        """End it at once: how it stops is not measured here."""
        self.service.process.kill()
        self.service.process.wait()


class Bench:
    """The processes of one run, in a folder that goes with it."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self.folder = folder
        self._processes = processes

    def measured(self, module: str, *arguments: str, **settings: str) -> Measured:
        """Start what is measured, on the first core."""
        service = self._processes.start("measured", module, *arguments, **settings)
        _pin(service, 0)
        return Measured(service)

    def beside(self, name: str, module: str, *arguments: str) -> str:
        """Start what is around it, on the other cores; where it listens."""
        service = self._processes.start(name, module, *arguments)
        _pin(service, 1)
        return address_of(service)


@contextmanager
def bench() -> Iterator[Bench]:
    """The processes of one run; none is left behind. This process gets out of the measured one's way."""
    _allow_many_connections()
    with (
        _out_of_the_way(),
        tempfile.TemporaryDirectory(prefix="reel-bench-") as folder,
        Processes(Path(folder)) as processes,
    ):
        yield Bench(Path(folder), processes)


@contextmanager
def _out_of_the_way() -> Iterator[None]:
    assert sys.platform == "linux"
    before = os.sched_getaffinity(0)
    _pin_to(0, 1)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def asked(address: str, path: str, **body: object) -> Any:
    """POST JSON to a process beside the measured one; its answer."""
    request = urllib.request.Request(  # noqa: S310  our own process
        f"{address}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENCE_SECONDS) as answer:
        return json.loads(answer.read())


def _cpu_clock(pid: int) -> int:
    """The clock of a process's CPU time, as clock_getcpuclockid(3) makes it on Linux; precise where /proc counts 10 ms."""
    return (~pid << 3) | 2


def _pin(service: Service, core: int) -> None:
    _pin_to(service.process.pid, core)


def _pin_to(pid: int, core: int) -> None:
    """The first core for `core` 0, all others else. A single core can't be shared out."""
    assert sys.platform == "linux"
    cores = range(os.cpu_count() or 1)
    if len(cores) > 1:
        os.sched_setaffinity(pid, cores[:1] if core == 0 else cores[1:])


def _allow_many_connections() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def settings(reka: str, slack: str, database: Path, edits_per_minute: int = 1200) -> dict[str, str]:
    """What the app or a reference is told: no slot limit, and the most edits that can be set, unless those are measured."""
    return {
        **_TOKENS,
        "SLACK_API_URL": f"{slack}/api/",
        "REKA_API_KEY": "key",
        "REKA_BASE_URL": reka,
        "REEL_DATABASE": str(database),
        "REEL_SLOT_LIMIT": "0",
        "REEL_FILES": "false",
        "REEL_EDITS_PER_MINUTE": str(edits_per_minute),
        "REEL_LOG_FORMAT": "json",
    }
