"""The engine's verbs as Temporal carries them out, on a real server."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from temporalio.client import (
    ScheduleActionExecutionStartWorkflow,
    WorkflowExecutionStatus,
    WorkflowHandle,
)

from bot.breaker import Breaker
from bot.temporal import TemporalEngine
from bot.worker import taking
from local.cluster.temporal import DevServer
from tests.scenarios.people import PATIENCE
from tests.temporal.follower import HEARTBEAT_SECONDS, at_work, engine
from tests.temporal.notes import Notes, until


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


@pytest.fixture
async def one(server: DevServer, notes: Notes) -> AsyncIterator[TemporalEngine]:
    """An engine with a worker."""
    async with at_work(server.address, "one", notes) as made:
        yield made


async def ended(asked: TemporalEngine, job_id: str) -> WorkflowHandle[object, object]:
    """Wait until Temporal keeps a job going no more."""
    handle = asked.namespace.client.get_workflow_handle(job_id)
    async with asyncio.timeout(PATIENCE):
        await handle.result()
    return handle


async def kinds(asked: TemporalEngine, job_id: str) -> list[str]:
    """The kinds of events in the history of a job's last workflow."""
    history = await asked.namespace.client.get_workflow_handle(job_id).fetch_history()
    return [event.WhichOneof("attributes") or "" for event in history.events]


async def test_a_job_is_followed_once_at_a_time_however_often_it_is_asked_for(
    one: TemporalEngine, notes: Notes
) -> None:
    one.follow("a")
    await notes.see(1, "begun", "a")
    began = await kinds(one, "a")
    for _ in range(5):
        one.follow("a")
        await until(lambda: not one._errands)
    assert await kinds(one, "a") == began
    notes.add("go", "a")
    await ended(one, "a")
    one.follow("a")  # a job that is at rest may be woken
    await notes.see(2, "done", "a")
    assert len(notes.all("begun", "a")) == 2


async def test_afresh_lets_go_of_the_job_first_and_leaves_the_others(
    one: TemporalEngine, notes: Notes
) -> None:
    one.follow("a")
    one.follow("b")
    await notes.see(1, "begun", "a")
    await notes.see(1, "begun", "b")
    one.afresh("a")
    await notes.see(2, "begun", "a")
    assert [each[0] for each in notes.all() if each[1] == "a"] == ["begun", "let-go", "begun"]
    assert len(notes.all("begun", "b")) == 1
    notes.add("go", "a")
    await ended(one, "a")


async def test_afresh_follows_a_job_that_nobody_follows_once(
    one: TemporalEngine, notes: Notes
) -> None:
    notes.add("go", "a")
    one.afresh("a")
    await notes.see(1, "done", "a")
    await ended(one, "a")
    assert len(notes.all("begun", "a")) == 1


async def test_afresh_waits_for_what_must_not_be_torn_however_often_it_is_asked_for(
    one: TemporalEngine, notes: Notes
) -> None:
    one.follow("post")
    await notes.see(1, "begun", "post")
    for _ in range(3):
        one.afresh("post")
    # Longer than a cancellation is on its way, and than a heartbeat may be late.
    one.follow("clock")
    await notes.see(1, "begun", "clock")
    one.afresh("clock")
    await notes.see(1, "let-go", "clock")
    assert not notes.all("gone", "post")
    assert len(notes.all("begun", "post")) == 1
    notes.add("go", "post")
    await ended(one, "post")
    assert [each[0] for each in notes.all() if each[1] == "post"][:4] == [
        "begun",
        "go",
        "gone",
        "let-go",
    ]
    assert len(notes.all("done", "post")) == 1


async def test_afresh_is_never_lost_on_a_job_that_is_about_to_end(
    one: TemporalEngine, notes: Notes
) -> None:
    """Each change is noted before afresh is asked for: some follower has to begin after it."""
    notes.add("go", "a")
    for number in range(30):
        notes.add("changed", "a", str(number))
        one.afresh("a")
        await asyncio.sleep(0.01 * (number % 5))
    await until(lambda: not one._errands)
    await ended(one, "a")
    last = [each[0] for each in notes.all() if each[1] == "a"]
    assert "begun" in last[len(last) - 1 - last[::-1].index("changed") :]


async def test_a_cancellation_waits_for_no_heartbeat_that_is_due_in_a_minute(
    server: DevServer, notes: Notes
) -> None:
    patient = await engine(server.address, "patient", notes, heartbeat_seconds=60)
    async with patient, taking(patient, Breaker(), 5):
        patient.follow("a")
        await notes.see(1, "begun", "a")
        patient.afresh("a")
        await notes.see(
            1, "let-go", "a"
        )  # in less than the 48 s at which the SDK would send the next


async def test_a_job_is_not_taken_from_a_worker_whose_settings_say_another_time_out(
    server: DevServer, notes: Notes
) -> None:
    """As while a changed setting is rolled out: the job keeps the time-out with which it was started."""
    front = await engine(server.address, "front", notes, heartbeat_seconds=4)
    patient = await engine(server.address, "patient", notes, heartbeat_seconds=60)
    async with front, patient, taking(patient, Breaker(), 5):
        front.follow("a")
        patient.follow("clock")
        await notes.see(1, "begun", "a")
        for number in range(1, 4):  # each is on its way for as long as a heartbeat is
            await notes.see(number, "begun", "clock")
            patient.afresh("clock")
            await notes.see(number, "let-go", "clock")
        assert len(notes.all("begun", "a")) == 1


async def test_the_fault_of_a_job_stops_no_other_and_it_is_tried_again(
    one: TemporalEngine, notes: Notes
) -> None:
    notes.add("go", "bad")
    with capture_logs() as logged:
        one.follow("bad")
        await notes.see(1, "done", "bad")
    assert [each["job_id"] for each in logged if each["event"] == "follow_failed"] == ["bad"]


async def test_temporal_is_told_the_jobs_id_and_nothing_that_anybody_wrote(
    one: TemporalEngine, notes: Notes
) -> None:
    notes.add("go", "bad")
    one.follow("bad")
    await notes.see(1, "done", "bad")
    handle = await ended(one, "bad")
    history = await handle.fetch_history()
    assert "secret" not in history.to_json()
    [began, *_] = history.events
    inputs = began.workflow_execution_started_event_attributes.input.payloads
    assert [each.data for each in inputs] == [b'"bad"', str(HEARTBEAT_SECONDS).encode()]


async def test_what_repeats_is_done_once_for_all_workers(server: DevServer, notes: Notes) -> None:
    async def chore(name: str) -> None:
        notes.add("chore", name)

    first = await engine(server.address, "one", notes)
    second = await engine(server.address, "two", notes)
    first.every(1, lambda: chore("one"), "tick")
    second.every(1, lambda: chore("two"), "tick")
    async with first, second, taking(first, Breaker(), 1), taking(second, Breaker(), 1):
        began = time.monotonic()
        done = len(await notes.see(4, "chore"))
        took = time.monotonic() - began
    # Each start runs it at once, and then there is one schedule.
    assert done - 2 <= took + 1


async def test_a_chore_of_another_version_is_left(server: DevServer, notes: Notes) -> None:
    async def chore() -> None:
        notes.add("chore")

    newer = await engine(server.address, "newer", notes)
    newer.every(3600, chore, "unheard-of")
    async with newer, taking(newer, Breaker(), 1):
        await notes.see(1, "chore")
    async with at_work(server.address, "older", notes) as older:
        handle = older.namespace.client.get_schedule_handle("tests-unheard-of")
        async with asyncio.timeout(PATIENCE):
            while (await handle.describe()).info.running_actions:
                pass  # the newer worker may have left before it told the end: another run would be skipped
            await handle.trigger()
            while (await handle.describe()).info.num_actions < 2:
                pass
            done = (await handle.describe()).info.recent_actions[-1].action
            assert isinstance(done, ScheduleActionExecutionStartWorkflow)
            await ended(older, done.workflow_id)


async def test_a_worker_that_stops_hands_its_jobs_to_another_at_once(
    server: DevServer, notes: Notes
) -> None:
    async with at_work(server.address, "one", notes) as first:
        first.follow("a")
        await notes.see(1, "begun", "a", "one")
    # Nobody works now: the next one finds it waiting.
    async with at_work(server.address, "two", notes) as second:
        await notes.see(1, "begun", "a", "two")
        notes.add("go", "a")
        handle = await ended(second, "a")
        assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    assert notes.all("let-go") == [("let-go", "a", "one")]


async def test_a_worker_that_stops_lets_what_must_not_be_torn_end(
    server: DevServer, notes: Notes
) -> None:
    async with at_work(server.address, "one", notes) as first:
        first.follow("post")
        await notes.see(1, "begun", "post")
        asyncio.get_running_loop().call_later(1, notes.add, "go", "post")
    assert notes.all("gone", "post") == [("gone", "post", "one")]


async def test_a_worker_that_stops_waits_no_longer_than_its_grace(
    server: DevServer, notes: Notes
) -> None:
    async with at_work(server.address, "one", notes, grace_seconds=1) as first:
        first.follow("post")
        await notes.see(1, "begun", "post")
    assert not notes.all("gone")  # it would be waited for to this day


async def test_a_server_that_is_away_holds_nobody_up_and_is_told_when_it_is_back(
    server: DevServer, notes: Notes
) -> None:
    async with await engine(server.address, "front", notes) as front:
        await server.kill()
        with capture_logs() as logged:
            front.follow("a")
            front.afresh("b")
            assert len(front._errands) == 2  # nobody has waited for them
            await until(lambda: {"a", "b"} == unheard(logged))
        await server.start()
        await until(lambda: not front._errands)
        async with at_work(server.address, "one", notes):
            await notes.see(1, "begun", "a")
            await notes.see(1, "begun", "b")


async def test_what_the_server_was_not_told_holds_up_no_end(
    server: DevServer, notes: Notes
) -> None:
    async with await engine(server.address, "front", notes) as front:
        await server.kill()
        with capture_logs() as logged:
            front.afresh("a")
            await until(lambda: {"a"} == unheard(logged))
    assert not front._errands


def unheard(logged: Sequence[Mapping[str, object]]) -> set[object]:
    """The jobs of which the log says that the server could not be told."""
    return {each["job_id"] for each in logged if each["event"] == "temporal_unavailable"}
