"""Event to edit: from the bytes of an SSE event leaving the clip service to its `chat.update` arriving at Slack."""

import signal
import time
from functools import partial

from bench import line
from bench.pairs import Figure, Goal, Measure, Sample, figures, interleaved, percentile
from bench.processes import Bench, Measured, NotMeasured, asked, bench, settings

EVENTS = 150
"""Fewer than the app's budget lets through at once, so that no event waits for its turn."""
EVENTS_PER_SECOND = 40.0
SEEN_SHARE = 0.9
"""Of the events; an edit shows the newest stage, so one that came too fast may be passed over."""
OURS, REFERENCE = "bench.app", "bench.references.edit"
NAME = "edit: from the event to chat.update"
MEASURES = [
    Measure(f"{NAME}, p50", "ms", Goal(1.3)),
    Measure(f"{NAME}, p99", "ms"),
    Measure(f"{NAME}, CPU per event", "ms"),
]


def run(pairs: int, scale: float = 1.0) -> list[Figure]:
    """The rows. `scale` shortens the runs."""
    events = max(3, int(EVENTS * scale))
    ours, reference = partial(_sample, events, OURS), partial(_sample, events, REFERENCE)
    return figures(MEASURES, list(interleaved(pairs, ours, reference)))


def _sample(events: int, module: str) -> Sample:
    with bench() as house:
        reka = house.beside("clip service", "bench.clip_service")
        slack = house.beside("slack", "bench.slack")
        app = _following(house, module, reka, slack)
        asked(reka, "/control/opened", count=1)
        before = app.settled()
        asked(slack, "/control/seen")
        left = asked(reka, "/control/emit", count=events, rate=EVENTS_PER_SECOND, first=1)
        time.sleep(0.3)
        after = app.settled()
        came = dict(asked(slack, "/control/seen"))
        app.kill()
    seconds = [came[stage] - when for stage, when in left if stage in came]
    if len(seconds) < SEEN_SHARE * events:
        raise NotMeasured(f"only {len(seconds)} of {events} events were seen on a card")
    return {
        f"{NAME}, p50": percentile(seconds, 0.5) * 1000,
        f"{NAME}, p99": percentile(seconds, 0.99) * 1000,
        f"{NAME}, CPU per event": (after.cpu - before.cpu) / events * 1000,
    }


def _following(house: Bench, module: str, reka: str, slack: str) -> Measured:
    database = house.folder / "reel.db"
    app = house.measured(module, **settings(reka, slack, database))
    if module == OURS:
        app.line()
        line.written(database, line.waiting(1))
        app.tell(signal.SIGUSR1)
    return app
