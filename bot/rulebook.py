"""The rules for the slots, as they are read, set and applied; only those who run Reel may set them."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.bell import Bell
from bot.jobs import Job
from bot.rules import Halt, Refusal, Rules
from storage.admission import Admission
from storage.glance import Glance
from storage.rules import RuleStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of one key. `operators`: the user ids of those who run Reel; `now` in epoch ms."""

    store: RuleStore
    operators: frozenset[str]
    bell: Bell
    now: Callable[[], int]

    def may_set(self, user_id: str) -> bool:
        """Whether this person is among those who run Reel."""
        return user_id in self.operators

    async def read(self, glance: Glance | None = None) -> Rules:
        """What is set."""
        return await self.store.get(glance)

    async def admission(self, job: Job, glance: Glance | None = None) -> Admission:
        """How the rules let a job in. Where they let in everything, only as long as nobody sets them."""
        return await self.store.admission(glance) or self.closer(job)

    def closer(self, job: Job) -> Admission:
        """How they do, read in the transaction that adds it."""
        return Admission(check=lambda execute: self.store.admit(execute, job, job.created_at))

    async def refusal(self, user_id: str, channel_id: str | None) -> Refusal | None:
        """Why a request of this person, in this channel if it is known, would not be accepted now."""
        return await self.store.refusal(user_id, channel_id or "", self.now())

    async def set(self, user_id: str, rules: Rules) -> bool:
        """Set shares and what is reserved; what is stopped stays so. False for who may not."""
        return await self._change(user_id, lambda current: replace(rules, halt=current.halt))

    async def halt(self, user_id: str, halt: Halt | None) -> bool:
        """Stop sending, or accepting; None: go on. False for who may not."""
        return await self._change(user_id, lambda current: replace(current, halt=halt))

    async def _change(self, user_id: str, changed: Callable[[Rules], Rules]) -> bool:
        if not self.may_set(user_id):
            return False
        now = self.now()
        rules = await self.store.change(
            lambda current: replace(changed(current), set_by=user_id, set_at=now)
        )
        log.info("rules_set", **dataclasses.asdict(rules))
        self.bell.ring()
        return True
