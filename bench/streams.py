"""Many streams: 100, 1,000 and 5,000 jobs followed at once in one process, at the same number of events a second.

Ours stores each event's stage before anything else; the reference only takes it from the wire. Edits are at their
usual 50 a minute. Streams are closed by the service: every job completes in one moment, and what is measured is the
time until the other side has let go of every connection, ours once each job's end is committed.
"""

import signal
import time
from functools import partial
from statistics import median

from bench import line
from bench.pairs import Figure, Goal, Measure, Sample, figures, interleaved
from bench.processes import Bench, Measured, asked, bench, settings
from bot.jobs import Job

DATABASE = "reel.db"
WARM_UP = 10
EVENTS_PER_SECOND = 200.0
"""What 5,000 jobs of two minutes with five stages send."""
SECONDS = 5.0
OURS, REFERENCE = "bench.app", "bench.references.streams"
FEW, MANY, MOST = 100, 1000, 5000
STORED = Goal(1.5)
FLAT = Goal(1.3)


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """All rows: against the reference at 100 and 1,000 streams, and our 5,000 against our own 100. `scale` makes it smaller."""
    few, many, most = (max(2, int(count * scale)) for count in (FEW, MANY, MOST))
    seconds = max(0.5, SECONDS * scale)
    found = []
    for count, name in ((few, f"{FEW:,}"), (many, f"{MANY:,}")):
        ours = partial(_sample, count, seconds, OURS)
        reference = partial(_sample, count, seconds, REFERENCE)
        measures = _measures(name, STORED)
        found += _rows(measures, list(interleaved(pairs, ours, reference)))
    ours, own = partial(_sample, most, seconds, OURS), partial(_sample, few, seconds, OURS)
    name = f"{MOST:,} to our own {FEW}"
    return [*found, *_rows(_measures(name, FLAT, growth=True), list(interleaved(pairs, ours, own)))]


def _measures(name: str, per_event: Goal, *, growth: bool = False) -> dict[str, Measure]:
    flat = FLAT if growth else None
    return {
        "event": Measure(f"streams: {name}, CPU per event", "ms", per_event),
        "cpu": Measure(f"streams: {name}, CPU to open, per stream", "ms", flat),
        "memory": Measure(f"streams: {name}, memory per stream", "KB", flat),
        "open": Measure(f"streams: {name}, time to open, per stream", "ms"),
        "close": Measure(f"streams: {name}, time to close, per stream", "ms"),
        "poll": Measure(f"streams: {name}, one poll beside them", "ms"),
    }


def _rows(measures: dict[str, Measure], pairs: list[tuple[Sample, Sample]]) -> list[Figure]:
    named = [
        tuple({measures[key].name: value for key, value in sample.items()} for sample in pair)
        for pair in pairs
    ]
    return figures(list(measures.values()), [(ours, other) for ours, other in named])


def _sample(count: int, seconds: float, module: str) -> Sample:
    with bench() as house:
        reka = house.beside("clip service", "bench.clip_service")
        app = _started(house, count, module, reka)
        _open(house, app, line.waiting(WARM_UP))
        asked(reka, "/control/opened", count=WARM_UP)
        asked(reka, "/control/finish")
        empty = app.settled()
        began = time.monotonic()
        _open(house, app, line.waiting(count, first=1 + WARM_UP))
        opened = asked(reka, "/control/opened", count=count) - began
        idle = app.settled()
        events = int(EVENTS_PER_SECOND * seconds)
        asked(reka, "/control/emit", count=events, rate=EVENTS_PER_SECOND, first=1)
        time.sleep(0.2)
        busy = app.usage()
        app.tell(signal.SIGUSR2)
        polls = app.line()["polls"]
        closed = asked(reka, "/control/finish")
        app.kill()
    return {
        "event": (busy.cpu - idle.cpu) / events * 1000,
        "cpu": (idle.cpu - empty.cpu) / count * 1000,
        "memory": (idle.memory - empty.memory) / count / 1024,
        "open": opened / count * 1000,
        "close": closed / count * 1000,
        "poll": median(polls) * 1000,
    }


def _started(house: Bench, count: int, module: str, reka: str) -> Measured:
    slack = house.beside("slack", "bench.slack")
    told = settings(reka, slack, house.folder / DATABASE, edits_per_minute=50)
    arguments = () if module == OURS else (str(WARM_UP), str(count))
    app = house.measured(module, *arguments, **told)
    app.line()
    return app


def _open(house: Bench, app: Measured, jobs: list[Job]) -> None:
    """Have so many more streams opened; the reference knows how many, and has no database."""
    if (house.folder / DATABASE).exists():
        line.written(house.folder / DATABASE, jobs)
    app.tell(signal.SIGUSR1)
