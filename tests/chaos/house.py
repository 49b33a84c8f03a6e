"""The three processes on their ports and data: started, killed at any moment, started again."""

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from local.demo.processes import Processes, Service, address_of
from local.ports import free_ports

NAMES = ("app", "clip service", "workspace")
KEY = "reka-secret-key"
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-local", "SLACK_APP_TOKEN": "xapp-local"}


@dataclass(frozen=True, slots=True)
class Quota:
    """The key's limit in the run; `window` in seconds. Small, so that jobs wait."""

    limit: int = 5
    window: int = 3


@dataclass(slots=True)
class House:
    """What runs, where, and how often it was killed. Use `open` first and `close` last."""

    folder: Path
    processes: Processes
    quota: Quota = field(default_factory=Quota)
    dialect: str = "clips"
    kills: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)
    _services: dict[str, Service] = field(default_factory=dict)
    _ports: dict[str, int] = field(default_factory=dict)

    @property
    def workspace(self) -> str:
        """The workspace's address."""
        return f"http://127.0.0.1:{self._ports['workspace']}"

    @property
    def clip_service(self) -> str:
        """The clip service's address."""
        return f"http://127.0.0.1:{self._ports['clip service']}"

    @property
    def database(self) -> Path:
        """The app's."""
        return self.folder / "reel.db"

    @property
    def app_log(self) -> Path:
        """Everything the app has logged, over all its lives."""
        return self._services["app"].log

    @property
    def write_ahead_logs(self) -> tuple[Path, ...]:
        """Files that change whenever one of the three commits something."""
        return (
            Path(f"{self.database}-wal"),
            self.folder / "clip-service" / "clips.db-wal",
            self.folder / "workspace" / "workspace.sqlite3-wal",
        )

    async def open(self) -> None:
        """Start everything, each once the other listens that it needs."""
        self._ports = dict(zip(("workspace", "clip service"), free_ports(2), strict=True))
        for name in ("workspace", "clip service", "app"):
            self._services[name] = self._started(name)
            await self._ready(name)

    def _started(self, name: str) -> Service:
        data = str(self.folder / name.replace(" ", "-"))
        port = str(self._ports.get(name, 0))
        if name == "workspace":
            options = ("--data", data, "--port", port, "--rate-limit-factor", "0")
            return self.processes.start(name, "local.slack", *options)
        if name == "clip service":
            quota = ("--limit", str(self.quota.limit), "--window", f"{self.quota.window}s")
            pace = ("--fast", "--stage-seconds", "0.15", "--log-level", "warning")
            return self.processes.start(
                name, "local.reka", "--data", data, "--port", port, *pace, *quota
            )
        return self.processes.start(name, "tests.chaos.hurried", "run", **self._settings())

    def _settings(self) -> dict[str, str]:
        return {
            **TOKENS,
            "SLACK_API_URL": f"{self.workspace}/api/",
            "REKA_API_KEY": KEY,
            "REKA_BASE_URL": self.clip_service,
            "REKA_DIALECT": self.dialect,
            "REEL_DATABASE": str(self.database),
            "REEL_SLOT_LIMIT": str(self.quota.limit),
            "REEL_SLOT_WINDOW": f"{self.quota.window}s",
            "REEL_EDITS_PER_MINUTE": "1200",
            "REEL_LOG_FORMAT": "json",
        }

    async def _ready(self, name: str) -> None:
        if name != "app":  # the app says nothing on its standard output
            await asyncio.to_thread(address_of, self._services[name])

    def alive(self, name: str) -> bool:
        """Whether it runs now."""
        return self._services[name].alive()

    def last_words(self, name: str) -> str:
        """The end of its log."""
        return self._services[name].last_words()

    def kill(self, name: str) -> None:
        """kill -9."""
        service = self._services[name]
        if service.alive():
            service.process.send_signal(signal.SIGKILL)
            service.process.wait()
            self.kills[name] += 1

    async def stop(self, name: str) -> None:
        """Ask it to stop, and wait until it has."""
        process = self._services[name].process
        process.terminate()
        await asyncio.to_thread(process.wait, 30)

    async def revive(self) -> None:
        """Start again whatever is down, as a supervisor would."""
        for name in ("workspace", "clip service", "app"):
            if not self.alive(name):
                code = self._services[name].process.returncode
                if code != -signal.SIGKILL:
                    self.exits[f"{name}, exit code {code}"] += 1
                self.processes.restart(self._services[name])
                await self._ready(name)

    async def close(self) -> dict[str, int]:
        """Ask each to stop, the app first; their exit codes."""
        codes = {}
        for name in NAMES:
            process = self._services[name].process
            process.terminate()
            codes[name] = await asyncio.to_thread(process.wait, 20)
        return codes
