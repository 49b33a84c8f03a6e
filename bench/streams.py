"""Many streams: 100, 1,000 and 5,000 jobs followed at once in one process, at the same number of events a second.

Ours stores each event's stage before anything else. One reference only takes it from the wire, which cannot be had for
an event that is also stored; another one stores it, too. Edits are at their usual 50 a minute. Streams are closed by the
service: every job completes in one moment, and what is measured is the time until the other side has let go of every
connection, ours once each job's end is committed.
"""

import signal
import time
from collections.abc import Iterable, Mapping
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
    with bench() as house:
        reka = house.beside("clip service", "bench.clip_service")
        app = _started(house, count, module, reka, arguments)
        _open(house, app, line.waiting(WARM_UP))
        asked(reka, "/control/opened", count=WARM_UP)
        asked(reka, "/control/finish")
        empty = app.settled()
        began = time.monotonic()
        _open(house, app, line.waiting(count, first=1 + WARM_UP))
        opened = asked(reka, "/control/opened", count=count) - began
        full = app.settled()
        # What the opening left to do, the collection of its garbage above all, is not the events'.
        asked(reka, "/control/emit", count=WARM_UP_EVENTS, rate=EVENTS_PER_SECOND, first=100_000)
        idle = app.settled()
        events = int(EVENTS_PER_SECOND * seconds)
        asked(reka, "/control/emit", count=events, rate=EVENTS_PER_SECOND, first=1)
        time.sleep(0.2)
        busy = app.usage()
        app.tell(signal.SIGUSR2)
        polls = app.line()["polls"]
        closed = asked(reka, "/control/finish")
        app.kill()
    values = (
        (busy.cpu - idle.cpu) / events * 1000,
        (full.cpu - empty.cpu) / count * 1000,
        (full.memory - empty.memory) / count / 1024,
        opened / count * 1000,
        closed / count * 1000,
        median(polls) * 1000,
    )
    return dict(zip(ROWS, values, strict=True))


def _started(
    house: Bench, count: int, module: str, reka: str, arguments: tuple[str, ...]
) -> Measured:
    slack = house.beside("slack", "bench.slack")
    told = settings(reka, slack, house.folder / DATABASE, edits_per_minute=50)
    counts = () if module == OURS else (str(WARM_UP), str(count))
    app = house.measured(module, *counts, *arguments, **told)
    app.line()
    return app


def _open(house: Bench, app: Measured, jobs: list[Job]) -> None:
    """Have so many more streams opened; the reference knows how many, and has no database."""
    if (house.folder / DATABASE).exists():
        line.written(house.folder / DATABASE, jobs)
    app.tell(signal.SIGUSR1)
