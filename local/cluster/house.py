"""The whole cluster on this machine: what runs, on which ports, and how each part is killed, frozen and started again."""

import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local.cluster.postgres import Postgres
from local.cluster.temporal import Temporal
from local.demo.processes import Processes, Service, address_of

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
    temporal: Temporal
    services: dict[str, Service] = field(default_factory=dict)
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
    def fronts(self) -> list[str]:
        """The names of those that hear Slack."""
        return [f"front {number}" for number in range(1, self.plan.fronts + 1)]

    @property
    def workers(self) -> list[str]:
        """The names of those that follow jobs."""
        return [f"worker {number}" for number in range(1, self.plan.workers + 1)]

    def health(self, name: str) -> str:
        """Where a front or a worker answers /healthz, /readyz and /metrics."""
        return f"http://127.0.0.1:{self._ports[f'health of {name}']}"

    def start(self) -> None:
        """Start everything, each once what it needs is there."""
        apps = [*self.fronts, *self.workers]
        names = ["workspace", "clip service", "balancer", *self.fronts]
        self._ports = _free_ports([*names, *(f"health of {name}" for name in apps)])
        self._serving("workspace", "local.slack", *self._kept("workspace"), *self._told(), *self.plan.workspace)  # fmt: skip
        self._serving("clip service", "local.reka", *self._kept("clip service"), *self.plan.clip_service)  # fmt: skip
        for name in apps:
            self.services[name] = self._app(name)
        fronts = [
            f"http://127.0.0.1:{self._ports[name]},{self.health(name)}" for name in self.fronts
        ]
        self._serving("balancer", "local.cluster.balancer", str(self._ports["balancer"]), *fronts)

    def _kept(self, name: str) -> tuple[str, ...]:
        data = self.folder / name.replace(" ", "-")
        return "--port", str(self._ports[name]), "--data", str(data)

    def _told(self) -> tuple[str, str]:
        return "--deliver-to", f"http://127.0.0.1:{self._ports['balancer']}/slack/events"

    def _serving(self, name: str, module: str, *arguments: str) -> None:
        self.services[name] = self.processes.start(name, module, *arguments)
        address_of(self.services[name])

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
            "REEL_DATABASE": self.postgres.url,
            "REEL_TEMPORAL": self.temporal.address,
            "REEL_HTTP_PORT": str(self._ports.get(name, 3000)),
            "REEL_HEALTH_PORT": str(self._ports[f"health of {name}"]),
            **self.plan.settings,
        }

    def signal(self, name: str, number: signal.Signals) -> None:
        """kill -9 it, freeze it (SIGSTOP), let it go on (SIGCONT)."""
        self.services[name].process.send_signal(number)

    def revive(self, name: str) -> None:
        """Start one again that has ended, with the same settings."""
        self.processes.restart(self.services[name])
        if name not in (*self.fronts, *self.workers):
            address_of(self.services[name])

    def ended(self) -> list[str]:
        """The names of those that do not run."""
        return [name for name, service in self.services.items() if not service.alive()]


@contextmanager
def opened(folder: Path, plan: Plan) -> Iterator[Cluster]:
    """Start the cluster in `folder`, whose path must be absolute; end all of it when the block is left."""
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres(folder / "postgres"))
        temporal = stack.enter_context(Temporal(folder / "temporal"))
        processes = stack.enter_context(Processes(folder))
        cluster = Cluster(folder, plan, processes, postgres, temporal)
        cluster.start()
        yield cluster


def _free_ports(names: Sequence[str]) -> dict[str, int]:
    """A port for each, kept over all restarts. All at once, so that they differ."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in names]
        ports = [listener.getsockname()[1] for listener in listeners]
    return dict(zip(names, ports, strict=True))
