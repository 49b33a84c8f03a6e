"""A POST that may have landed: is there a job at Reka that can only be ours? The list endpoint, where there is one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.jobs import Job
from bot.reka import errors
from bot.reka.client import RekaClient
from bot.reka.models import Generation
from storage.jobs import LANDS_WITHIN_MS, JobStore

PAGES = 5
PAGE = 50
EARLIER_MS = 2 * 60_000
"""Reka's clock may be so far behind ours."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Looks for the job of an ambiguous POST. It never takes a sibling's: where two could own an id, neither gets it."""

    jobs: JobStore
    reka: RekaClient
    #: How far the machine's wall clock, which Reka's is near to, has gone from the app's; in ms.
    leapt: Callable[[], int] = lambda: 0

    async def find(self, job: Job) -> Generation | None:
        """The one job at Reka that can only be this one's; None when there is none, or several, or no list.

        Raises `RekaError` when Reka cannot be asked now.
        """
        if await self.jobs.siblings_without_id(job):
            return None
        found = await self._candidates(job)
        if len(found) != 1 or await self.jobs.siblings_without_id(job):
            return None
        [only] = found
        return (
            None if await self.jobs.knows(only.id) else only
        )  # a sibling may have begun, and got it, meanwhile

    async def _candidates(self, job: Job) -> list[Generation]:
        body, found = job.request.body(), list[Generation]()
        # By id: a job that slips to the next page while the list is read comes twice.
        for item in {item.id: item for item in await self._listed()}.values():
            if not _same_wish(item, body) or await self.jobs.knows(item.id):
                continue
            try:
                generation = await self.reka.get(item.id)
            except errors.NotFound:
                continue
            if is_ours(generation, body, (job.submitted_at or job.created_at) + self.leapt()):
                found.append(generation)
        return found

    async def _listed(self) -> list[Generation]:
        listed = list[Generation]()
        try:
            for page in range(PAGES):
                items = await self.reka.list(offset=page * PAGE, limit=PAGE)
                listed += items
                if len(items) < PAGE:
                    break
        except errors.StatusError as error:
            if not error.not_landed or isinstance(error, errors.RateLimited | errors.KeyRefused):
                raise
            # The older dialect documents no list: nothing can be looked at.
        return listed


def _same_wish(item: Generation, body: dict[str, object]) -> bool:
    return list(item.video_urls) == body["video_urls"] and item.prompt == body["prompt"]


def is_ours(generation: Generation, body: dict[str, object], began: int) -> bool:
    """Whether a job at Reka is the one that a body asked for: every option equal, and made while our POST could land."""
    created = generation.created_at
    if created is None or not _same_wish(generation, body):
        return False
    if not began - EARLIER_MS <= _ms(created) <= began + LANDS_WITHIN_MS:
        return False
    return _holds(body["generation_config"], generation.generation_config) and _holds(
        body.get("rendering_config", {}), generation.rendering_config
    )


def _holds(asked: object, made: dict[str, object] | None) -> bool:
    if not isinstance(asked, dict):
        return False
    return all(_is_same(value, (made or {}).get(name)) for name, value in asked.items())


def _is_same(asked: object, made: object) -> bool:
    """Reka may write a number as a string or with a fraction, and an object with more in it."""
    if isinstance(asked, dict):
        return _holds(asked, made if isinstance(made, dict) else None)
    if isinstance(asked, int) and isinstance(made, float):
        return asked == made
    return str(asked) == str(made)


def _ms(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)
