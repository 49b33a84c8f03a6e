"""The ledger of slots in SQLite: every POST is a row. Taking a slot and committing `submitting` are one transaction."""

from dataclasses import dataclass

from bot import slots
from bot.jobs import Job, JobState, Reason
from bot.slots import Ending, Ledger, Quota, Standing
from storage.database import Database, Execute, Row, Statement
from storage.jobs import Lost, moving
from storage.rows import job_of


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

    async def take(self, job: Job, now: int) -> tuple[Job | None, Standing]:
        """If it is the waiting job's turn, take a slot and move it to `submitting`; else why and until when it waits.

        Raises `Lost`.
        """
        standing = await self.standing(job, now)
        if (
            not standing.may_go
        ):  # looked at without the writer, which a long line would otherwise keep busy
            return None, standing

        async def work(execute: Execute) -> tuple[Job | None, Standing]:
            standing = await self._standing(execute, job, now)
            if not standing.may_go:
                return None, standing
            rows = await execute(*moving(job, JobState.SUBMITTING, submitted_at=now))
            if not rows:
                raise Lost(job.id)
            await execute(
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
            return job_of(rows[0]), standing

        return await self.database.transaction(work)

    async def standing(self, job: Job, now: int) -> Standing:
        """The slots as a card of this job shows them."""
        return await self._standing(self.database.read, job, now)

    async def overall(self, now: int) -> Standing:
        """The slots as they stand, for nobody in particular."""
        return slots.standing(await self._ledger(self.database.read, now), self.quota, now)

    async def _standing(self, execute: Execute, job: Job, now: int) -> Standing:
        ledger = await self._ledger(execute, now)
        if job.state is not JobState.WAITING:
            return slots.standing(ledger, self.quota, now)
        [ahead] = await execute(
            # Who cannot go yet, without a card or behind a sibling, must not hold up the others.
            "SELECT count(*) AS jobs FROM jobs WHERE state = 'waiting' AND card_ts IS NOT NULL "
            "AND (created_at, id) < (?, ?) AND NOT EXISTS (SELECT 1 FROM jobs AS sibling "
            "WHERE sibling.state = 'submitting' AND sibling.request_key = jobs.request_key)",
            (job.created_at, job.id),
        )
        sibling = await execute(
            "SELECT 1 FROM jobs WHERE state = 'submitting' AND request_key = ? AND id <> ?",
            (job.request_key, job.id),
        )
        return slots.standing(
            ledger, self.quota, now, place=int(ahead["jobs"]), sibling=bool(sibling)
        )

    async def _ledger(self, execute: Execute, now: int) -> Ledger:
        untils = await self._occupied(execute, now) if self.quota.limit is not None else ()
        for key in await self._key(execute):
            reason = Reason(key["reason"]) if key["reason"] else None
            remaining = await self._remaining(execute, key, now)
            probing = key["tries"] > 0 and await self._on_its_way(execute)
            return Ledger(untils, key["paused_until"], reason, remaining, probing)
        return Ledger(untils)

    async def _on_its_way(self, execute: Execute) -> bool:
        return bool(
            await execute(
                "SELECT 1 FROM slots WHERE fingerprint = ? AND ending = 'open' LIMIT 1",
                (self.fingerprint,),
            )
        )

    async def _remaining(self, execute: Execute, key: Row, now: int) -> int | None:
        if key["remaining"] is None or now - key["heard_at"] > self.quota.window_ms:
            return None
        [since] = await execute(
            "SELECT count(*) AS taken FROM slots WHERE fingerprint = ? AND taken_at > ? AND ending <> 'released'",
            (self.fingerprint, key["heard_at"]),
        )
        return int(key["remaining"]) - int(since["taken"])

    async def _key(self, execute: Execute) -> list[Row]:
        return await execute("SELECT * FROM keys WHERE fingerprint = ?", (self.fingerprint,))

    async def occupied(self, now: int) -> int:
        """How many slots are occupied."""
        return len(await self._occupied(self.database.read, now))

    async def _occupied(self, execute: Execute, now: int) -> tuple[int, ...]:
        # Not asked for without a limit: nothing depends on it then, and there may be thousands.
        rows = await execute(
            "SELECT occupied_until FROM slots WHERE fingerprint = ? AND occupied_until > ?",
            (self.fingerprint, now),
        )
        return tuple(int(row["occupied_until"]) for row in rows)

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
        return (
            "UPDATE slots SET ending = ?, answered_at = ?, status = ?, limit_header = ?, "
            "remaining_header = ?, "
            "occupied_until = CASE WHEN ? THEN min(occupied_until, ?) ELSE ? END "
            "WHERE job_id = ? AND ending IN ('open', 'ambiguous')",
            (
                answer.ending,
                answer.at,
                answer.status,
                answer.limit,
                answer.remaining,
                learnt_late,
                until,
                until,
                job.id,
            ),
        )

    def pause(self, reason: Reason, until: int, now: int) -> Statement:
        """Send nothing with this key until a time. Pauses that overlap count as one try; the longest gives the reason."""
        return (
            "INSERT INTO keys (fingerprint, paused_until, reason, tries) VALUES (?, ?, ?, 1) "
            "ON CONFLICT (fingerprint) DO UPDATE SET "
            "reason = CASE WHEN coalesce(paused_until, 0) > excluded.paused_until THEN reason ELSE excluded.reason END, "
            "tries = CASE WHEN coalesce(paused_until, 0) > ? THEN tries ELSE tries + 1 END, "
            "paused_until = max(coalesce(paused_until, 0), excluded.paused_until)",
            (self.fingerprint, until, reason, now),
        )

    def accepted(self, answer: Answer) -> Statement:
        """The key works: no pause, no tries, nothing told; and what its header said."""
        return (
            "INSERT INTO keys (fingerprint, remaining, heard_at) VALUES (?, ?, ?) ON CONFLICT (fingerprint) DO UPDATE "
            "SET paused_until = NULL, reason = NULL, tries = 0, told_at = NULL, "
            "remaining = excluded.remaining, heard_at = excluded.heard_at",
            (self.fingerprint, answer.remaining, answer.at),
        )

    async def tell(self, now: int) -> bool:
        """True for the one who is to tell the operator that the key is refused, once until it is accepted again."""
        rows = await self.database.write(
            "INSERT INTO keys (fingerprint, told_at) VALUES (?, ?) ON CONFLICT (fingerprint) "
            "DO UPDATE SET told_at = excluded.told_at WHERE told_at IS NULL RETURNING 1",
            (self.fingerprint, now),
        )
        return bool(rows)

    async def purge(self, before: int) -> None:
        """Delete slots that were free again before a time."""
        await self.database.write("DELETE FROM slots WHERE occupied_until < ?", (before,))

    def _until(self, ending: Ending, taken_at: int, answered_at: int | None) -> int:
        return self.quota.occupied_until(ending, taken_at, answered_at)
