"""The verbs: what handlers may ask for. Each says plainly what became of it."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot import links, reuse
from bot.audit import Audit
from bot.bell import Bell
from bot.channel_presets import ChannelPresets
from bot.engine import Engine
from bot.jobs import Delivery, Job, JobState
from bot.outcome import Outcome
from bot.request import ReelRequest
from bot.reuse import SHOWN, Match, Offer
from bot.rulebook import Rulebook
from bot.slots import Standing
from storage.admission import Admission
from storage.deliveries import DeliveryStore
from storage.glance import Glance as Glance  # noqa: PLC0414  handlers hand it on, and import no storage
from storage.glance import glanced
from storage.intent import Unanswered as Unanswered  # noqa: PLC0414  for the same reason
from storage.jobs import JobStore
from storage.results import ResultStore
from storage.slots import SlotStore

LISTED = 10
"""Jobs in a list that a person asks for."""
Add = Callable[[Job, Admission], Awaitable[Job | None]]

_ID = re.compile(r"[0-9a-zA-Z_-]{8,64}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Runner:
    """Accepts requests, keeps them going, and changes their course.

    `refresh` shows a job's card anew; `audit`: who spent which slot; `spenders` None: anybody may spend one;
    `reka_translates`: the dialect takes a translation of subtitles; in the other one it is left out of what is accepted;
    `reka_is_afar`: it gets into no private network.
    """

    jobs: JobStore
    slots: SlotStore
    presets: ChannelPresets
    results: ResultStore
    deliveries: DeliveryStore
    engine: Engine
    bell: Bell
    refresh: Callable[[str], None]
    now: Callable[[], int]
    new_id: Callable[[], str]
    audit: Audit
    rulebook: Rulebook
    spenders: frozenset[str] | None = None
    reka_translates: bool = False
    reka_is_afar: bool = False

    def may_spend(self, user_id: str, *, outsider: bool = False) -> bool:
        """Whether this person may spend slots, and set what a channel's requests begin with.

        `outsider`: of another organisation, which a channel is shared with; only where they are named.
        """
        return not outsider if self.spenders is None else user_id in self.spenders

    def out_of_reach(self, request: ReelRequest) -> str | None:
        """A sentence about a link on which a slot would be lost, since Reka cannot follow it."""
        inside = self.reka_is_afar and any(map(links.is_private, request.video_urls))
        return links.PRIVATE if inside else None

    @property
    def limited(self) -> bool:
        """Whether slots are counted."""
        return self.slots.quota.limit is not None

    async def first_time(self, key: str) -> bool:
        """Whether Slack delivers this for the first time, also across restarts; from now on it has."""
        return await self.deliveries.first(key, self.now())

    async def may_come_again(self, key: str) -> None:
        """It came to nothing: the same delivery is a new try."""
        await self.deliveries.forget(key)

    async def glance(self, team_id: str, channel_id: str, video_urls: tuple[str, ...]) -> Glance:
        """All that the answer to a request for these videos depends on, where nothing has been asked for before.

        Whoever is handed it looks at that moment, and asks for what more they need.
        """
        return await glanced(
            self.jobs.database,
            self.presets.store.query(team_id, channel_id),
            self.slots.rules.query(),
            self.results.query(video_urls, team_id),
        )

    async def submit(
        self, request: ReelRequest, delivery: Delivery, glance: Glance | None = None
    ) -> tuple[Job | None, bool]:
        """Keep the request as a job and follow it. (the job, True), or (the job it would repeat, False).

        (None, False) when the same delivery was answered with an offer in the same moment. Raises `NotAdmitted`.
        """
        job = self._job(request, delivery)
        kept, fresh = await self._kept(job, self.jobs.add, glance)
        if kept is None or not fresh:
            log.info("asked_again", job_id=kept.id if kept else None)
            return kept, False
        self._started(kept)
        return kept, True

    async def _kept(
        self, job: Job, add: Add, glance: Glance | None = None
    ) -> tuple[Job | None, bool]:
        """(the job, True), or (the one that it would repeat, False). Raises `NotAdmitted`."""
        if added := await add(job, await self.rulebook.admission(job, glance)):
            return added, True
        if same := await self.jobs.same(job):
            return same, False
        # It was answered with an offer; or the rules were set since they were read.
        added = await add(job, self.rulebook.closer(job))
        return added, added is not None

    async def earlier(
        self, request: ReelRequest, delivery: Delivery, glance: Glance | None = None
    ) -> list[Match]:
        """What fits of all that was asked for before in this workspace, best first; who may see it is not asked here.

        Nothing when the delivery is a job already, or repeats one: then that one is the answer. Nor the job whose ask is
        changed.
        """
        wanted = self._taken_by_reka(request)
        found = await self.results.of_video(wanted, delivery.team_id, glance)
        others = [each for each in found if each.job.id != delivery.parent_id]
        matches = reuse.matches(wanted, others, self.now())
        # Asked last: most asks match nothing, and every look at the database delays their acks.
        if matches and await self.jobs.same(self._job(request, delivery)) is not None:
            return []
        return matches

    async def offer(
        self, request: ReelRequest, delivery: Delivery, shown: Sequence[Match]
    ) -> Offer | None:
        """Answer a delivery with earlier results: nothing is spent, and it never becomes a job. None: it may be accepted."""
        if not shown and await self.results.offered(delivery.key) is None:
            return None
        if not await self.results.offer(request, delivery, self.now()):
            return None
        offered = tuple(shown[:SHOWN])
        log.info("offered", jobs=[match.job.id for match in offered])
        return Offer(delivery.key, request, offered)

    async def offered(self, key: str) -> ReelRequest | None:
        """What was asked by the delivery that was answered with an offer."""
        return await self.results.offered(key)

    async def cut_anew(
        self, parent_id: str, request: ReelRequest, delivery: Delivery
    ) -> tuple[Job | None, bool]:
        """A new job in the thread of one that came to nothing: (the new job, True), or (the one there is, False).

        (None, False) when the parent is not known any more. A job is cut anew once. Raises `NotAdmitted`.
        """
        parent = await self.jobs.get(parent_id)
        if parent is None:
            return None, False
        job = self._job(request, replace(delivery, parent_id=parent_id))
        job = replace(job, anew_of=parent_id)
        kept, fresh = await self._kept(job, partial(self.jobs.replace, parent))
        if kept is not None and fresh:
            self._started(kept)
            self.engine.afresh(parent.id)
        return kept, fresh

    def _job(self, request: ReelRequest, delivery: Delivery) -> Job:
        request = self._taken_by_reka(request)
        return Job(
            id=self.new_id(),
            team_id=delivery.team_id,
            channel_id=delivery.channel_id,
            user_id=delivery.user_id,
            delivery_key=delivery.key,
            request=request,
            request_key=request.key(),
            created_at=self.now(),
            response_url=delivery.response_url,
            parent_id=delivery.parent_id,
            thread_ts=delivery.thread_ts,
            preset=delivery.preset,
        )

    def _taken_by_reka(self, request: ReelRequest) -> ReelRequest:
        """The request without what this dialect does not take."""
        if self.reka_translates or request.translated_subtitles_target_language is None:
            return request
        return replace(request, translated_subtitles_target_language=None)

    def _started(self, job: Job) -> None:
        log.info("accepted", **job.log_context())
        self.engine.follow(job.id)

    async def cancel(self, job_id: str, user_id: str) -> Outcome:
        """Free while it waits; while its POST is on its way it is noted; later the slot is spent."""
        if await self._is_not(user_id, job_id):
            return Outcome.NOT_YOURS
        job = await self.jobs.cancel(job_id, self.now())
        if job is None:
            known = await self.jobs.get(job_id)
            was_cancelled = known is not None and known.state is JobState.CANCELLED
            return Outcome.DONE if was_cancelled else Outcome.TOO_LATE
        log.info("cancel_asked", **job.log_context())
        if job.parent_id is not None:  # it may be back where it was
            self.engine.afresh(job.parent_id)
        if job.state is JobState.SUBMITTING:
            self.refresh(job.id)
            return Outcome.NOTED
        self._follow_afresh(job)
        return Outcome.DONE

    async def look_again(self, job_id: str) -> Outcome:
        """Look for an unsure job, or poll one that gave no answer. Free, so anybody may."""
        job = await self.jobs.look_again(job_id, self.now())
        if job is None:
            return Outcome.TOO_LATE
        self._follow_afresh(job)
        return Outcome.DONE

    async def have_id(self, job_id: str, reka_id: str, user_id: str) -> Outcome:
        """Follow an unsure job by the id that a person knows."""
        if await self._is_not(user_id, job_id):
            return Outcome.NOT_YOURS
        if not _ID.fullmatch(reka_id):
            return Outcome.NO_ID
        job = await self.jobs.adopt(job_id, reka_id, self.now())
        if job is None:
            return Outcome.TOO_LATE
        self._follow_afresh(job)
        return Outcome.DONE

    async def _is_not(self, user_id: str, job_id: str) -> bool:
        job = await self.jobs.get(job_id)
        return job is not None and job.user_id != user_id

    def _follow_afresh(self, job: Job) -> None:
        self.engine.afresh(job.id)
        self.bell.ring()

    async def standing(self, user_id: str | None = None) -> Standing:
        """The slots, as a modal shows them to a person before something is spent; None: for nobody in particular."""
        return await self.slots.overall(self.now(), user_id)

    async def asked_by(self, user_id: str, channel_id: str | None) -> list[Job]:
        """What a person asked for in a channel, or anywhere, newest first."""
        return await self.jobs.of_person(user_id, channel_id, LISTED)

    async def asked_in(self, channel_ids: Sequence[str], but: str) -> list[Job]:
        """What others than `but` asked for in these channels, newest first."""
        return await self.jobs.in_channels(channel_ids, but, LISTED)

    async def last_ask(self, user_id: str, channel_id: str) -> Job | None:
        """What a person asked for last: in this channel, else anywhere."""
        here = await self.jobs.of_person(user_id, channel_id, 1)
        return next(iter(here or await self.jobs.of_person(user_id, None, 1)), None)

    async def get(self, job_id: str) -> Job | None:
        """The job as committed, or None."""
        return await self.jobs.get(job_id)
