"""The world's files: tickets, what was sent to them, and where each is shared once it was looked over. No I/O."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.chance import Chance
from tests.simulation.clock import Clock

Answer = dict[str, Any]

HOST = "https://files.slack.example/"
_REFUSALS = ("storage_limit_reached", "file_type_not_allowed", "posting_to_channel_denied")


@dataclass(frozen=True, slots=True)
class Share:
    """A message in a thread that shows a file, from a second on."""

    since: float
    channel: str
    thread_ts: str


@dataclass(slots=True)
class File:
    """A file from its ticket on."""

    id: str
    length: int
    octets: bytes | None = None
    completed: bool = False
    shares: list[Share] = field(default_factory=list)


@dataclass(slots=True)
class Files:
    """Every file of the workspace. Some workspaces share what is completed a second time a second time."""

    clock: Clock
    chance: Chance
    held: dict[str, File] = field(default_factory=dict)
    #: Completions whose caller has gone, and the seconds at which they take effect.
    on_their_way: list[tuple[float, Answer]] = field(default_factory=list)

    def begin(self, arguments: Answer) -> Answer:
        """A ticket."""
        if refusal := self._refusal():
            return refusal
        file = File(f"F{len(self.held) + 1}", int(arguments["length"]))
        self.held[file.id] = file
        return {"ok": True, "upload_url": f"{HOST}{file.id}", "file_id": file.id}

    def store(self, file_id: str, octets: bytes) -> int:
        """What was sent to a ticket; the HTTP status."""
        file = self.held[file_id]
        if file.completed or len(octets) != file.length:
            return 400
        file.octets = octets
        return 200

    def complete(self, arguments: Answer) -> Answer:
        """Share what was sent. The look that Slack takes at it first goes on after the answer."""
        if refusal := self._refusal():
            return refusal
        file = self.held.get(_ids(arguments)[0])
        again = file is not None and file.completed and self.chance.rate("slack.shares again") > 0
        if file is None or file.octets is None or (file.completed and not again):
            return {"ok": False, "error": "file_not_found"}
        file.completed = True
        slow = self.chance.hits("slack.slow scan")
        since = self.clock.seconds + (self.chance.random.uniform(1, 90) if slow else 0.1)
        share = Share(since, str(arguments["channel_id"]), str(arguments["thread_ts"]))
        file.shares.append(share)
        self.chance.trace.add("slack", f"{share.channel} {file.id} shared in {share.thread_ts}")
        return {"ok": True, "files": [{"id": file.id}]}

    def info(self, arguments: Answer) -> Answer:
        """A file, and where it is seen by now."""
        file = self.held.get(str(arguments["file"]))
        if file is None or not file.completed:
            return {"ok": False, "error": "file_not_found"}
        seen = [share.channel for share in file.shares if share.since <= self.clock.seconds]
        return {
            "ok": True,
            "file": {"id": file.id, "shares": {"public": {channel: [] for channel in seen}}},
        }

    def leave(self, arguments: Answer) -> None:
        """A completion goes on although its caller was told that it failed."""
        lands = self.clock.seconds + self.chance.random.uniform(0.1, 20)
        self.on_their_way.append((lands, arguments))

    def landed(self) -> list[Answer]:
        """The completions that take effect by now, each once."""
        due = [given for lands, given in self.on_their_way if lands <= self.clock.seconds]
        self.on_their_way = [each for each in self.on_their_way if each[0] > self.clock.seconds]
        return due

    def _refusal(self) -> Answer | None:
        if not self.chance.hits("slack.takes no file"):
            return None
        return {"ok": False, "error": self.chance.random.choice(_REFUSALS)}


def _ids(arguments: Answer) -> list[str]:
    files = arguments["files"]
    return [file["id"] for file in (json.loads(files) if isinstance(files, str) else files)]
