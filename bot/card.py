"""One Slack message per job, which edits itself: in order, latest wins, within the workspace's budget, finals first."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from bot.away import Away
from bot.budget import EditBudget, Urgency
from bot.jobs import Job
from bot.messages import Messages, RateLimited, Refused, SignedOut, SlackError, Unavailable
from bot.pace import pace
from bot.render import card as render
from bot.render.blocks import Message
from bot.unbroken import unbroken
from storage.files import FileStore
from storage.glance import Glance, glanced
from storage.intent import Unanswered
from storage.jobs import JobStore, Lost
from storage.slots import SlotStore

REFRESH_SECONDS = 30.0
"""How old the elapsed time on a card may grow when nothing else changes and the budget allows."""
RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Pauses between the tries of an edit that must hold; the last one repeats."""
FINAL_TRIES = 20
REMEMBERED = 50
"""How many finished jobs say what is usual."""

_UNRENDERABLE = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_many"}
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}

log = structlog.get_logger(__name__)


class Uneditable(Exception):
    """Slack refuses to edit this card: deleted, closed, archived, or for a reason of its own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        #: True where this message will never be edited again, but another one may.
        self.gone = code in _GONE


@dataclass(slots=True)
class Cards:
    """The cards of one workspace."""

    messages: Messages
    jobs: JobStore
    slots: SlotStore
    files: FileStore
    budget: EditBudget
    now: Callable[[], int]
    insecure_host: str | None = None
    #: True where Reka's dialect has a list in which a lost job can be looked for.
    can_look: bool = True
    #: When nobody was there to edit cards.
    away: Away = field(default_factory=Away)
    #: False for good once the workspace has refused a plan block.
    plan: bool = True
    _live: dict[str, "Card"] = field(default_factory=dict)

    def refresh(self, job_id: str) -> None:
        """Edit a live card because something about its job was committed from elsewhere."""
        if card := self._live.get(job_id):
            card.show(card.newest)

    async def picture(self, job: Job) -> Message:
        """The card of a job at this moment, with the slots as they are and the time that jobs took of late."""
        now = self.now()
        return await self._drawn(job, now, await self._glance(job, now))

    async def _committed(self, job: Job) -> tuple[Job, Message]:
        """The job as it is committed, since somebody may have asked to cancel, and its card."""
        now = self.now()
        glance = await self._glance(job, now)
        job = await self.jobs.get(job.id, glance) or job
        return job, await self._drawn(job, now, glance)

    async def _glance(self, job: Job, now: int) -> Glance:
        files = (self.files.query(job),) if job.clips else ()
        pace = self.jobs.durations_query(REMEMBERED)
        slots = self.slots.queries(now)
        return await glanced(self.jobs.database, self.jobs.query(job.id), pace, *slots, *files)

    async def _drawn(self, job: Job, now: int, glance: Glance) -> Message:
        standing = await self.slots.standing(job, now, glance)
        return render.card(
            job,
            standing,
            now,
            insecure_host=self.insecure_host,
            plan=self.plan,
            can_look=self.can_look,
            away_ms=self.away.of(job),
            files=await self.files.of(job, glance) if job.clips else (),
            usual=pace(await self.jobs.durations(REMEMBERED, glance)),
        )

    async def place(self, job: Job) -> Job:
        """Post what is not posted yet: the root of the thread, then the card. Raises `Refused` or `Unavailable`.

        A post whose `ts` was never stored, because we died in between, is posted again: nothing is spent yet.
        """
        if job.thread_ts is None:
            job = await unbroken(self._rooted(job))
        if job.card_ts is None:
            job = await self.replace(job)
        return job

    async def _rooted(self, job: Job) -> Job:
        thread_ts = await self.messages.post(job.channel_id, render.root(job))
        return await self.jobs.note(job, thread_ts=thread_ts)

    async def replace(self, job: Job) -> Job:
        """Post the card as a new reply and keep its `ts`; a stop waits for both."""

        async def posted() -> Job:
            ts = await self._posted(job, job.channel_id, job.thread_ts)
            return await self.jobs.card_at(job, ts)

        return await unbroken(posted())

    async def _posted(self, job: Job, channel: str, thread_ts: str | None) -> str:
        """Post the newest picture; its `ts`."""
        had_plan = self.plan
        try:
            return await self.messages.post(channel, await self.picture(job), thread_ts=thread_ts)
        except Refused as error:
            if not self._falls_back(error, had_plan=had_plan):
                raise
            return await self._posted(job, channel, thread_ts)

    @asynccontextmanager
    async def live(self, job: Job) -> AsyncIterator["Card"]:
        """A card that edits itself in the background while the block runs."""
        card = self._live[job.id] = Card(self, job)
        editor = asyncio.create_task(card.keep_edited(), name=f"card {job.id}")
        try:
            yield card
        finally:
            self._live.pop(job.id, None)
            editor.cancel()
            try:
                await asyncio.wait({editor})  # it may be posting a fresh card, which is not torn
            finally:
                editor.cancel()
                await asyncio.wait({editor})
            if not editor.cancelled() and (error := editor.exception()):
                log.error("card_editor_failed", job_id=job.id, exc_info=error)

    async def edit(
        self, newest: Callable[[], Job], urgency: Urgency, shown: Message | None = None
    ) -> Message:
        """One edit when its turn has come, with what is newest then; none if that is `shown` already. What is shown now.

        Raises `Unavailable` or `Uneditable`.
        """
        await self.budget.turn(urgency)
        had_plan = self.plan
        job, picture = await self._committed(newest())
        if picture == shown:  # a stage is seen in the database before its writer hears that it is
            return picture
        try:
            await self.messages.update(job.channel_id, job.card_ts or "", picture)
        except RateLimited as error:
            await self.budget.pause(error.retry_after)
            raise
        except Refused as error:
            if not self._falls_back(error, had_plan=had_plan):
                raise Uneditable(error.code) from error
            return await self.edit(newest, urgency)
        return picture

    async def settle(self, job: Job) -> Job:
        """Bring the card into its final form, or say it elsewhere. Raises `Unavailable` when Slack stays away."""
        if job.card_ts is None:  # its posting was never noted
            return await self._substitute(job)
        try:
            await self._finally(job)
        except Uneditable as error:
            log.warning("card_uneditable", job_id=job.id, code=str(error))
            return await self._substitute(job)
        return job

    async def retouch(self, job: Job) -> None:
        """Edit a settled card once more. One that cannot be edited any more is left. Raises `Unavailable`."""
        try:
            await self._finally(job)
        except Uneditable as error:
            log.info("card_not_retouched", job_id=job.id, code=str(error))

    async def _finally(self, job: Job) -> None:
        """An edit that must hold. Raises `Unavailable` when Slack stays away, or `Uneditable`."""
        for pause in (*RETRY_SECONDS, *[RETRY_SECONDS[-1]] * (FINAL_TRIES - len(RETRY_SECONDS))):
            try:
                await self.edit(lambda: job, Urgency.FINAL)
            except Unavailable as error:
                log.warning("final_edit_postponed", job_id=job.id, code=error.code)
                await asyncio.sleep(pause)
            else:
                return
        raise Unavailable("final_edit")

    async def _substitute(self, job: Job) -> Job:
        """There is no card that can be edited: one fresh reply, else a DM, else it stays recorded only."""
        try:
            return await self.replace(job)
        except Refused:
            pass
        try:
            await self._posted(job, job.user_id, None)
        except Refused as error:
            log.warning("card_nowhere", job_id=job.id, code=error.code)
        return job

    def _falls_back(self, error: Refused, *, had_plan: bool) -> bool:
        """True when Slack refused a picture for its plan block; sections are tried from now on, for good."""
        fell_back = had_plan and error.code in _UNRENDERABLE
        if fell_back and self.plan:
            log.warning("plan_block_refused", code=error.code)
        self.plan = self.plan and not fell_back
        return fell_back


@dataclass(slots=True)
class Card:
    """One job's card while it is followed."""

    cards: Cards
    newest: Job
    _replaced: bool = False
    _urgency: Urgency = Urgency.REFRESH
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _shown: Message | None = None

    def show(self, job: Job, urgency: Urgency = Urgency.STAGE) -> None:
        """Take the newest state; the edit follows when its turn has come. The final form is `settle`'s."""
        if job.state.unfinished:
            self.newest = job
            self._urgency = min(self._urgency, urgency)
            self._changed.set()

    async def keep_edited(self) -> None:
        """Edit on each change, and now and then for the elapsed time, until the card cannot be edited any more."""
        urgency = await self._reason()
        while True:
            shown, self._shown = self._shown, None  # after an edit that fails nobody knows
            try:
                self._shown = await self.cards.edit(self._taken, urgency, shown)
            except (Unavailable, Unanswered) as error:
                log.warning("card_edit_postponed", job_id=self.newest.id, error=str(error))
                await asyncio.sleep(RETRY_SECONDS[0])
            except Uneditable as error:
                log.warning("card_uneditable", job_id=self.newest.id, code=str(error))
                await self._replaced_once(error)
            except SignedOut:
                return  # the process ends
            else:
                urgency = await self._reason()

    async def _replaced_once(self, error: Uneditable) -> None:
        """One fresh reply for a card that is gone; then, and for any other refusal, try again now and then."""
        if error.gone and not self._replaced:
            self._replaced = True
            try:
                await self.cards.replace(self.newest)
            except (SlackError, Lost, Unanswered) as failure:
                log.warning("card_not_replaced", job_id=self.newest.id, error=str(failure))
            else:
                return
        await asyncio.sleep(REFRESH_SECONDS)

    def _taken(self) -> Job:
        self._changed.clear()
        self._urgency = Urgency.REFRESH
        return self.newest

    async def _reason(self) -> Urgency:
        try:
            # Not wait_for: before Python 3.12 it swallows a cancellation that meets the event.
            async with asyncio.timeout(REFRESH_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return Urgency.REFRESH
        return self._urgency
