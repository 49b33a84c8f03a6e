"""What people ask for next, from a request that was fulfilled: other moments, shorter, square. Pure."""

from dataclasses import replace
from enum import StrEnum

from bot.bounds import DEFAULT_MAX_DURATION, MAX_PROMPT
from bot.jobs import Job
from bot.request import DEFAULT_PROMPT, ReelRequest

SHORTEST_SECONDS = 10
"""Below that half of it is no clip any more."""


class Variation(StrEnum):
    """The ways to go on; each is a request of its own, and costs a slot."""

    OTHER_MOMENTS = "other_moments"
    SHORTER = "shorter"
    SQUARE = "square"


def varied(job: Job, variation: Variation) -> ReelRequest:
    """The request that the form is filled with."""
    asked = job.request
    match variation:
        case Variation.OTHER_MOMENTS:
            return replace(asked, prompt=_other(job))
        case Variation.SHORTER:
            before = asked.max_duration_seconds or DEFAULT_MAX_DURATION
            longest = min(before, max(before // 2, SHORTEST_SECONDS))
            shortest = asked.min_duration_seconds
            fitting = shortest if shortest is None or shortest <= longest else None
            return replace(asked, max_duration_seconds=longest, min_duration_seconds=fitting)
        case Variation.SQUARE:
            return replace(asked, aspect_ratio="1:1")


def _other(job: Job) -> str:
    """The wish, without the moments there are. Reka knows none of its earlier jobs, so they are named by their titles."""
    wish, _, before = (job.request.prompt or DEFAULT_PROMPT).partition(_BUT)
    titles = [before] if before else []
    titles += [f"“{clip.title[:100]}”" for clip in job.clips if clip.title.strip()]
    if not titles:
        return wish
    named = f"{_BUT}{', '.join(titles)}"[: MAX_PROMPT // 2]
    return wish[: MAX_PROMPT - len(named)] + named


_BUT = ", but other moments than "
