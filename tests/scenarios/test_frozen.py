"""A process that stood still between taking a slot and the POST: by then another one may look for the job."""

import asyncio
from dataclasses import dataclass

import pytest

import bot.app
from bot.clock import Clock, steady_ms
from bot.engine import LocalEngine
from bot.jobs import Job, JobState
from bot.slots import Standing
from storage.jobs import JobStore
from storage.slots import SlotStore
from tests.scenarios.people import PATIENCE, People
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import CLIP, Wire
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"


@dataclass(slots=True)
class Freeze:
    """Stands still for ten seconds after the first slot was taken; `taken_over`: another worker takes the job then."""

    taken_over: bool
    stood_ms: int = 0

    def steady(self) -> int:
        return steady_ms() + self.stood_ms

    def plant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        take = SlotStore.take

        async def frozen(store: SlotStore, job: Job, now: int) -> tuple[Job | None, Standing]:
            taken = await take(store, job, now)
            if taken[0] is not None and not self.stood_ms:
                self.stood_ms = 10_000
                if self.taken_over:
                    await JobStore(store.database).take(job.id)
            return taken

        monkeypatch.setattr(SlotStore, "take", frozen)
        monkeypatch.setattr(bot.app, "Clock", lambda: Clock(steady=self.steady))


async def test_it_goes_back_into_the_line_and_its_slot_is_free_again(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    Freeze(taken_over=False).plant(monkeypatch)
    wire.on_post = [events("completed", output=[CLIP])]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await people.links()
        slots = await app.runner.jobs.database.read("SELECT ending FROM slots ORDER BY taken_at")
    assert [row["ending"] for row in slots] == ["released", "accepted"]
    assert len(wire.posts) == 1


async def test_it_makes_no_post_for_a_job_that_is_somebody_elses_by_then(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    Freeze(taken_over=True).plant(monkeypatch)
    wire.on_post = [events("completed", output=[CLIP])]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await let_go(app)
        [job] = await app.jobs()
    assert job.state is JobState.SUBMITTING
    assert wire.posts == []


async def let_go(app: Stage) -> None:
    """Wait until nobody follows a job here."""
    engine = app.runner.engine
    assert isinstance(engine, LocalEngine)
    async with asyncio.timeout(PATIENCE):
        while engine._jobs:  # noqa: ASYNC110  each look is a turn of the loop
            await asyncio.sleep(0.01)
