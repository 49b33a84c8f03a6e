"""What an examination has found: each check, how it ended, and how it is mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    #: It works now, and will make trouble later.
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was found, and what to do about it; `mend` is empty when there is nothing to do."""

    name: str
    level: Level
    found: str
    mend: str = ""


def is_well(findings: Sequence[Finding]) -> bool:
    """True when there is nothing to mend."""
    return all(finding.level is Level.OK for finding in findings)
