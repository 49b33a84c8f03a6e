"""The ledger of slots: every POST is a row. Taking a slot and committing `submitting` are one transaction."""

from dataclasses import dataclass, replace

from bot import slots
from bot.jobs import Job, JobState, Reason
from bot.line import PLACING_MS, Line, Served, Waiter
from bot.rules import Halt, Rules
from bot.slots import Ending, Ledger, Quota, Standing
from storage.database import Database, Execute, Row, Statement
from storage.glance import Glance, glanced
from storage.intent import Unsure
from storage.jobs import JobStore, Lost
from storage.rows import job_of
from storage.rules import RuleStore
from storage.statements import moving


@dataclass(frozen=True, slots=True)
class Answer:
    """How a POST ended: by when, with which HTTP status and rate-limit headers, where there were any."""

    ending: Ending
    at: int
    status: int | None = None
    limit: int | None = None
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class SlotStore:
    """The slots of one API key, known by its fingerprint."""

    database: Database
    fingerprint: str
    quota: Quota

    @property
    def rules(self) -> RuleStore:
        """What is set for the key."""
        return RuleStore(self.database, self.fingerprint)

    async def take(self, job: Job, now: int) -> tuple[Job | None, Standing]:
        """If it is the waiting job's turn, take a slot and move it to `submitting`; else why and until when it waits.

        Raises `Lost`.
        """

        async def work(execute: Execute) -> tuple[Job | None, Standing]:
            standing = await self.unqueued(job, now, execute)
            standing = standing or (await self.line(now, execute)).standing(job)
            if not standing.may_go:
                return None, standing
            rows = await execute(*moving(job, JobState.SUBMITTING, submitted_at=now))
            if not rows:
                raise Lost(job.id)
            await execute(*self._taking(job, now))
            return job_of(rows[0]), standing

        async def again(execute: Execute) -> tuple[Job | None, Standing]:
            taken = await JobStore(self.database).there(job, JobState.SUBMITTING, execute)
            return (taken, Standing()) if taken else await work(execute)

        try:
            return await self.database.transaction(work)
        except Unsure:  # alone, so that no commit is under way any more
            return await self.database.transaction(again)

    async def unqueued(self, job: Job, now: int, execute: Execute | None = None) -> Standing | None:
        """Where a waiting job stands that may go whoever else is in line, as it is without a limit; else None.

        Read for itself, since a line of thousands would be read by each of them.
        """
        if self.quota.limit is not None:
            return None
        door: Statement = (
            "SELECT 1 FROM jobs WHERE state = 'submitting' AND request_key = ? LIMIT 1",
            (job.request_key,),
        )
        read = execute or await glanced(self.database, *self.queries(now), door)
        rules = await self.rules.get(read)
        ledger = await self._ledger(read, now, rules)
        at_the_door = frozenset({job.request_key} if await read(*door) else ())
        alone = Line(ledger, self.quota, rules, at_the_door=at_the_door, read_at=now).standing(job)
        return alone if alone.may_go else None

    def _taking(self, job: Job, now: int) -> Statement:
        return (
            "INSERT INTO slots (fingerprint, job_id, team_id, user_id, channel_id, taken_at, occupied_until, ending) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.fingerprint,
                job.id,
                job.team_id,
                job.user_id,
                job.channel_id,
                now,
                self._until(Ending.OPEN, now, None),
                Ending.OPEN,
            ),
        )

    def queries(self, now: int) -> tuple[Statement, ...]:
        """For a glance: what `standing` and `overall` ask of whatever job."""
        occupied = () if self.quota.limit is None else (self._occupied_query(now),)
        return (self.rules.query(), self._key_query(), *occupied)

    async def standing(self, job: Job, now: int, glance: Glance | None = None) -> Standing:
        """The slots as a card of this job shows them."""
        if job.state is JobState.WAITING:
            return (await self.line(now, glance)).standing(job)
        return await self.overall(now, glance=glance)

    async def overall(
        self, now: int, user_id: str | None = None, glance: Glance | None = None
    ) -> Standing:
        """The slots as they stand, and for a person who might ask, why their request would wait; None: for nobody."""
        read = glance or self.database.read
        rules = await self.rules.get(read)
        ledger = await self._ledger(read, now, rules)
        shown = slots.standing(ledger, self.quota, now)
        if user_id is None:
            return shown
        kept_out = shown.left is not None and 0 < shown.left <= rules.spare(user_id)
        return replace(shown, reason=ledger.paused(now) or (Reason.RESERVED if kept_out else None))

    async def line(self, now: int, execute: Execute | None = None) -> Line:
        """Everybody in line; `execute` reads inside a transaction, or from a glance."""
        read = execute or self.database.read
        rules = await self.rules.get(read)
        doors = await read("SELECT request_key FROM jobs WHERE state = 'submitting'")
        at_the_door = frozenset(str(row["request_key"]) for row in doors)
        rows = await read(
            "SELECT id, team_id, user_id, created_at, request_key FROM jobs "
            "WHERE state = 'waiting' AND (card_ts IS NOT NULL OR created_at > ?)",
            (now - PLACING_MS,),
        )
        waiters = frozenset(
            Waiter(
                row["created_at"],
                row["id"],
                row["user_id"],
                rules.spare(row["user_id"]),
                row["team_id"],
            )
            for row in rows
            if row["request_key"] not in at_the_door
        )
        since = min((now - self.quota.window_ms, *(each.asked_at for each in waiters)))
        served = await self._served(read, since)
        ledger = await self._ledger(read, now, rules)
        return Line(ledger, self.quota, rules, waiters, served, at_the_door, now)

    async def _served(self, execute: Execute, since: int) -> dict[str, Served]:
        """User id → their last turn since then."""
        rows = await execute(
            "SELECT user_id, max(taken_at) AS last, max(id) AS number FROM slots "
            "WHERE fingerprint = ? AND taken_at >= ? AND ending <> 'released' GROUP BY user_id",
            (self.fingerprint, since),
        )
        return {str(row["user_id"]): (int(row["last"]), int(row["number"])) for row in rows}

    async def _ledger(self, execute: Execute, now: int, rules: Rules) -> Ledger:
        untils = await self._occupied(execute, now) if self.quota.limit is not None else ()
        ledger = Ledger(untils, halted=rules.halt is Halt.PAUSED)
        for key in await self._key(execute):
            reason = Reason(key["reason"]) if key["reason"] else None
            probing = key["tries"] > 0 and await self._on_its_way(execute)
            ledger = replace(
                ledger, paused_until=key["paused_until"], pause=reason, probing=probing
            )
            limited = self.quota.limit is not None and key["remaining"] is not None
            if limited and now - key["heard_at"] <= self.quota.window_ms:
                ledger = await self._heard(execute, ledger, key, now)
        return ledger

    async def _heard(self, execute: Execute, ledger: Ledger, key: Row, now: int) -> Ledger:
        """What Reka's last header says beside our own rows, with what of ours was taken and has freed since."""
        heard_at = key["heard_at"]
        [counts] = await execute(
            "SELECT count(*) FILTER (WHERE taken_at > ?) AS since, "
            "count(*) FILTER (WHERE taken_at <= ?) AS ours, "
            "count(*) FILTER (WHERE taken_at <= ? AND occupied_until <= ?) AS freed "
            "FROM slots WHERE fingerprint = ? AND occupied_until > ? AND ending <> 'released'",
            (heard_at, heard_at, heard_at, now, self.fingerprint, heard_at),
        )
        limit = key["limit_header"] or self.quota.limit
        return replace(
            ledger,
            remaining=int(key["remaining"]) + int(counts["freed"]) - int(counts["since"]),
            others=slots.others(limit, key["remaining"], int(counts["ours"])),
            others_until=self.quota.occupied_until(Ending.ACCEPTED, 0, key["heard_at"]),
        )

    async def _on_its_way(self, execute: Execute) -> bool:
        return bool(
            await execute(
                "SELECT 1 FROM slots WHERE fingerprint = ? AND ending = 'open' LIMIT 1",
                (self.fingerprint,),
            )
        )

    async def _key(self, execute: Execute) -> list[Row]:
        return await execute(*self._key_query())

    def _key_query(self) -> Statement:
        return "SELECT * FROM keys WHERE fingerprint = ?", (self.fingerprint,)

    async def _occupied(self, execute: Execute, now: int) -> tuple[int, ...]:
        # Not asked for without a limit: nothing depends on it then, and there may be thousands.
        rows = await execute(*self._occupied_query(now))
        return tuple(int(row["occupied_until"]) for row in rows)

    def _occupied_query(self, now: int) -> Statement:
        return (
            "SELECT occupied_until FROM slots WHERE fingerprint = ? AND occupied_until > ?",
            (self.fingerprint, now),
        )

    async def surely_counted(self, now: int) -> int:
        """How many of the occupied slots Reka surely counts."""
        [counted] = await self.database.read(
            "SELECT count(*) AS slots FROM slots WHERE fingerprint = ? AND occupied_until > ? AND ending = 'accepted'",
            (self.fingerprint, now),
        )
        return int(counted["slots"])

    async def tries(self) -> int:
        """How many tries in a row surely did not reach Reka."""
        return sum(int(key["tries"]) for key in await self._key(self.database.read))

    def answered(self, job: Job, answer: Answer, *, learnt_late: bool = False) -> Statement:
        """Record how the job's POST ended, so far as it is not known yet; its slot is occupied, or free, accordingly.

        `learnt_late`: not by the POST's own answer. Then the slot is never occupied for longer than before: the POST
        landed by its deadline, whenever that was learnt.
        """
        until = self._until(answer.ending, job.submitted_at or answer.at, answer.at)
        untils = (until, until) if learnt_late else (until,)
        until_is = (
            "CASE WHEN occupied_until < ? THEN occupied_until ELSE ? END" if learnt_late else "?"
        )
        return (
            "UPDATE slots SET ending = ?, answered_at = ?, status = ?, limit_header = ?, "  # noqa: S608  our own
            "remaining_header = ?, "
            f"occupied_until = {until_is} WHERE job_id = ? AND ending IN ('open', 'ambiguous')",
            (
                answer.ending,
                answer.at,
                answer.status,
                answer.limit,
                answer.remaining,
                *untils,
                job.id,
            ),
        )

    def pause(self, reason: Reason, until: int, now: int) -> Statement:
        """Send nothing with this key until a time. Pauses that overlap count as one try; the longest gives the reason."""
        return (
            "INSERT INTO keys (fingerprint, paused_until, reason, tries) VALUES (?, ?, ?, 1) "
            "ON CONFLICT (fingerprint) DO UPDATE SET "
            "reason = CASE WHEN keys.paused_until > excluded.paused_until THEN keys.reason ELSE excluded.reason END, "
            "tries = CASE WHEN keys.paused_until > ? THEN keys.tries ELSE keys.tries + 1 END, "
            "paused_until = CASE WHEN keys.paused_until > excluded.paused_until "
            "THEN keys.paused_until ELSE excluded.paused_until END",
            (self.fingerprint, until, reason, now),
        )

    def accepted(self, answer: Answer) -> Statement:
        """The key works: no pause, no tries, nothing told; and what its header said."""
        return (
            "INSERT INTO keys (fingerprint, limit_header, remaining, heard_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (fingerprint) DO UPDATE "
            "SET paused_until = NULL, reason = NULL, tries = 0, told_at = NULL, "
            "limit_header = excluded.limit_header, remaining = excluded.remaining, heard_at = excluded.heard_at",
            (self.fingerprint, answer.limit, answer.remaining, answer.at),
        )

    async def tell(self, now: int) -> bool:
        """True for the one who is to tell the operator that the key is refused, once until it is accepted again."""
        rows = await self.database.write(
            "INSERT INTO keys (fingerprint, told_at) VALUES (?, ?) ON CONFLICT (fingerprint) "
            "DO UPDATE SET told_at = excluded.told_at WHERE keys.told_at IS NULL RETURNING 1",
            (self.fingerprint, now),
        )
        return bool(rows)

    async def purge(self, before: int) -> None:
        """Delete slots that were free again before a time."""
        await self.database.write("DELETE FROM slots WHERE occupied_until < ?", (before,))

    def _until(self, ending: Ending, taken_at: int, answered_at: int | None) -> int:
        return self.quota.occupied_until(ending, taken_at, answered_at)
