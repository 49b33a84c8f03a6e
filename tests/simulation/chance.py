"""Everything that happens by chance, by seed; and what happened, as a trace whose hash tells two runs apart."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.simulation.clock import Clock

# Each run draws a rate for each kind of fault. Most kinds are off in most runs, so that rare meetings of two are seen.
_RATES = (0.0, 0.0, 0.0, 0.03, 0.12, 0.4)


EVERY = "*"
"""Among given rates: of every kind that is not named."""


@dataclass(slots=True)
class Trace:
    """What happened, line by line."""

    clock: Clock
    lines: list[str] = field(default_factory=list)

    def add(self, who: str, what: str) -> None:
        """Note one event at the present second."""
        self.lines.append(f"{self.clock.seconds:11.3f} {who:8} {what}")

    def digest(self) -> str:
        """A hash of all lines."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:16]


@dataclass(slots=True)
class Chance:
    """Seeded decisions of one run. `calm` ends every fault."""

    seed: int
    trace: Trace
    calm: bool = False
    faults: Counter[str] = field(default_factory=Counter)
    random: Random = field(init=False)
    rates: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = self.stream("world")

    def stream(self, name: str) -> Random:
        """A source of its own, so that drawing more here changes nothing there."""
        return Random(f"{self.seed} {name}")  # noqa: S311  reproducible on purpose

    def rate(self, kind: str) -> float:
        """How often this kind of fault happens in this run."""
        if kind not in self.rates and EVERY in self.rates:
            return self.rates[EVERY]
        if kind not in self.rates:
            self.rates[kind] = self.stream(kind).choice(_RATES)
        return self.rates[kind]

    def hits(self, kind: str) -> bool:
        """Whether a fault of this kind happens now; counted and traced if so."""
        if self.calm or self.random.random() >= self.rate(kind):
            return False
        self.happened(kind)
        return True

    def happened(self, kind: str) -> None:
        """Count and trace a fault that was decided elsewhere."""
        self.faults[kind] += 1
        self.trace.add("fault", kind)

    def pick(self, *kinds: str) -> str | None:
        """The first of these faults that happens now, in an order drawn anew."""
        order = self.random.sample(kinds, len(kinds))
        return next((kind for kind in order if self.hits(kind)), None)

    def latency(self) -> float:
        """Seconds that an ordinary answer takes."""
        return self.random.choice((0.0, 0.05, 0.05, 0.2, 0.9))
