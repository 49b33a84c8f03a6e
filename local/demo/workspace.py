"""A person at the local workspace: types commands, watches what changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

WAIT_SECONDS = 5.0
"""How long one look at the changes waits for the next one."""


class NotAnswered(Exception):
    """The workspace did not take the command; the message says why."""


@dataclass(slots=True)
class Person:
    """Robin, in #general."""

    client: httpx.Client
    user: str = "robin"
    channel: str = "general"
    _seen: int = 0

    def type(self, command: str, text: str) -> dict[str, Any]:
        """Type a slash command; the answer is what the app acked (`text`, `blocks`), {} for nothing."""
        answer = self.client.post(
            "/act/command",
            json={"user": self.user, "channel": self.channel, "command": command, "text": text},
            timeout=30,
        ).json()
        if not answer.get("acked"):
            raise NotAnswered(
                f"{command} was not answered: {answer.get('error', 'no ack in time')}"
            )
        return dict(answer.get("ack") or {})

    def messages(self) -> Iterator[dict[str, Any] | None]:
        """Every message as it is posted or edited, from where the last look ended; None when nothing happened."""
        while True:
            page = self.client.get(
                "/changes",
                params={"after": self._seen, "wait": WAIT_SECONDS},
                timeout=WAIT_SECONDS + 10,
            ).json()
            changes = page["changes"]
            if not changes:
                yield None
            for change in changes:
                self._seen = change["seq"]
                if change["type"] in {"message_posted", "message_changed"}:
                    yield dict(change["message"])

    def catch_up(self) -> None:
        """Skip what happened so far."""
        self._seen = self.client.get("/changes", params={"after": 0}).json()["seq"]
