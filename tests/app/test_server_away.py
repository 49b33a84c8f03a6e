"""PostgreSQL goes away: in the middle of a statement, before and after a commit, and for a while."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.bell import Bell
from bot.jobs import Job, JobState
from bot.postgres_url import PostgresUrl
from bot.slots import Ending
from storage import postgres as module
from storage import postgres_connection, postgres_sole
from storage.database import Database, DatabaseError, Execute, opened
from storage.deliveries import DeliveryStore
from storage.intent import Unanswered, Unsure
from storage.jobs import JobStore
from storage.notices import Topic
from storage.postgres_connection import SESSION
from storage.slots import Answer
from tests.app.cable import Cable, Cut, laid
from tests.app.job import NOW, another, job
from tests.app.line import ledger, rows, waiting
from tests.databases import Server

Cabled = tuple[Cable, Database]


@pytest.fixture
async def cabled(postgres: PostgresUrl) -> AsyncIterator[Cabled]:
    async with laid(postgres) as (cable, url), opened(url) as base:
        yield cable, base


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
async def test_a_move_whose_commit_is_unknown_is_done_once_and_not_lost(
    cabled: Cabled, cut: Cut
) -> None:
    cable, base = cabled
    taken, _ = await ledger(base).take(await waiting(JobStore(base), "a"), NOW)
    assert taken is not None
    cable.cut_at("UPDATE jobs SET", cut)
    moved = await JobStore(base).move(taken, JobState.RUNNING, reka_id="r1", running_at=NOW)
    assert (moved.state, moved.reka_id) == (JobState.RUNNING, "r1")
    assert cable.words is None
    cable.cut_at("UPDATE jobs SET", cut)
    assert (await JobStore(base).note(moved, stage="clipping")).stage == "clipping"


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
async def test_where_the_card_is_and_at_which_stage_the_job_is_kept_in_the_end(
    cabled: Cabled, cut: Cut
) -> None:
    cable, base = cabled
    store = JobStore(base)
    kept = await waiting(store, "a", card_ts=None)
    cable.cut_at("UPDATE jobs SET card_ts", cut)
    kept = await store.card_at(kept, "2.0")  # else the card would be posted once more
    cable.cut_at("UPDATE jobs SET stage", cut)
    kept = await store.at_stage(kept, "clipping")
    assert (kept.card_ts, kept.stage) == ("2.0", "clipping")
    assert await store.get("a") == kept
    assert cable.words is None


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
async def test_with_further_statements_all_are_done_or_none_and_it_is_known_which(
    cabled: Cabled, cut: Cut
) -> None:
    cable, base = cabled
    slots = ledger(base)
    taken, _ = await slots.take(await waiting(JobStore(base), "a"), NOW)
    assert taken is not None
    cable.cut_at("COMMIT", cut)
    also = slots.answered(taken, Answer(Ending.ACCEPTED, NOW))
    moved = await JobStore(base).move(taken, JobState.RUNNING, also, reka_id="r1")
    assert moved.state is JobState.RUNNING
    assert cable.words is None
    assert await rows(base) == [("a", "accepted")]


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
async def test_a_request_whose_commit_is_unknown_becomes_one_job(cabled: Cabled, cut: Cut) -> None:
    cable, base = cabled
    cable.cut_at("COMMIT", cut)
    added = await JobStore(base).add(job())
    assert added is not None
    assert added.id == job().id
    parent = await waiting(JobStore(base), "parent", state=JobState.UNSURE)
    cable.cut_at("COMMIT", cut)
    assert await JobStore(base).replace(parent, another("child", anew_of="parent")) is not None
    assert cable.words is None
    assert len(await base.read("SELECT id FROM jobs")) == 3


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
async def test_a_slot_whose_commit_is_unknown_is_taken_once(cabled: Cabled, cut: Cut) -> None:
    cable, base = cabled
    asked = await waiting(JobStore(base), "a")
    cable.cut_at("COMMIT", cut)
    taken, _ = await ledger(base).take(asked, NOW)
    assert cable.words is None
    assert taken is not None
    assert taken.state is JobState.SUBMITTING
    assert await rows(base) == [("a", "open")]


async def test_what_may_not_be_repeated_is_not(cabled: Cabled) -> None:
    cable, base = cabled
    cable.cut_at("INSERT INTO deliveries", Cut.AFTER)
    with pytest.raises(Unsure):
        await DeliveryStore(base).first("event:1", NOW)
    assert not await DeliveryStore(base).first("event:1", NOW)


async def test_a_transaction_that_did_not_come_to_its_commit_is_done_anew(cabled: Cabled) -> None:
    cable, base = cabled
    tries: list[str] = []

    async def work(execute: Execute) -> None:
        tries.append("")
        await execute("INSERT INTO deliveries (key, came_at) VALUES (?, ?)", ("a", 1))
        await execute("INSERT INTO presence (one, alive_at) VALUES (1, ?)", (1,))

    cable.cut_at("INSERT INTO presence", Cut.AFTER)
    await base.transaction(work)
    assert len(tries) == 2
    assert len(await base.read("SELECT key FROM deliveries")) == 1


async def test_a_process_that_stood_still_before_its_commit_does_the_transaction_anew(
    postgres: PostgresUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connection, "SESSION", SESSION.replace("'5s'", "'50ms'"))
    async with opened(postgres) as frozen, opened(postgres) as other:
        tries: list[int] = []

        async def work(execute: Execute) -> None:
            [row] = await execute("SELECT pg_backend_pid() AS pid")
            tries.append(row["pid"])
            await execute("INSERT INTO deliveries (key, came_at) VALUES ('a', 1)")
            while len(tries) == 1 and await _is_connected(other, tries[0]):
                pass  # the server ends it; it is found out at the commit only

        await frozen.transaction(work)
        assert len(tries) == 2
        assert len(await other.read("SELECT key FROM deliveries")) == 1


async def test_what_is_broken_off_again_and_again_is_given_up(postgres: PostgresUrl) -> None:
    async with opened(postgres) as base, opened(postgres) as other:

        async def work(execute: Execute) -> None:
            [row] = await execute("SELECT pg_backend_pid() AS pid")
            await other.read("SELECT pg_terminate_backend(?)", (row["pid"],))
            await execute("SELECT 1")

        with pytest.raises(Unanswered, match="again and again"):
            await base.transaction(work)
        assert await JobStore(base).add(job()) is not None


async def _is_connected(base: Database, pid: int) -> bool:
    return bool(await base.read("SELECT 1 FROM pg_stat_activity WHERE pid = ?", (pid,)))


async def test_a_read_is_asked_again(cabled: Cabled) -> None:
    cable, base = cabled
    cable.cut_at("SELECT 'x'", Cut.AFTER)
    assert (await base.read("SELECT 'x' AS x"))[0]["x"] == "x"
    cable.cut_at("SELECT 'y'", Cut.BEFORE)
    many = await base.reads(("SELECT 'y' AS y", ()), ("SELECT 'z' AS z", ()))
    assert [found[0][name] for found, name in zip(many, "yz", strict=True)] == ["y", "z"]
    assert cable.words is None


async def test_a_server_that_is_killed_and_started_again_keeps_what_was_committed_and_loses_no_job(
    server: Server, postgres: PostgresUrl
) -> None:
    async with opened(postgres) as base:
        store = JobStore(base)
        jobs = [await waiting(store, f"job-{n}", state=JobState.RUNNING) for n in range(8)]

        async def followed(owned: Job) -> int:
            steps = 0
            while not stop.is_set():
                owned = await store.note(owned, stage=f"stage {steps}")
                steps += 1
            return steps

        stop = asyncio.Event()
        following = [asyncio.create_task(followed(each)) for each in jobs]
        for _ in range(3):
            await asyncio.to_thread(server.postgres.kill)
            await asyncio.to_thread(server.postgres.start)
            await base.ping()
        stop.set()
        counted = await asyncio.gather(*following)
        for each, steps in zip(jobs, counted, strict=True):
            kept = await store.get(each.id)
            assert kept is not None
            assert kept.stage == f"stage {steps - 1}"


async def test_who_has_waited_long_enough_is_told_that_nothing_was_done(
    server: Server, postgres: PostgresUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(postgres) as base:
        await asyncio.to_thread(server.postgres.kill)
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.5)
        reads = base.read("SELECT id FROM jobs")  # first: it leaves the connection that is lost
        for asked in (reads, JobStore(base).add(job()), base.write("DELETE FROM jobs")):
            with pytest.raises(Unanswered, match="cannot be reached") as told:
                await asked
            assert not isinstance(told.value, Unsure)
        monkeypatch.undo()
        waits = asyncio.create_task(JobStore(base).add(job()))
        await asyncio.to_thread(server.postgres.start)
        assert await waits is not None


async def test_after_an_interruption_who_listens_looks_for_themselves(
    server: Server, postgres: PostgresUrl
) -> None:
    async with opened(postgres) as one, opened(postgres) as other:
        bell = Bell()
        one.notices.hear(Topic.BELL, lambda _: bell.wake())
        rung = bell.listen()
        await asyncio.to_thread(server.postgres.restart)
        await rung.wait()
        rung = bell.listen()
        while not rung.is_set():  # the other one may not listen yet, but it tells
            other.notices.tell(Topic.BELL)
            await one.ping()


async def test_a_notice_that_was_cut_off_is_told_again_since_only_one_lost_the_connection(
    cabled: Cabled, postgres: PostgresUrl
) -> None:
    cable, base = cabled
    async with opened(postgres) as other:
        said: asyncio.Queue[str] = asyncio.Queue()
        other.notices.hear(Topic.CARD, said.put_nowait)
        cable.cut_at("pg_notify", Cut.BEFORE)
        base.notices.tell(Topic.CARD, "job-1")
        assert await said.get() == "job-1"
        assert cable.words is None


async def test_a_process_that_freezes_in_a_transaction_holds_up_the_others_for_seconds_only(
    postgres: PostgresUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connection, "SESSION", SESSION.replace("'5s'", "'300ms'"))
    async with opened(postgres) as frozen, opened(postgres) as other:
        begun, thaws = asyncio.Event(), asyncio.Event()
        tries: list[str] = []

        async def work(execute: Execute) -> None:
            tries.append("")
            await execute("INSERT INTO deliveries (key, came_at) VALUES ('a', 1)")
            begun.set()
            await thaws.wait()
            await execute("SELECT 1 AS one")

        freezes = asyncio.create_task(frozen.transaction(work))
        await begun.wait()
        assert await JobStore(other).add(job()) is not None  # the lock is free again
        thaws.set()
        await freezes
        assert len(tries) == 2
        assert len(await other.read("SELECT key FROM deliveries")) == 1


async def test_a_write_that_is_cancelled_again_and_again_still_ends_first(
    postgres: PostgresUrl,
) -> None:
    async with opened(postgres) as base:
        begun, goes_on = asyncio.Event(), asyncio.Event()

        async def held(_: Execute) -> None:
            begun.set()
            await goes_on.wait()

        first = asyncio.create_task(base.transaction(held))
        await begun.wait()
        write = asyncio.create_task(JobStore(base).add(job()))
        while not await base.read("SELECT 1 FROM pg_locks WHERE NOT granted"):
            pass
        for _ in range(5):
            write.cancel()
            await asyncio.sleep(0)
        assert not write.done()
        goes_on.set()
        await asyncio.wait({first, write})
        assert write.cancelled()
        assert await JobStore(base).get(job().id) is not None


async def test_a_server_comes_back_though_one_of_its_processes_outlived_it(
    server: Server, postgres: PostgresUrl
) -> None:
    async with opened(postgres) as base:
        with server.connected(postgres) as busy:
            working = asyncio.create_task(asyncio.to_thread(busy.execute, _BUSY_FOR_A_SECOND))
            while not await base.read("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'DO %'"):  # noqa: ASYNC110  each look is a query
                await asyncio.sleep(0.01)
            server.postgres.kill()  # who works sees that only at the end
            server.postgres.start()
            await working
        assert await base.read("SELECT 1")


_BUSY_FOR_A_SECOND = """DO $$ DECLARE started timestamptz := clock_timestamp();
BEGIN WHILE clock_timestamp() < started + interval '1 s' LOOP END LOOP; END $$"""


async def test_who_is_cancelled_while_waiting_for_the_server_waits_no_longer(
    server: Server, postgres: PostgresUrl
) -> None:
    async with opened(postgres) as base:
        server.postgres.kill()
        write = asyncio.create_task(JobStore(base).add(job()))
        await asyncio.sleep(0)
        write.cancel()
        await asyncio.wait({write})
        assert write.cancelled()
        server.postgres.start()
        assert await JobStore(base).get(job().id) is None


async def test_the_only_one_on_a_database_stays_it_after_a_restart_of_the_server(
    server: Server, postgres: PostgresUrl
) -> None:
    lost: list[str] = []
    async with opened(postgres) as one, opened(postgres) as other:
        async with one.sole(lost.append):
            with pytest.raises(DatabaseError, match="Another Reel is running"):
                async with other.sole(lost.append):
                    pass
            await asyncio.to_thread(server.postgres.restart)
            while await _is_free(other):  # noqa: ASYNC110  for the second that one needs to come back
                await asyncio.sleep(0.01)
            with pytest.raises(DatabaseError, match="Another Reel is running"):
                async with other.sole(lost.append):
                    pass
        async with other.sole(lost.append):
            assert lost == []


async def test_who_shares_the_jobs_lets_nobody_in_who_follows_them_alone(
    postgres: PostgresUrl,
) -> None:
    lost: list[str] = []
    async with opened(postgres) as one, opened(postgres) as other:
        async with one.sole(lost.append, shared=True), other.sole(lost.append, shared=True):
            with pytest.raises(DatabaseError, match="Another Reel is running"):
                async with other.sole(lost.append):
                    pass
        async with one.sole(lost.append):
            with pytest.raises(DatabaseError, match="Another Reel, without REEL_TEMPORAL, is"):
                async with other.sole(lost.append, shared=True):
                    pass
    assert lost == []


async def _is_free(base: Database) -> bool:
    rows = await base.read("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 20510")
    return not rows


async def test_who_finds_another_one_in_their_place_says_so(
    server: Server, postgres: PostgresUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_sole, "PATIENCE_SECONDS", 2.0)
    said: asyncio.Queue[str] = asyncio.Queue()
    async with opened(postgres) as one, opened(postgres) as other, one.sole(said.put_nowait):
        await asyncio.to_thread(server.postgres.restart)
        await other.ping()
        async with other.sole(lambda _: None):  # quicker than the first one, which waits a second
            assert "Another Reel has taken over" in await said.get()
