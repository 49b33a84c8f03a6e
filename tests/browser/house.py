"""The workspace, the clip service and the app as processes of their own, as `make demo` starts them."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from local.demo.processes import Processes, Service, address_of

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds a test waits for something to happen before it fails; two cores are shared."""

Json = dict[str, Any]
T = TypeVar("T")


def until(look: Callable[[], T], what: str) -> T:
    """Look again and again until there is something; fails after `PATIENCE` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < deadline, f"it never came: {what}"
        time.sleep(0.05)
    return seen


def _heard(state: Json) -> bool:
    return bool(state["sockets"] or (state["request_url"] or {}).get("verified"))


@dataclass
class House:
    """Starts the processes below `folder`; `address` is the workspace's."""

    processes: Processes
    folder: Path
    address: str = ""
    clip_service: str = ""
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def open_workspace(self, *options: str, port: int = 0) -> Service:
        """Start the workspace, without rate limits; again on a port that it had."""
        workspace = self._start(
            "workspace",
            "local.slack",
            *("--port", str(port), "--data", str(self.folder / "workspace")),
            *("--rate-limit-factor", "0"),
            *options,
        )
        self.address = address_of(workspace)
        return workspace

    def open_clip_service(self, *options: str) -> None:
        """Start the clip service; `--fast` leaves the video work out."""
        data = str(self.folder / "clips")
        clips = self._start(
            "clips", "local.reka", "--data", data, "--allow-private-sources", *options
        )
        self.clip_service = address_of(clips)

    def open_app(self, command: str = "run", **settings: str) -> Service:
        """Start the app, without limits unless `settings` say so, and wait until it listens."""
        usual = {
            "SLACK_BOT_TOKEN": "xoxb-local",
            "SLACK_APP_TOKEN": "xapp-local",
            "SLACK_API_URL": f"{self.address}/api/",
            "REKA_API_KEY": "local",
            "REKA_BASE_URL": self.clip_service,
            "REEL_DATABASE": str(self.folder / "reel.db"),
            "REEL_SLOT_LIMIT": "0",
            "REEL_EDITS_PER_MINUTE": "1200",
        }
        app = self._start("app", "bot", command, **{**usual, **settings})
        self.connected()
        return app

    def open_other_app(self, module: str) -> Service:
        """Start another app of ours instead."""
        app = self._start("other", module, self.address)
        self.connected()
        return app

    def connected(self) -> None:
        """Wait until an app listens, over Socket Mode or at its request URL."""
        until(lambda: _heard(self.state()), "an app that listens")

    def _start(self, name: str, module: str, *arguments: str, **settings: str) -> Service:
        return self.processes.start(name, module, *arguments, PYTHONPATH=str(ROOT), **settings)

    def act(self, verb: str, **body: Any) -> Json:
        """`POST /act/<verb>`; the workspace's answer, which must not be a refusal."""
        answer = self._ask("POST", f"/act/{verb}", json=body)
        assert answer["ok"], answer
        return answer

    def call(self, method: str, **arguments: Any) -> Json:
        """A Web API call with the app's token, as the app itself makes them."""
        headers = {"Authorization": "Bearer xoxb-local"}
        answer = self._ask("POST", f"/api/{method}", json=arguments, headers=headers)
        assert answer["ok"], answer
        return answer

    def state(self) -> Json:
        """Everything in the workspace."""
        return self._ask("GET", "/state")

    def payloads(self, kind: str) -> list[Json]:
        """What was handed to the app of one type of interaction, oldest first."""
        changes = self._ask("GET", "/changes")["changes"]
        found = [change["payload"] for change in changes if change["type"] == "envelope"]
        return [payload for payload in found if payload.get("type") == kind]

    def channel(self) -> tuple[str, str]:
        """A new channel that the app is in: its name and its id."""
        name = f"room-{next(self._numbers)}"
        channel_id = self.act("channel", channel=name)["channel"]
        self.act("member", channel=name, join=True)
        return name, channel_id

    @property
    def talk(self) -> str:
        """The sample talk at the clip service."""
        return f"{self.clip_service}/sample/talk.mp4"

    def _ask(self, method: str, path: str, **more: Any) -> Json:
        # trust_env: a proxy for the outside world knows nothing of loopback.
        with httpx.Client(base_url=self.address, trust_env=False, timeout=PATIENCE) as client:
            answer: Json = client.request(method, path, **more).json()
        return answer
