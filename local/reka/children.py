"""Child processes: bounded in time, killed with all they started, fed nothing secret."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MAX_LINE_BYTES = 4 * 1024 * 1024
# The app's tokens may stand in the environment of a demo; a decoder of strangers' videos needs none.
_SECRET_PREFIXES = ("SLACK_", "REKA_")


@dataclass(frozen=True, slots=True)
class Child:
    """A started command; `errors` is the file that takes its standard error."""

    process: asyncio.subprocess.Process
    errors: Path

    async def lines(self) -> AsyncIterator[bytes]:
        """Its standard output, line by line, until it closes."""
        assert self.process.stdout is not None  # noqa: S101 - a pipe was asked for
        async for line in self.process.stdout:
            yield line

    async def exit_code(self) -> int:
        """Wait for the end; 128 + n when a signal n ended the command."""
        return await self.process.wait()

    def last_words(self, size: int = 4000) -> str:
        """The end of what it wrote on standard error."""
        return self.errors.read_bytes()[-size:].decode(errors="replace")


@asynccontextmanager
async def child(command: Sequence[str], errors: Path) -> AsyncIterator[Child]:
    """Start `command` on a leash; however the block is left, nothing of it goes on running."""
    with errors.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "local.reka.leash", *command,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=sink,
            limit=MAX_LINE_BYTES, env=_without_secrets(os.environ), start_new_session=True,
        )  # fmt: skip
    try:
        yield Child(process, errors)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        # Reads what is left, closes the pipes and reaps the process, also when we are cancelled.
        await asyncio.shield(process.communicate())


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(_SECRET_PREFIXES)
    }
