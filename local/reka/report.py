"""What a running job says about itself: stages, measurements, notes."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

Emit = Callable[[Mapping[str, object]], None]
StageName = Literal["indexing", "preprocessing", "processing"]


class Report:
    """Turns what happens in the pipeline into events, from any thread, for one `emit`."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._lock = threading.Lock()
        self._stage: StageName | None = None
        self._noted: set[str] = set()

    def stage(self, name: StageName) -> None:
        """The job has really begun this stage."""
        self._stage = name
        self._send({"stage": name})

    def note(self, sentence: str) -> None:
        """An honest limitation of this result, said once."""
        if sentence not in self._noted:
            self._noted.add(sentence)
            self._send({"note": sentence})

    @contextmanager
    def measure(self, work: str, video_seconds: float) -> Iterator[None]:
        """Times one piece of work that deals with `video_seconds` of video."""
        began = time.perf_counter()
        yield
        seconds = round(time.perf_counter() - began, 3)
        self._send(
            {
                "measured": {
                    "work": work,
                    "stage": self._stage,
                    "seconds": seconds,
                    "video_seconds": round(video_seconds, 2),
                }
            }
        )

    def _send(self, event: Mapping[str, object]) -> None:
        with self._lock:
            self._emit(event)
