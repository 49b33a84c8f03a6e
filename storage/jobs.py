"""Jobs. A move between states is one guarded UPDATE; whoever gets no row back has lost the job."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.jobs import UNFINISHED, Job, JobState, sources_of
from storage.admission import Admission
from storage.database import Database, Execute, NotUnique, Row, Statement, Value, in_list
from storage.glance import Glance
from storage.intent import Unanswered, Unsure
from storage.rows import job_of
from storage.statements import THE_SAME_WISH, adding, moving, quoted, updating, wish_of

ANYBODY = Admission()
"""Lets in every job."""


class Taken(Exception):
    """The id of Reka's that a job was to get is another job's; nothing was changed."""


LANDS_WITHIN_MS = 15 * 60_000
"""A POST that was sent longer ago than this cannot make a job any more: its deadline, and a margin for both clocks."""


class Lost(Exception):
    """The write found no row: another owner, another state. Stop; nothing was changed."""


@dataclass(frozen=True, slots=True)
class JobStore:
    """The jobs table."""

    database: Database

    async def add(self, job: Job, admission: Admission = ANYBODY) -> Job | None:
        """Insert a job; None when there is one already that it would repeat, or `admission` provides for something else.

        To repeat is: the same delivery, or the same person's same request in the same channel while it is unfinished.
        `same` finds it. Nor does a delivery become a job that was answered with an earlier result. What the check of
        `admission` raises takes the job out again.
        """
        insert, check = adding(job, admission.provided), admission.check
        if check is None:
            return await self._added(job, lambda: self.database.alone(*insert))

        async def work(execute: Execute) -> list[Row]:
            rows = await execute(*insert)
            if rows:
                await check(execute)
            return rows

        return await self._added(job, lambda: self.database.transaction(work))

    async def replace(self, parent: Job, job: Job, admission: Admission = ANYBODY) -> Job | None:
        """Insert a job that cuts `parent` anew, and take the parent out of the way if it was unsure or without answer.

        None when it was cut anew before. The same request may be under way: that is meant.
        `admission` as in `add`.
        """
        insert = adding(job, admission.provided, whatever_is_under_way=True)

        async def work(execute: Execute) -> list[Row]:
            rows = await execute(*insert)
            if not rows:
                return rows
            if admission.check is not None:
                await admission.check(execute)
            await execute(
                "UPDATE jobs SET state = 'replaced', settled_at = NULL, attempt = attempt + 1 "  # noqa: S608
                f"WHERE id = ? AND state IN ({quoted(sources_of(JobState.REPLACED))})",
                (parent.id,),
            )
            return rows

        return await self._added(job, lambda: self.database.transaction(work))

    async def _added(self, job: Job, add: Callable[[], Awaitable[list[Row]]]) -> Job | None:
        try:
            return job if await add() else None
        except Unsure as unsure:
            try:  # added again it waits for a commit that is under way; nobody else has this id
                return job if await add() else await self.get(job.id)
            except Unanswered:
                raise unsure from None

    def given_back(self, job: Job) -> tuple[Statement, ...]:
        """For a job that ends without having gone to Reka: the one that it was to replace rests as before, and can be
        cut anew again.
        """
        if job.anew_of is None:
            return ()
        return (
            (
                "UPDATE jobs SET state = CASE WHEN reka_id IS NULL THEN 'unsure' ELSE 'no_answer' END, "
                "settled_at = NULL, attempt = attempt + 1 WHERE id = ? AND state = 'replaced'",
                (job.anew_of,),
            ),
            ("UPDATE jobs SET anew_of = NULL WHERE id = ?", (job.id,)),
        )

    async def same(self, job: Job) -> Job | None:
        """The job that kept `job` from being added."""
        return _first(
            await self.database.read(
                "SELECT * FROM jobs WHERE delivery_key = ? OR anew_of = ? "  # noqa: S608  our own names
                f"OR ({THE_SAME_WISH} AND state IN ({quoted(UNFINISHED)})) "
                "ORDER BY delivery_key = ? DESC, anew_of IS NOT NULL DESC, created_at DESC LIMIT 1",
                (job.delivery_key, job.anew_of, *wish_of(job), job.delivery_key),
            )
        )

    def query(self, job_id: str) -> Statement:
        """For a glance: what `get` asks."""
        return "SELECT * FROM jobs WHERE id = ?", (job_id,)

    async def get(self, job_id: str, glance: Glance | None = None) -> Job | None:
        """The job as committed, or None."""
        return _first(await (glance or self.database.read)(*self.query(job_id)))

    async def recent(self, limit: int) -> list[Job]:
        """The newest jobs, newest first."""
        rows = await self.database.read(
            "SELECT * FROM jobs ORDER BY created_at DESC, id LIMIT ?", (limit,)
        )
        return [job_of(row) for row in rows]

    async def of_person(self, user_id: str, channel_id: str | None, limit: int) -> list[Job]:
        """What a person asked for, newest first; in one channel, or anywhere."""
        rows = await self.database.read(
            f"SELECT * FROM jobs WHERE user_id = ? {'AND channel_id = ? ' if channel_id else ''}"  # noqa: S608
            "ORDER BY created_at DESC, id LIMIT ?",
            (user_id, channel_id, limit) if channel_id else (user_id, limit),
        )
        return [job_of(row) for row in rows]

    async def in_channels(self, channel_ids: Sequence[str], but: str, limit: int) -> list[Job]:
        """What others than `but` asked for in these channels, newest first; only what has been seen there."""
        rows = await self.database.read(
            "SELECT * FROM jobs WHERE card_ts IS NOT NULL AND user_id <> ? "  # noqa: S608  placeholders
            f"AND channel_id IN ({in_list(channel_ids)}) ORDER BY created_at DESC, id LIMIT ?",
            (but, *channel_ids, limit),
        )
        return [job_of(row) for row in rows]

    def durations_query(self, limit: int) -> Statement:
        """For a glance: what `durations` asks."""
        return (
            "SELECT ended_at - submitted_at AS duration FROM jobs "
            "WHERE state = 'completed' AND submitted_at IS NOT NULL ORDER BY ended_at DESC LIMIT ?",
            (limit,),
        )

    async def durations(self, limit: int, glance: Glance | None = None) -> list[int]:
        """How long the last completed jobs took from the POST to the end, in ms."""
        rows = await (glance or self.database.read)(*self.durations_query(limit))
        return [int(row["duration"]) for row in rows]

    async def knows(self, reka_id: str) -> bool:
        """True when a job has this id of Reka's."""
        return bool(await self.database.read("SELECT 1 FROM jobs WHERE reka_id = ?", (reka_id,)))

    async def siblings_without_id(self, job: Job) -> bool:
        """True when another job with the same links and prompt may own an id made since this one began."""
        return bool(
            await self.database.read(
                "SELECT 1 FROM jobs WHERE request_key = ? AND id <> ? AND submitted_at > ? AND ("
                "reka_id IS NULL AND state IN ('submitting', 'unsure', 'replaced') "
                # A person told its id, right or wrong: what its POST made may be another.
                "OR EXISTS (SELECT 1 FROM slots WHERE job_id = jobs.id AND ending = 'ambiguous'))",
                (job.request_key, job.id, (job.submitted_at or 0) - LANDS_WITHIN_MS),
            )
        )

    async def unsettled(self) -> list[str]:
        """Ids of the jobs that the app still owes something (an end, a final card, the links), oldest first."""
        rows = await self.database.read(
            "SELECT id FROM jobs WHERE settled_at IS NULL ORDER BY created_at, id"
        )
        return [row["id"] for row in rows]

    async def take(self, job_id: str) -> Job | None:
        """Become the job's owner: from here on, writes of a former owner find no row."""
        return _first(
            # Alone, like every change of an owner: what a former one still writes elsewhere looks at the attempt here.
            await self.database.alone(
                "UPDATE jobs SET attempt = attempt + 1 WHERE id = ? RETURNING *", (job_id,)
            )
        )

    async def move(self, job: Job, to: JobState, *also: Statement, **changes: object) -> Job:
        """Move a job to another state, with other columns, and `also` with further statements, or none. Raises `Lost`."""
        return await self._moved(job, to, moving(job, to, **changes), also)

    async def note(self, job: Job, *also: Statement, **changes: object) -> Job:
        """Change columns of a job that stays in its state, and `also` further statements. Raises `Lost`."""
        return await self._moved(job, job.state, updating(job, changes), also)

    async def at_stage(self, job: Job, stage: str) -> Job:
        """Note the stage of a job that stays in its state; of what others noted meanwhile it tells nothing. Raises `Lost`."""
        await self._written(
            job,
            "UPDATE jobs SET stage = ? WHERE id = ? AND attempt = ? AND state = ? RETURNING id",
            (stage, job.id, job.attempt, job.state),
        )
        return replace(job, stage=stage)

    async def card_at(self, job: Job, card_ts: str) -> Job:
        """Note where the card is, whatever state the job has reached meanwhile. Raises `Lost`."""
        noted = await self._written(
            job,
            "UPDATE jobs SET card_ts = ? WHERE id = ? AND attempt = ? RETURNING *",
            (card_ts, job.id, job.attempt),
        )
        return job_of(noted)

    async def _written(self, job: Job, sql: str, parameters: Sequence[Value]) -> Row:
        """The row of a write that does no more when it is repeated. Raises `Lost`."""
        try:
            rows = await self.database.write(sql, parameters)
        except Unsure:
            rows = await self.database.write(sql, parameters)
        if not rows:
            raise Lost(job.id)
        return rows[0]

    async def _moved(
        self, job: Job, to: JobState, guard: Statement, also: Iterable[Statement]
    ) -> Job:
        try:
            moved = _first(await self.database.guarded(guard, *also))
        except Unsure:
            # Moved again it waits for a commit that is under way. What is noted again is the same as before.
            moved = _first(await self.database.guarded(guard, *also)) or await self.there(job, to)
        except NotUnique as error:
            raise Taken(job.id) from error
        if moved is None:
            raise Lost(job.id)
        return moved

    async def there(self, job: Job, state: JobState, execute: Execute | None = None) -> Job | None:
        """The job, if its owner has brought it to this state: nobody else does and leaves the attempt as it is."""
        return _first(
            await (execute or self.database.read)(
                "SELECT * FROM jobs WHERE id = ? AND attempt = ? AND state = ?",
                (job.id, job.attempt, state),
            )
        )

    async def cancel(self, job_id: str, now: int) -> Job | None:
        """Cancel a job that waits or runs; note the wish for one whose POST is on its way. None when it is too late.

        The attempt grows, so that whoever follows the job finds no row any more.
        """

        async def work(execute: Execute) -> Job | None:
            ended = (
                "UPDATE jobs SET state = 'cancelled', ended_at = ?, attempt = attempt + 1 "
                "WHERE id = ? AND state = ? RETURNING *"
            )
            if waited := _first(await execute(ended, (now, job_id, JobState.WAITING))):
                for statement in self.given_back(waited):
                    await execute(*statement)
                return waited
            running = await execute(ended, (now, job_id, JobState.RUNNING))
            return _first(
                running
                or await execute(
                    "UPDATE jobs SET cancel_requested_at = coalesce(cancel_requested_at, ?) "
                    "WHERE id = ? AND state = 'submitting' RETURNING *",
                    (now, job_id),
                )
            )

        return await self.database.transaction(work)

    async def look_again(self, job_id: str, now: int) -> Job | None:
        """Wake a job that rests without an answer, or note that somebody wants an unsure one looked for. None otherwise."""
        return await self._first_of(
            (
                "UPDATE jobs SET state = 'running', running_at = ?, ended_at = NULL, settled_at = NULL, "
                "attempt = attempt + 1 WHERE id = ? AND state = 'no_answer' RETURNING *",
                (now, job_id),
            ),
            (
                # An earlier wish to cancel is taken back: else the job would end the moment it is found.
                "UPDATE jobs SET look_requested_at = ?, cancel_requested_at = NULL, settled_at = NULL, "
                "attempt = attempt + 1 "
                "WHERE id = ? AND state = 'unsure' RETURNING *",
                (now, job_id),
            ),
        )

    async def adopt(self, job_id: str, reka_id: str, now: int) -> Job | None:
        """Give an unsure job the id that a person knows. None when it is not unsure, or the id is another job's."""
        return await self._first_of(
            (
                "UPDATE jobs SET state = 'running', reka_id = ?, running_at = ?, ended_at = NULL, "
                "settled_at = NULL, cancel_requested_at = NULL, attempt = attempt + 1 "
                "WHERE id = ? AND state = 'unsure' "
                "AND NOT EXISTS (SELECT 1 FROM jobs WHERE reka_id = ?) RETURNING *",
                (reka_id, now, job_id, reka_id),
            ),
        )

    async def purge(self, before: int) -> int:
        """Delete settled jobs that ended before a time; how many."""
        rows = await self.database.write(
            "DELETE FROM jobs WHERE settled_at < ? AND coalesce(ended_at, settled_at) < ? "
            "AND state NOT IN ('waiting', 'submitting', 'running') RETURNING id",
            (before, before),
        )
        return len(rows)

    async def _first_of(self, *statements: Statement) -> Job | None:
        """The row of the first statement that finds one."""

        async def work(execute: Execute) -> Job | None:
            for statement in statements:
                if rows := await execute(*statement):
                    return job_of(rows[0])
            return None

        return await self.database.transaction(work)


def _first(rows: Sequence[Row]) -> Job | None:
    return job_of(rows[0]) if rows else None
