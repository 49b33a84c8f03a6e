"""A checker that never finds anything proves nothing: each bug is planted, and its checker finds it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import aiosqlite
import pytest

from bot import keeper, line, spend
from bot import verdict as ruling
from bot.budget import Urgency
from bot.card import Cards
from bot.delivery import Deliverer
from bot.jobs import Clip, ClipFile, Job, JobState
from bot.keeper import Keeper
from bot.messages import SlackError
from bot.outcome import Outcome as Verb
from bot.reka import download, errors
from bot.reka.client import Submission
from bot.reka.models import Generation
from bot.render import card, clips
from bot.runner import Runner
from bot.slots import Ending, Standing, standing
from bot.spend import Spender
from bot.verdict import Verdict
from handlers import offers
from storage import sqlite, sqlite_connection
from storage.database import DatabaseError, Execute, Row, Value
from storage.jobs import JobStore
from storage.results import ResultStore
from storage.rows import job_of
from storage.slots import SlotStore
from storage.sqlite import SqliteDatabase
from storage.statements import moving
from tests.simulation import checkers
from tests.simulation.checkers import Checker, report, violations
from tests.simulation.offers import no_offer_crosses_a_border, what_was_offered_is_no_job
from tests.simulation.run import lived
from tests.simulation.staged import staged
from tests.simulation.world import World

Plant = Callable[[pytest.MonkeyPatch], None]


def found_within(
    worlds: Iterable[Callable[[], World]], plant: Plant, checker: Checker, patch: pytest.MonkeyPatch
) -> None:
    """Assert that the checker finds the planted bug in one of the worlds, and that without it nothing is found there."""
    for world in worlds:
        with patch.context() as planted:
            plant(planted)
            try:
                caught = list(checker(lived(world())))
            except (
                DatabaseError
            ):  # here the bug keeps the next life from opening the database at all
                caught = []
        if caught:
            break
    else:
        pytest.fail(f"{checker.__name__} did not find the bug")
    clean = lived(world())
    assert not violations(clean), report(clean, violations(clean))


def seeds(number: int, rates: dict[str, float], **stage: Any) -> list[Callable[[], World]]:
    """So many worlds that differ by their seed."""
    return [lambda seed=seed: staged(seed, rates, **stage) for seed in range(number)]  # type: ignore[misc]


def worlds(numbers: range, rates: dict[str, float]) -> list[Callable[[], World]]:
    """Whole worlds, for what takes several people and channels."""
    return [lambda seed=seed: World.of(seed, rates) for seed in numbers]  # type: ignore[misc]


def crashes(steps: range, **stage: Any) -> list[Callable[[], World]]:
    """A world without faults, crashed at each of these steps."""
    return [lambda at=at: staged(1, {}, crashes=(at,), **stage) for at in steps]  # type: ignore[misc]


def test_the_id_committed_after_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Spender._identified

    async def late(self: Spender, job: Job, generation: Generation, submission: Submission) -> Job:
        shown = replace(job, state=JobState.RUNNING, stage=generation.status)
        standing = await self.slots.standing(shown, self.now())
        picture = card.card(shown, standing, self.now())
        with suppress(SlackError):
            await self.operator.messages.update(job.channel_id, job.card_ts or "", picture)
        return await kept(self, job, generation, submission)

    found_within(
        crashes(range(180, 400, 3)),
        lambda patch: patch.setattr(Spender, "_identified", late),
        checkers.the_card_is_never_ahead,
        monkeypatch,
    )


def _retrying(*causes: str) -> Plant:
    def careless(error: errors.RekaError, job: Job, tries: int, now: int) -> Verdict:
        if str(error) in causes:
            error = errors.NotLanded(str(error))
        return ruling.verdict(error, job, tries, now)

    return lambda patch: patch.setattr(spend, "verdict", careless)


def test_a_retry_on_a_read_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found_within(
        seeds(5, {"post.silence after it landed": 0.6}),
        _retrying("ReadTimeout", "no answer in time"),
        checkers.spent_at_most_once,
        monkeypatch,
    )


def test_a_retry_on_a_connection_lost_after_the_body_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found_within(
        seeds(5, {"post.broke after it landed": 0.6}),
        _retrying("ReadError"),
        checkers.spent_at_most_once,
        monkeypatch,
    )


def test_a_cancel_that_tears_the_post(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Runner.cancel

    async def torn(work: Coroutine[Any, Any, Any]) -> Any:
        return await work

    async def cancel(self: Runner, job_id: str, user_id: str) -> Verb:
        outcome = await kept(self, job_id, user_id)
        if outcome is Verb.NOTED and (job := await self.jobs.get(job_id)):
            self._follow_afresh(job)
        return outcome

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(spend, "unbroken", torn)
        patch.setattr(Runner, "cancel", cancel)

    found_within(
        seeds(20, {"post.lands late": 1.0}, presses=(6.0, 8.0, 11.0)),
        plant,
        checkers.no_post_is_torn,
        monkeypatch,
    )


def test_two_identical_jobs_in_flight_adopting_one_id(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = standing

    async def none(*_: object) -> bool:
        return False

    def alone(*given: Any, sibling: bool = False, **named: Any) -> Standing:
        return kept(*given, **named)

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(JobStore, "siblings_without_id", none)
        patch.setattr(line, "standing", alone)

    faults = {"post.broke before it landed": 0.4, "post.silence after it landed": 0.4}
    found_within(
        seeds(30, faults, asks=("the best", "the best"), dialect="clips"),
        plant,
        checkers.no_id_is_anothers,
        monkeypatch,
    )


def test_the_links_message_posted_before_its_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unmarked(self: Deliverer, job: Job) -> Job:
        message = clips.links(job)
        links_ts = await self.messages.post(job.channel_id, message, thread_ts=job.thread_ts)
        return await self.jobs.note(job, links_marked_at=self.now(), links_ts=links_ts)

    found_within(
        seeds(20, {"slack.lost after": 0.3}),
        lambda patch: patch.setattr(Deliverer, "_post_links", unmarked),
        checkers.links_are_sent_once,
        monkeypatch,
    )


def test_a_clip_shared_before_its_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unmarked(self: Keeper, job: Job, clip: Clip, file: ClipFile) -> ClipFile:
        await self.uploads.complete(
            file.file_id or "", clip.title, job.channel_id, job.thread_ts or ""
        )
        return await self.files.keep(job, replace(file, marked_at=self.now(), shared_at=self.now()))

    found_within(
        seeds(10, {"slack.lost after": 0.3, "slack.shares again": 1.0}),
        lambda patch: patch.setattr(Keeper, "_shared", unmarked),
        checkers.no_clip_is_shared_twice,
        monkeypatch,
    )


def test_a_completion_believed_lost_at_the_first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    found_within(
        seeds(20, {"slack.completes late": 0.5, "slack.shares again": 1.0}),
        lambda patch: patch.setattr(keeper, "LOOK_SECONDS", ()),
        checkers.no_clip_is_shared_twice,
        monkeypatch,
    )


def test_a_clip_sent_again_because_its_completion_came_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def forgotten(self: Keeper, job: Job, file: ClipFile) -> None:
        await self.files.keep(job, ClipFile(file.number))

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(Keeper, "_missed", forgotten)
        patch.setattr(keeper, "LOOK_SECONDS", ())

    found_within(
        seeds(40, {"slack.completes late": 0.5, "slack.lost before": 0.2}),
        plant,
        checkers.no_clip_is_shared_twice,
        monkeypatch,
    )


def test_a_skipped_clip_that_the_card_is_silent_about(monkeypatch: pytest.MonkeyPatch) -> None:
    async def once(self: Cards, job: Job) -> None:
        with suppress(SlackError):
            await self.edit(lambda: job, Urgency.FINAL)

    found_within(
        seeds(20, {"slack.takes no file": 0.5, "slack.lost before": 0.3}),
        lambda patch: patch.setattr(Cards, "retouch", once),
        checkers.every_clip_is_kept,
        monkeypatch,
    )


def test_a_page_kept_as_a_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    found_within(
        seeds(10, {"clip.HTML": 0.5}),
        lambda patch: patch.setattr(download, "_is_page", lambda _: False),
        checkers.every_clip_is_kept,
        monkeypatch,
    )


def test_returning_left_unfetched(monkeypatch: pytest.MonkeyPatch) -> None:
    unfinished: list[aiosqlite.Cursor] = []
    kept = SqliteDatabase.transaction

    async def write(self: SqliteDatabase, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        unfinished.append(await self._writer.execute(sql, parameters))
        if "jobs" not in sql:
            return []
        same = "SELECT * FROM jobs WHERE id = ?"  # this connection sees what is not durable yet
        return list(await self._writer.execute_fetchall(same, parameters[:1]))

    async def transaction(self: SqliteDatabase, work: Callable[[Execute], Awaitable[Any]]) -> Any:
        unfinished.clear()
        return await kept(self, work)

    def plant(patch: pytest.MonkeyPatch) -> None:
        # What is left unfetched holds the file's lock in the lives that follow: nobody lets go of it, however long one waits.
        for module in (sqlite, sqlite_connection):
            patch.setattr(module, "BUSY_MILLISECONDS", 0)
        patch.setattr(SqliteDatabase, "write", write)
        patch.setattr(SqliteDatabase, "transaction", transaction)

    found_within(crashes(range(70, 200, 3)), plant, checkers.everything_comes_to_rest, monkeypatch)


def test_slot_and_submitting_in_two_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    async def take(self: SlotStore, job: Job, now: int) -> tuple[Job | None, Standing]:
        standing = await self.standing(job, now)
        if not standing.may_go:
            return None, standing
        rows = await self.database.write(*moving(job, JobState.SUBMITTING, submitted_at=now))
        await asyncio.sleep(5)
        await self.database.write(
            "INSERT INTO slots (fingerprint, job_id, taken_at, occupied_until, ending) "
            "VALUES (?, ?, ?, ?, ?)",
            (self.fingerprint, job.id, now, self._until(Ending.OPEN, now, None), Ending.OPEN),
        )
        return job_of(rows[0]), standing

    found_within(
        seeds(20, {}, asks=("the first", "the second", "the third"), limit=1),
        lambda patch: patch.setattr(SlotStore, "take", take),
        checkers.never_one_post_too_many,
        monkeypatch,
    )


def test_an_offer_across_a_privacy_border(monkeypatch: pytest.MonkeyPatch) -> None:
    found_within(
        worlds(range(40, 130), {}),
        lambda patch: patch.setattr(offers, "may_be_shown", lambda *_: True),
        no_offer_crosses_a_border,
        monkeypatch,
    )


def test_an_offer_that_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    async def noted(*_: object) -> bool:
        return True

    async def offered(*_: object) -> None:
        return None

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(ResultStore, "offer", noted)
        patch.setattr(ResultStore, "offered", offered)

    found_within(
        worlds(range(20, 110), {"people.delivered again": 1.0}),
        plant,
        what_was_offered_is_no_job,
        monkeypatch,
    )
