"""What those who run Reel have set for a key, and whether a request fits it."""

import dataclasses
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.jobs import Job
from bot.rules import Halt, NotAdmitted, Refusal, Rules, Use, refusal
from storage.admission import Admission
from storage.database import Database, Execute, Statement
from storage.glance import Glance


@dataclass(frozen=True, slots=True)
class RuleStore:
    """The rules of one API key, known by its fingerprint."""

    database: Database
    fingerprint: str

    def query(self) -> Statement:
        """For a glance: what `get` asks."""
        return "SELECT rules FROM rules WHERE fingerprint = ?", (self.fingerprint,)

    async def get(self, execute: Execute | None = None) -> Rules:
        """What is set; `execute` reads inside a transaction, or from a glance."""
        return _rules_of(await self._kept(execute or self.database.read))

    async def admission(self, glance: Glance | None = None) -> Admission | None:
        """Lets in everything as long as nobody sets other rules; None where the rules as they are read look closer."""
        kept = await self._kept(glance or self.database.read)
        if not _rules_of(kept).open:
            return None
        others = "SELECT 1 FROM rules WHERE fingerprint = ? AND rules <> ?"
        return Admission((f"NOT EXISTS ({others})", (self.fingerprint, kept)))

    async def _kept(self, execute: Execute) -> str:
        rows = await execute(*self.query())
        return str(rows[0]["rules"]) if rows else ""

    async def change(self, changed: Callable[[Rules], Rules]) -> Rules:
        """Set what `changed` makes of what is set; whoever changes them at the same time is not undone."""

        async def work(execute: Execute) -> Rules:
            rules = changed(await self.get(execute))
            await execute(
                "INSERT INTO rules (fingerprint, rules) VALUES (?, ?) "
                "ON CONFLICT (fingerprint) DO UPDATE SET rules = excluded.rules",
                (self.fingerprint, json.dumps(dataclasses.asdict(rules))),
            )
            return rules

        return await self.database.transaction(work)

    async def admit(self, execute: Execute, job: Job, now: int) -> None:
        """Check a job that was just added, in the same transaction. Raises `NotAdmitted`."""
        if why := await self._refusal(execute, job.user_id, job.channel_id, now, but=job.id):
            raise NotAdmitted(why)

    async def refusal(self, user_id: str, channel_id: str, now: int) -> Refusal | None:
        """Why a request would not be admitted now."""
        return await self._refusal(self.database.read, user_id, channel_id, now, but="")

    async def _refusal(
        self, execute: Execute, user_id: str, channel_id: str, now: int, *, but: str
    ) -> Refusal | None:
        rules = await self.get(execute)
        if rules.open:
            return None
        person = await self._use(execute, "user_id", user_id, now, but)
        channel = await self._use(execute, "channel_id", channel_id, now, but)
        return refusal(rules, person, channel)

    async def _use(self, execute: Execute, column: str, value: str, now: int, but: str) -> Use:
        occupied = await execute(
            f"SELECT occupied_until FROM slots WHERE fingerprint = ? AND occupied_until > ? AND {column} = ?",  # noqa: S608
            (self.fingerprint, now, value),
        )
        [waiting] = await execute(
            f"SELECT count(*) AS jobs FROM jobs WHERE state = 'waiting' AND {column} = ? AND id <> ?",  # noqa: S608
            (value, but),
        )
        return Use(_sorted(row["occupied_until"] for row in occupied), int(waiting["jobs"]))


def _sorted(untils: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(untils))


def _rules_of(kept: str) -> Rules:
    if not kept:
        return Rules()
    values = json.loads(kept)
    halt = Halt(values["halt"]) if values["halt"] else None
    return Rules(**{**values, "reserved_for": tuple(values["reserved_for"]), "halt": halt})
