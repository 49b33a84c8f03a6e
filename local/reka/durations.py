"""How long the sources are, for requests that leave the number of clips to the service."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.reka.children import child
from local.reka.ffmpeg import binary, reading
from local.reka.probe import duration

_PROBE_SECONDS = 60


async def effective_seconds(
    sources: Sequence[Path], config: dict[str, Any], directory: Path
) -> float:
    """The sum over the sources, each within `source_start_time` and `source_end_time`.

    ffmpeg's words go into `directory`; raises FfmpegMissing.
    """
    start, end = config["source_start_time"] or 0, config["source_end_time"]
    total = 0.0
    for number, source in enumerate(sources):
        seconds = await _seconds(source, log=directory / f"probe{number}.log")
        total += max(0.0, min(seconds, end if end is not None else seconds) - start)
    return total


async def _seconds(source: Path, log: Path) -> float:
    """The length in the file's head; 0 when it says none. What it is worth, the pipeline finds."""
    command = [binary(), "-hide_banner", "-nostdin", *reading(source)]
    try:
        async with asyncio.timeout(_PROBE_SECONDS), child(command, log) as probe:
            await probe.exit_code()  # never 0, since no output file is named
            return duration(probe.last_words()) or 0.0
    except TimeoutError:
        return 0.0
