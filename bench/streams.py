"""Many streams: 100, 1,000 and 5,000 jobs followed at once in one process, at the same number of events a second.

Ours stores each event's stage before anything else. One reference only takes it from the wire, which cannot be had for
an event that is also stored; another one stores it, too. Edits are at their usual 50 a minute. Streams are closed by the
service: every job completes in one moment, and what is measured is the time until the other side has let go of every
connection, ours once each job's end is committed.
"""

import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median

from bench import line
from bench.pairs import Figure, Goal, Measure, Sample, figures
from bench.processes import Bench, Measured, asked, bench, settings
from bot.jobs import Job

DATABASE = "reel.db"
WARM_UP = 10
WARM_UP_EVENTS = 100
EVENTS_PER_SECOND = 200.0
"""What 5,000 jobs of two minutes with five stages send."""
SECONDS, SECONDS_OF_FEW = 2.0, 6.0
"""How long events come. Of a hundred streams for longer: an edit or two more in two seconds moved the ratio by a tenth."""
OPENINGS_OF_FEW = 3
"""A hundred streams open in less than half a second: in so many processes, of which the median counts."""
OURS, REFERENCE = "bench.app", "bench.references.streams"
FEW, MANY, MOST = 100, 1000, 5000
EVENT = "CPU per event"
ROWS = {
    EVENT: "ms",
    "CPU to open, per stream": "ms",
    "memory per stream": "KB",
    "time to open, per stream": "ms",
    "time to close, per stream": "ms",
    "one poll beside them": "ms",
}
GROWING = {EVENT, "CPU to open, per stream", "memory per stream"}
STORED, FLAT = Goal(1.5), Goal(1.3)


@dataclass(frozen=True, slots=True)
class Runs:
    """How many streams, and for how many seconds events come."""

    scale: float

    def of(self, count: int, module: str = OURS, *arguments: str) -> Sample:
        """One run."""
        length = SECONDS_OF_FEW if count == FEW else SECONDS
        seconds = max(0.5, length * self.scale)
        return _sample(max(2, int(count * self.scale)), seconds, module, *arguments)


@dataclass(frozen=True, slots=True)
class Opening:
    """What it took to open so many streams: CPU seconds, seconds, and the bytes by which memory grew."""

    cpu: float
    seconds: float
    memory: int


@dataclass(slots=True)
class Streams:
    """The streams of one run: who follows them, and the clip service at their other end."""

    house: Bench
    app: Measured
    reka: str
    asked_for: int = 0

    def opened(self, count: int) -> Opening:
        """Have so many opened, where none is open."""
        empty = self.app.settled()
        began = time.monotonic()
        self._ask_for(line.waiting(count, first=1 + self.asked_for))
        seconds = asked(self.reka, "/control/opened", count=count) - began
        full = self.app.settled()
        return Opening(full.cpu - empty.cpu, seconds, full.memory - empty.memory)

    def closed(self) -> float:
        """Complete every job; the seconds until every stream is closed."""
        return float(asked(self.reka, "/control/finish"))

    def event(self, seconds: float) -> float:
        """Let events come for so long; the CPU seconds that each took."""
        # What the opening left to do, the collection of its garbage above all, is not the events'.
        self._emitted(WARM_UP_EVENTS, first=100_000)
        idle = self.app.settled()
        events = int(EVENTS_PER_SECOND * seconds)
        self._emitted(events, first=1)
        time.sleep(0.2)
        return (self.app.usage().cpu - idle.cpu) / events

    def poll(self) -> float:
        """The seconds of one poll beside the streams."""
        self.app.tell(signal.SIGUSR2)
        return float(median(self.app.line()["polls"]))

    def _emitted(self, count: int, first: int) -> None:
        asked(self.reka, "/control/emit", count=count, rate=EVENTS_PER_SECOND, first=first)

    def _ask_for(self, jobs: list[Job]) -> None:
        """The reference knows how many, and has no database."""
        self.asked_for += len(jobs)
        if (self.house.folder / DATABASE).exists():
            line.written(self.house.folder / DATABASE, jobs)
        self.app.tell(signal.SIGUSR1)


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """All rows, round by round: ours and each reference in turn, what is compared side by side. `scale` makes it smaller."""
    against: dict[str, list[tuple[Sample, Sample]]] = {}
    runs = Runs(scale)
    for _ in range(pairs):
        few = runs.of(FEW)
        for name, pair in {
            f"{FEW}": (few, runs.of(FEW, REFERENCE)),
            f"{FEW}, to one that stores": (few, runs.of(FEW, REFERENCE, "--stored")),
            f"{MOST:,}, to our own {FEW}": (runs.of(MOST), few),
            f"{MANY:,}": (runs.of(MANY), runs.of(MANY, REFERENCE)),
        }.items():
            against.setdefault(name, []).append(pair)
    plain, stored, growth, bigger = against
    return [
        *_rows(plain, against[plain], {EVENT: STORED}),
        *_rows(stored, against[stored], {EVENT: STORED}, [EVENT]),
        *_rows(bigger, against[bigger], {EVENT: STORED}),
        *_rows(growth, against[growth], dict.fromkeys(GROWING, FLAT)),
    ]


def _rows(
    streams: str,
    pairs: list[tuple[Sample, Sample]],
    goals: Mapping[str, Goal],
    rows: Iterable[str] = tuple(ROWS),
) -> list[Figure]:
    measures = [Measure(row, ROWS[row], goals.get(row)) for row in rows]
    return [
        replace(row, name=f"streams: {streams}, {row.name}") for row in figures(measures, pairs)
    ]


def _sample(count: int, seconds: float, module: str, *arguments: str) -> Sample:
    with _following(count, module, *arguments) as streams:
        full = streams.opened(count)
        event, poll, closing = streams.event(seconds), streams.poll(), streams.closed()
    opened = [full]
    for _ in range(OPENINGS_OF_FEW - 1 if count <= FEW else 0):
        with _following(count, module, *arguments) as streams:
            opened.append(streams.opened(count))
    values = (
        event * 1000,
        median(each.cpu for each in opened) / count * 1000,
        full.memory / count / 1024,
        median(each.seconds for each in opened) / count * 1000,
        closing / count * 1000,
        poll * 1000,
    )
    return dict(zip(ROWS, values, strict=True))


@contextmanager
def _following(count: int, module: str, *arguments: str) -> Iterator[Streams]:
    """A fresh process that has followed a few jobs to their end."""
    with bench() as house:
        reka = house.beside("clip service", "bench.clip_service")
        app = _started(house, count, module, reka, arguments)
        streams = Streams(house, app, reka)
        streams.opened(WARM_UP)
        streams.closed()
        yield streams
        app.kill()


def _started(
    house: Bench, count: int, module: str, reka: str, arguments: tuple[str, ...]
) -> Measured:
    slack = house.beside("slack", "bench.slack")
    told = settings(reka, slack, house.folder / DATABASE, edits_per_minute=50)
    counts = () if module == OURS else (str(WARM_UP), str(count))
    app = house.measured(module, *counts, *arguments, **told)
    app.line()
    return app
