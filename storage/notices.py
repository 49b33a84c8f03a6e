"""What the processes on one database tell each other. An SQLite file has one process, so there nobody is told."""

from collections.abc import Callable
from enum import StrEnum

Hear = Callable[[str], None]
"""Gets what a notice is about, "" where nothing more is to be said."""


class Topic(StrEnum):
    """What a notice says."""

    #: Something about the slots has changed: who waits for one looks again.
    BELL = "bell"
    #: Something about this job was committed from elsewhere: its card is edited by who follows it.
    CARD = "card"


class Notices:
    """Told to the others, heard from the others; for a process that is alone."""

    def tell(self, topic: Topic, subject: str = "") -> None:
        """Tell the others, soon and at most once for the same; a notice may be lost, so nothing depends on it alone."""

    def hear(self, topic: Topic, heard: Hear) -> None:
        """Call `heard` for each notice of the others. After a time in which one may have been missed, with ""."""
