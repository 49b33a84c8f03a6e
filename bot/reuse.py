"""What was cut before of the same video with the same wish: which earlier jobs fit a new request, and how well. Pure."""

import functools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum

from bot.captions import PLAIN
from bot.jobs import LINKS_LAST_MS, Job, JobState
from bot.request import DEFAULT_PROMPT, ReelRequest, Template

SHOWN = 3
"""How many are offered at the most."""

_PUNCTUATION = " .,;:!?。、"
_PART = frozenset({"template", "source_start_time", "source_end_time"})
"""What makes another thing of the same video: no near miss, but another ask."""


class Kind(StrEnum):
    """How an earlier job fits, best first."""

    SAME = "same"
    #: The same, and not finished yet.
    UNDER_WAY = "under_way"
    #: The same video, wish, part and template in another form.
    NEAR = "near"


_BEST_FIRST = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A job of before. `kept`: the numbers of its clips that are files in its thread, from 1."""

    job: Job
    kept: frozenset[int] = frozenset()

    def can_be_watched(self, now: int) -> bool:
        """Whether there is something left to see: a link that still lasts, as far as Reka says, or a file."""
        if self.job.state is not JobState.COMPLETED or not self.job.clips:
            return False
        return bool(self.kept) or (
            self.links_last(now) and any(clip.url for clip in self.job.clips)
        )

    def links_last(self, now: int) -> bool:
        """Whether its links still lead to the clips. `now` in epoch ms."""
        return (self.job.ended_at or self.job.created_at) + LINKS_LAST_MS > now


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier job that fits. `differing`: the fields of the request in which a near one is another."""

    earlier: Earlier
    kind: Kind
    differing: tuple[str, ...] = ()

    @property
    def job(self) -> Job:
        """The job itself."""
        return self.earlier.job


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered in place of accepting a request. `key`: of the delivery that asked; the request is kept under it.

    Without matches: it was offered before, and what was offered then can be shown no more.
    """

    key: str
    request: ReelRequest = field(repr=False)
    matches: tuple[Match, ...]


def matches(request: ReelRequest, earlier: Iterable[Earlier], now: int) -> list[Match]:
    """Those that fit, best first, of equals the newest first. `now` in epoch ms."""
    found = [match for each in earlier if (match := _match(request, each, now))]
    return sorted(
        found,
        key=lambda match: (_BEST_FIRST.index(match.kind), -match.job.created_at, match.job.id),
    )


def _match(request: ReelRequest, earlier: Earlier, now: int) -> Match | None:
    job = earlier.job
    differing = _differing(request, job.request)
    if differing is None:
        return None
    if earlier.can_be_watched(now):
        return Match(earlier, Kind.NEAR if differing else Kind.SAME, differing)
    under_way = job.state.unfinished and job.cancel_requested_at is None
    # Without a card nobody has seen it yet, and it may still be refused.
    if under_way and job.card_ts is not None and not differing:
        return Match(earlier, Kind.UNDER_WAY)
    return None


def _differing(asked: ReelRequest, before: ReelRequest) -> tuple[str, ...] | None:
    """The fields in which the two differ; None when they ask for different things."""
    if asked.video_urls != before.video_urls or wish(asked.prompt) != wish(before.prompt):
        return None
    one, other = _options(asked), _options(before)
    differing = tuple(name for name in one if one[name] != other[name])
    return None if _PART.intersection(differing) else differing


def _options(request: ReelRequest) -> dict[str, object]:
    """What is chosen beside links and wish; what says the same to Reka is equal."""
    options = {each.name: getattr(request, each.name) for each in fields(ReelRequest)}
    del options["video_urls"], options["prompt"]
    # `moments` is what Reka's guide takes when none is chosen.
    options["template"] = options["template"] or Template.MOMENTS
    if options["caption_style"] == PLAIN:
        options["caption_style"] = None
    return options


@functools.lru_cache(maxsize=4_096)
def wish(prompt: str | None) -> str:
    """What is looked for, to be compared: case, white space and punctuation at the end do not count.

    None is the sentence that Reka looks for when nobody says.
    """
    words = " ".join(unicodedata.normalize("NFKC", prompt or "").casefold().split())
    return words.rstrip(_PUNCTUATION) or words or wish(DEFAULT_PROMPT)
