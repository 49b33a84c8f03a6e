"""Two pools on one PostgreSQL, as two processes have them: what only one may do is done once."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.bell import Bell
from bot.budget import EditBudget, Urgency
from bot.jobs import ClipFile, Delivery, Job, JobState, Reason
from bot.rules import NotAdmitted, Rules
from bot.shared_budget import SharedBudget
from storage.admission import Admission
from storage.database import Database
from storage.deliveries import DeliveryStore
from storage.edits import EditStore
from storage.files import FileStore
from storage.jobs import JobStore, Lost, Taken
from storage.notices import Topic
from storage.results import ResultStore
from storage.rules import RuleStore
from tests.app.job import NOW, another, clip, job
from tests.app.line import ledger, waiting
from tests.databases import Pair


async def raced(pair: Pair, work: Callable[[Database, int], Any], times: int = 50) -> list[Any]:
    """So many at once, each process every second one; what each came to, an exception included."""
    racers = (work(pair[number % 2], number) for number in range(times))
    return await asyncio.gather(*racers, return_exceptions=True)


async def count(base: Database, table: str) -> int:
    [row] = await base.read(f"SELECT count(*) AS rows FROM {table}")  # noqa: S608
    return int(row["rows"])


async def test_of_fifty_same_requests_one_becomes_a_job(pair: Pair) -> None:
    def add(base: Database, number: int) -> Any:
        return JobStore(base).add(job(id=f"job-{number}", delivery_key=f"key-{number}"))

    results = await raced(pair, add)
    assert sum(isinstance(result, Job) for result in results) == 1
    assert results.count(None) == 49
    assert await count(pair[0], "jobs") == 1


async def test_of_fifty_times_one_delivery_one_becomes_a_job_or_an_offer(pair: Pair) -> None:
    asked = job()
    delivery = Delivery(asked.team_id, asked.channel_id, asked.user_id, asked.delivery_key)

    async def come(base: Database, number: int) -> str:
        if number % 4 < 2:
            return "job" if await JobStore(base).add(job(id=f"job-{number}")) else ""
        return "offer" if await ResultStore(base).offer(asked.request, delivery, NOW) else ""

    kinds = Counter(await raced(pair, come))
    assert (kinds["job"], kinds["offer"]) in {(1, 0), (0, 25)}
    assert await count(pair[0], "jobs") + await count(pair[0], "offers") == 1


async def test_of_fifty_who_take_a_slot_at_once_ten_get_one(pair: Pair) -> None:
    jobs = [await waiting(JobStore(pair[0]), f"job-{number}") for number in range(50)]

    async def take(base: Database, number: int) -> bool:
        taken, _ = await ledger(base, limit=10).take(jobs[number], NOW)
        return taken is not None

    for _ in range(3):  # it is their turn one after the other
        await raced(pair, take)
    assert await count(pair[0], "slots") == 10
    [row] = await pair[1].read("SELECT count(*) AS rows FROM jobs WHERE state = 'submitting'")
    assert row["rows"] == 10


async def test_one_job_takes_one_slot_whoever_follows_it(pair: Pair) -> None:
    asked = await waiting(JobStore(pair[0]), "a")
    results = await raced(pair, lambda base, _: ledger(base, limit=None).take(asked, NOW), 20)
    assert sum(not isinstance(result, Lost) and result[0] is not None for result in results) == 1
    assert await count(pair[0], "slots") == 1


async def test_a_job_is_cut_anew_once(pair: Pair) -> None:
    parent = await waiting(JobStore(pair[0]), "parent", state=JobState.UNSURE)

    def cut(base: Database, number: int) -> Any:
        child = another(f"child-{number}", parent_id=parent.id, anew_of=parent.id)
        return JobStore(base).replace(parent, child)

    results = await raced(pair, cut, 20)
    assert sum(isinstance(result, Job) for result in results) == 1
    assert await count(pair[0], "jobs") == 2


async def test_an_id_of_reka_is_given_to_one_job(pair: Pair) -> None:
    store = JobStore(pair[0])
    jobs = [await waiting(store, f"a{n}", state=JobState.SUBMITTING) for n in range(20)]
    unsure = [await waiting(store, f"b{n}", state=JobState.UNSURE) for n in range(20)]

    async def identify(base: Database, number: int) -> Job | None:
        if number < 20:
            slot = ledger(base).pause(
                Reason.RATE_LIMITED, NOW, NOW
            )  # a second row in the same breath
            return await JobStore(base).move(jobs[number], JobState.RUNNING, slot, reka_id="r1")
        return await JobStore(base).adopt(unsure[number - 20].id, "r1", NOW)

    results = await raced(pair, identify, 40)
    assert sum(isinstance(result, Job) for result in results) == 1
    assert all(result is None or isinstance(result, Job | Taken) for result in results)


async def test_of_requests_that_race_for_the_last_of_a_share_one_is_kept(pair: Pair) -> None:
    await RuleStore(pair[0], "key-1").change(lambda rules: replace(rules, per_person=1))

    async def ask(base: Database, number: int) -> Job | None:
        asked = job(id=f"job-{number}", delivery_key=f"{number}", prompt=f"wish {number}")
        rules = RuleStore(base, "key-1")
        closer = Admission(check=lambda execute: rules.admit(execute, asked, NOW))
        return await JobStore(base).add(asked, closer)

    results = await raced(pair, ask, 20)
    assert sum(isinstance(result, NotAdmitted) for result in results) == 19
    assert await count(pair[0], "jobs") == 1


async def test_whoever_changes_the_rules_at_the_same_time_undoes_nothing(pair: Pair) -> None:
    def more(rules: Rules) -> Rules:
        return replace(rules, reserved=rules.reserved + 1)

    await raced(pair, lambda base, _: RuleStore(base, "key-1").change(more), 20)
    assert (await RuleStore(pair[1], "key-1").get()).reserved == 20


async def test_a_delivery_is_the_first_once_and_the_operator_is_told_once(pair: Pair) -> None:
    came = await raced(pair, lambda base, _: DeliveryStore(base).first("event:1", NOW))
    assert came.count(True) == 1
    told = await raced(pair, lambda base, _: ledger(base).tell(NOW))
    assert told.count(True) == 1


async def test_a_former_owner_keeps_no_file_once_another_has_taken_the_job(pair: Pair) -> None:
    owned = await waiting(JobStore(pair[0]), "a", state=JobState.COMPLETED, clips=(clip(),))

    async def keep_or_take(base: Database, number: int) -> str:
        if number == 10:
            await JobStore(base).take("a")
            kept = await FileStore(base).of(owned)
            return kept[0].file_id or "" if kept else ""
        await FileStore(base).keep(owned, ClipFile(1, file_id=f"F{number}"))
        return ""

    results = await raced(pair, keep_or_take, 40)
    [file] = await FileStore(pair[0]).of(owned)
    assert file.file_id == results[10]  # what the new owner saw is what stayed
    assert any(isinstance(result, Lost) for result in results)


async def test_a_ring_is_heard_in_the_other_process_and_a_card_is_named(pair: Pair) -> None:
    bells = [Bell(lambda base=base: base.notices.tell(Topic.BELL)) for base in pair]  # type: ignore[misc]
    cards: asyncio.Queue[str] = asyncio.Queue()
    for base, bell in zip(pair, bells, strict=True):
        base.notices.hear(Topic.BELL, lambda _, bell=bell: bell.wake())  # type: ignore[misc]
    pair[1].notices.hear(Topic.CARD, cards.put_nowait)
    pair[0].notices.hear(Topic.CARD, lambda _: pytest.fail("one's own notice came back"))
    rung = bells[1].listen()
    bells[0].ring()
    await rung.wait()
    pair[0].notices.tell(Topic.CARD, "job 1")
    assert await cards.get() == "job 1"


@pytest.mark.parametrize("notice", ["", "nonsense", "other future-topic 1", "other bell"])
async def test_a_notice_that_nobody_understands_is_passed_over(pair: Pair, notice: str) -> None:
    bell = Bell()
    pair[1].notices.hear(Topic.BELL, lambda _: bell.wake())
    rung = bell.listen()
    await pair[0].write("SELECT pg_notify('reel', ?)", (notice,))
    pair[0].notices.tell(Topic.BELL)
    await rung.wait()


async def test_two_processes_share_one_budget_of_edits(pair: Pair) -> None:
    now = asyncio.get_running_loop().time
    began = now()

    def milliseconds() -> int:
        return NOW + int((now() - began) * 1000)

    def budget(base: Database) -> EditBudget:
        return SharedBudget(1200, EditStore(base, "T1"), milliseconds)

    budgets = [budget(base) for base in pair]

    async def edit(number: int) -> float:
        await budgets[number % 2].turn(Urgency.STAGE)
        return milliseconds() - NOW

    times = sorted(await asyncio.gather(*map(edit, range(270))))
    at_once, share = 240, 63
    early = [n for n, at in enumerate(times) if at + 1 < (n + 1 - at_once) * share]
    assert not early
    assert times[at_once - 1] < times[-1]


async def test_a_pause_holds_the_other_process_back_too(pair: Pair) -> None:
    stores = [EditStore(base, "T1") for base in pair]
    clock = [NOW]
    one, other = (SharedBudget(50, store, lambda: clock[0]) for store in stores)
    await one.pause(30)
    await one.pause(5)  # a shorter one does not end the longer one
    assert await stores[1].paused_until() == NOW + 30_000
    waits = asyncio.create_task(other.turn(Urgency.FINAL))
    for _ in range(5):  # long enough for its own promise to be made and looked at
        await stores[0].promise(1, NOW)
    assert not waits.done()
    waits.cancel()
    await asyncio.wait({waits})
    clock[0] += 30_000
    await other.turn(Urgency.FINAL)
