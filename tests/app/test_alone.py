"""What is decided by other rows than the one that is written is decided by one process at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.jobs import ClipFile, Delivery, Job, JobState, Reason
from storage.database import Database, Execute
from storage.files import FileStore
from storage.jobs import ANYBODY, JobStore
from storage.results import ResultStore
from storage.rules import RuleStore
from storage.statements import adding
from tests.app.job import NOW, another, job
from tests.app.line import ledger, waiting
from tests.databases import Pair


async def kept_waiting(pair: Pair, work: Awaitable[Any]) -> Any:
    """What `work` comes to, once it was seen to wait for the other process to end a transaction."""
    begun, ends = asyncio.Event(), asyncio.Event()

    async def under_way(_: Execute) -> None:
        begun.set()
        await ends.wait()

    other = asyncio.create_task(pair[0].transaction(under_way))
    await begun.wait()
    waits = asyncio.ensure_future(work)
    while not await pair[0].read(WAITING):
        assert not waits.done(), "it did not wait"
    ends.set()
    await other
    return await waits


WAITING = (
    "SELECT 1 FROM pg_locks JOIN pg_database ON oid = database AND datname = current_database() "
    "WHERE locktype = 'advisory' AND NOT granted"
)

Decide = Callable[[Database], Awaitable[Any]]


def decisions() -> dict[str, Decide]:
    """All that is decided by other rows than the one that is written, each on the job `a` in a state that it needs."""

    async def got(base: Database) -> Job:
        found = await JobStore(base).get("a")
        assert found is not None
        return found

    async def in_state(base: Database, state: JobState) -> Job:
        await base.write("UPDATE jobs SET state = ? WHERE id = 'a'", (state,))
        return await got(base)

    async def replace_(base: Database) -> Any:
        parent = await in_state(base, JobState.UNSURE)
        return await JobStore(base).replace(parent, another("b", anew_of="a"))

    async def look_again(base: Database) -> Any:
        await in_state(base, JobState.NO_ANSWER)
        return await JobStore(base).look_again("a", NOW)

    async def adopt(base: Database) -> Any:
        await in_state(base, JobState.UNSURE)
        return await JobStore(base).adopt("a", "r1", NOW)

    async def end(base: Database) -> Any:
        back = ledger(base).pause(Reason.RATE_LIMITED, NOW, NOW)
        return await JobStore(base).move(await got(base), JobState.CANCELLED, back)

    async def keep(base: Database) -> Any:
        return await FileStore(base).keep(await got(base), ClipFile(1))

    async def take(base: Database) -> Any:
        return await ledger(base).take(await got(base), NOW)

    asked = job(delivery_key="offer")
    delivery = Delivery("T1", "C1", "U1", "offer")
    return {
        "a request": lambda base: JobStore(base).add(another("b")),
        "a job that is cut anew": replace_,
        "an offer": lambda base: ResultStore(base).offer(asked.request, delivery, NOW),
        "a slot": take,
        "a cancellation": lambda base: JobStore(base).cancel("a", NOW),
        "another look": look_again,
        "an id that a person knows": adopt,
        "a move with what belongs to it": end,
        "an owner": lambda base: JobStore(base).take("a"),
        "a file": keep,
        "rules": lambda base: RuleStore(base, "key-1").change(lambda rules: rules),
    }


@pytest.mark.parametrize("name", decisions())
async def test_what_is_decided_by_other_rows_waits_until_nobody_else_decides(
    pair: Pair, name: str
) -> None:
    await waiting(JobStore(pair[0]), "a")
    assert await kept_waiting(pair, decisions()[name](pair[1])) is not None


async def test_what_was_decided_meanwhile_is_seen(pair: Pair) -> None:
    begun = asyncio.Event()

    async def first(execute: Execute) -> None:
        await execute(*adding(job(), ANYBODY.provided))
        begun.set()
        while not await pair[1].read(WAITING):
            assert not second.done()

    adds = asyncio.create_task(pair[0].transaction(first))
    await begun.wait()
    second = asyncio.create_task(JobStore(pair[1]).add(job(id="job-2", delivery_key="another")))
    await adds
    assert await second is None
