"""What comes of a generation: clips or a failure, and the maker that brings it about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from local.reka.generations import Clip, Generation


class GenerationFailed(Exception):
    """The generation cannot be made; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Made:
    """The clips in the order of their rank, and what was measured while they were made."""

    clips: tuple[Clip, ...]
    measurements: dict[str, Any] = field(default_factory=dict)


class EnterStage(Protocol):
    """Says that a stage begins, with the number of clips once an automatic count is resolved."""

    async def __call__(self, stage: str, count: int | None = None) -> None: ...


class ClipMaker(Protocol):
    """Makes the clips of one generation: by cutting them, or as a stand-in."""

    async def make(self, generation: Generation, enter: EnterStage) -> Made:
        """Go through the stages after `starting`; raises GenerationFailed."""
