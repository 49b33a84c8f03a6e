"""The whole cluster on this machine: what runs, on which ports, and how each part is killed, frozen and started again."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local.cluster import postgres as database
from local.cluster.postgres import Postgres
from local.cluster.temporal import DevServer
from local.demo.processes import Processes, Service, address_of
from local.ports import free_ports

DATABASE, TEMPORAL = "PostgreSQL", "Temporal"
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-local", "SLACK_SIGNING_SECRET": "signing-secret-local"}
"""The local workspace's own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many of each, how the app is started, and what is said to everybody. `app`: a module and its arguments before
    the command.
    """

    fronts: int = 2
    workers: int = 3
    app: tuple[str, ...] = ("bot",)
    settings: Mapping[str, str] = field(default_factory=dict)
    workspace: Sequence[str] = ()
    clip_service: Sequence[str] = ()


@dataclass(slots=True)
class Cluster:
    """Everything that runs. Get one from `opened`."""

    folder: Path
    plan: Plan
    processes: Processes
    postgres: Postgres
    temporal: DevServer
    _ports: Mapping[str, int]
    services: dict[str, Service] = field(default_factory=dict)

    @property
    def workspace(self) -> str:
        """The workspace's address."""
        return f"http://127.0.0.1:{self._ports['workspace']}"

    @property
    def clip_service(self) -> str:
        """The clip service's address."""
        return f"http://127.0.0.1:{self._ports['clip service']}"

    @property
    def fronts(self) -> list[str]:
        """The names of those that hear Slack."""
        return _numbered("front", self.plan.fronts)

    @property
    def workers(self) -> list[str]:
        """The names of those that follow jobs."""
        return _numbered("worker", self.plan.workers)

    def health(self, name: str) -> str:
        """Where a front or a worker answers /healthz, /readyz and /metrics."""
        return f"http://127.0.0.1:{self._ports[f'health of {name}']}"

    def pids(self) -> dict[str, int | None]:
        """Name → process id, of everything; None for what does not run."""
        ours = {
            name: service.process.pid if service.alive() else None
            for name, service in self.services.items()
        }
        return {DATABASE: self.postgres.pid, TEMPORAL: self.temporal.pid, **ours}

    async def start(self) -> None:
        """Start everything, each once what it needs is there."""
        await self._serve("workspace", "local.slack", *self._told(), *self.plan.workspace)
        await self._serve("clip service", "local.reka", *self.plan.clip_service)
        for name in (*self.fronts, *self.workers):
            self.services[name] = self._app(name)
        fronts = [
            f"http://127.0.0.1:{self._ports[front]},{self.health(front)}" for front in self.fronts
        ]
        service = self.processes.start(
            "balancer", "local.cluster.balancer", str(self._ports["balancer"]), *fronts
        )
        await self._listening("balancer", service)

    async def _serve(self, name: str, module: str, *options: str) -> None:
        data = str(self.folder / name.replace(" ", "-"))
        port = str(self._ports[name])
        service = self.processes.start(name, module, "--port", port, "--data", data, *options)
        await self._listening(name, service)

    async def _listening(self, name: str, service: Service) -> None:
        self.services[name] = service
        await asyncio.to_thread(address_of, service)

    def _told(self) -> tuple[str, str]:
        return "--deliver-to", f"http://127.0.0.1:{self._ports['balancer']}/slack/events"

    def _app(self, name: str) -> Service:
        module, *before = self.plan.app
        command = "serve" if name in self.fronts else "work"
        return self.processes.start(name, module, *before, command, **self._settings(name))

    def _settings(self, name: str) -> dict[str, str]:
        return {
            **TOKENS,
            "SLACK_API_URL": f"{self.workspace}/api/",
            "REKA_API_KEY": "local",
            "REKA_BASE_URL": self.clip_service,
            "REEL_DATABASE": self.postgres.url(),
            "REEL_TEMPORAL": self.temporal.address,
            "REEL_HTTP_PORT": str(self._ports.get(name, 3000)),
            "REEL_HEALTH_PORT": str(self._ports[f"health of {name}"]),
            **self.plan.settings,
        }

    def signal(self, name: str, number: signal.Signals) -> None:
        """kill -9 it, freeze it (SIGSTOP), let it go on (SIGCONT)."""
        self.services[name].process.send_signal(number)

    async def revive(self, name: str) -> None:
        """Start one again that has ended, with the same settings."""
        if name == DATABASE:
            await asyncio.to_thread(self.postgres.start)
        elif name == TEMPORAL:
            await self.temporal.start()
        else:
            self.processes.restart(self.services[name])
            if name not in (*self.fronts, *self.workers):
                await self._listening(name, self.services[name])

    async def stop(self) -> dict[str, int]:
        """Ask all of it to stop, fronts and workers first; their exit codes. The databases stay."""
        others = [name for name in self.services if name not in (*self.fronts, *self.workers)]
        codes = {}
        for names in ([*self.fronts, *self.workers], others):
            for name in names:
                self.services[name].process.terminate()
            for name in names:
                codes[name] = await asyncio.to_thread(self.services[name].process.wait, 30)
        return codes

    def ended(self) -> list[str]:
        """The names of those that do not run."""
        return [name for name, pid in self.pids().items() if pid is None]


@asynccontextmanager
async def opened(folder: Path, plan: Plan) -> AsyncIterator[Cluster]:
    """Start the cluster in `folder`, whose path must be absolute; end all of it when the block is left.

    Raises `DemoFailed`, `NoPostgres` or `NotStarted` with a sentence.
    """
    names = _names(plan)
    ports = dict(zip(names, free_ports(len(names)), strict=True))  # kept over all restarts
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(database.running())
        temporal = DevServer(ports["temporal"], folder)
        stack.push_async_callback(temporal.kill)
        await temporal.start()
        processes = stack.enter_context(Processes(folder))
        cluster = Cluster(folder, plan, processes, postgres, temporal, ports)
        await cluster.start()
        yield cluster


def _names(plan: Plan) -> list[str]:
    """Everything that has a port."""
    fronts, workers = _numbered("front", plan.fronts), _numbered("worker", plan.workers)
    health = [f"health of {name}" for name in (*fronts, *workers)]
    return ["temporal", "workspace", "clip service", "balancer", *fronts, *health]


def _numbered(kind: str, count: int) -> list[str]:
    return [f"{kind} {number}" for number in range(1, count + 1)]
