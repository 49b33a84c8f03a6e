"""What the thread has shown so far: the stages with their times, the end, the links."""

import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from local.demo.thread import Thread, card_title, done, links

_MAKING = "Making "
_ENDS = ("ready", "No clips", "Cancelled", "Finished", "Unsure", "No answer", "Given up")
"""What a card's title has in it when nothing more will come of the job itself."""


@dataclass(slots=True)
class Watched:
    """One job's thread from its beginning. Times are seconds since then."""

    thread: Thread
    links: list[str] = field(default_factory=list)
    ended: bool = False
    _title: str = ""
    _done: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _marks: list[tuple[str, float]] = field(default_factory=list)

    def seconds(self) -> float:
        """Seconds since the command was typed."""
        return time.monotonic() - self._began

    def take(self, message: dict[str, Any]) -> bool:
        """Take a posted or edited message. False when a card says nothing new (only its times have changed)."""
        self.thread.take(message)
        title = card_title(message)
        if title is None:
            # The card carries the links too; the message that brings them is a reply without a plan.
            if message.get("thread_ts", message["ts"]) != message["ts"]:
                self.links = links(message)
            return True
        if title == self._title:
            return False
        self._title = title
        self.ended = any(word in title for word in _ENDS)
        if title.startswith(_MAKING) or self.ended:
            self._marks.append((title.rsplit(": ", 1)[-1], self.seconds()))
        return True

    def passed(self, message: dict[str, Any]) -> list[str]:
        """The stages that a card shows as done for the first time: a short one may never have been its title."""
        fresh = [title for title in done(message) if title not in self._done]
        self._done += fresh
        return fresh

    def stages(self) -> dict[str, float]:
        """Seconds that each of Reka's stages lasted, as the thread showed it."""
        return {stage: after - before for (stage, before), (_, after) in pairwise(self._marks)}
