"""Jobs are kept going: each once, none in the way of another, and all stopped in good order."""

import asyncio
from collections import defaultdict

from bot.engine import LocalEngine
from bot.unbroken import unbroken
from tests.app.jumping_clock import run


class Jobs:
    """What the engine follows: jobs that go on until they are let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.go: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.most: dict[str, int] = defaultdict(int)
        self._running: dict[str, int] = defaultdict(int)

    async def follow(self, job_id: str) -> None:
        self.begun.append(job_id)
        self._running[job_id] += 1
        self.most[job_id] = max(self.most[job_id], self._running[job_id])
        try:
            if job_id.startswith("bad"):
                raise RuntimeError(job_id)
            await (
                unbroken(self._last(job_id)) if job_id.startswith("post") else self._last(job_id)
            )
        finally:
            self._running[job_id] -= 1
            self.ended.append(job_id)

    async def _last(self, job_id: str) -> None:
        await self.go[job_id].wait()


async def turns() -> None:
    """Let everybody who is ready have a few turns."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_job_is_followed_once_at_a_time() -> None:
    jobs = Jobs()
    async with LocalEngine(jobs.follow) as engine:
        for _ in range(3):
            engine.follow("a")
            await turns()
        assert jobs.begun == ["a"]
        jobs.go["a"].set()
        await turns()
        engine.follow("a")
        await turns()
    assert jobs.begun == ["a", "a"]
    assert jobs.most == {"a": 1}


async def test_an_errand_is_run_once_at_a_time_beside_whoever_asks_for_it() -> None:
    jobs = Jobs()
    async with LocalEngine(jobs.follow) as engine:
        for _ in range(3):
            engine.once(lambda: jobs.follow("a"), "errand")
        assert jobs.begun == []
        await turns()
        assert jobs.begun == ["a"]
        jobs.go["a"].set()
        await turns()
        engine.once(lambda: jobs.follow("bad"), "errand")
        await turns()
        engine.once(lambda: jobs.follow("a"), "errand")  # the fault of one stops no other
        await turns()
    assert jobs.begun == ["a", "bad", "a"]
    engine.once(lambda: jobs.follow("late"), "errand")
    await turns()
    assert jobs.begun == ["a", "bad", "a"]


async def test_an_errand_that_must_not_be_torn_is_waited_for_when_all_stops() -> None:
    jobs = Jobs()
    async with LocalEngine(jobs.follow) as engine:
        engine.once(lambda: jobs.follow("post"), "errand")
        engine.once(lambda: jobs.follow("other"), "another")
        await turns()
        asyncio.get_running_loop().call_soon(jobs.go["post"].set)
    assert sorted(jobs.ended) == ["other", "post"]


async def test_the_fault_of_one_job_stops_no_other_and_it_can_be_taken_up_again() -> None:
    jobs = Jobs()
    async with LocalEngine(jobs.follow) as engine:
        for name in ("a", "bad", "b"):
            engine.follow(name)
        await turns()
        assert jobs.ended == ["bad"]
        engine.follow("bad")
        await turns()
        assert jobs.begun == ["a", "bad", "b", "bad"]
        assert jobs.ended == ["bad", "bad"]


async def test_afresh_lets_go_of_the_job_first_and_leaves_the_others() -> None:
    jobs = Jobs()
    async with LocalEngine(jobs.follow) as engine:
        engine.follow("a")
        engine.follow("b")
        await turns()
        engine.afresh("a")
        await turns()
        assert jobs.ended == ["a"]
        assert jobs.begun == ["a", "b", "a"]
        assert jobs.most["a"] == 1


async def test_afresh_follows_a_job_that_nobody_follows() -> None:
    jobs = Jobs()
    async with LocalEngine(jobs.follow) as engine:
        engine.afresh("a")
        await turns()
        assert jobs.begun == ["a"]


async def test_afresh_waits_for_what_must_not_be_torn_however_often_it_is_asked_for() -> None:
    jobs = Jobs()
    async with LocalEngine(jobs.follow) as engine:
        engine.follow("post")
        await turns()
        for _ in range(3):
            engine.afresh("post")
            await turns()
            assert jobs.begun == ["post"]
            assert jobs.ended == []
        jobs.go["post"].set()
        await turns()
    assert jobs.begun == ["post", "post"]
    assert jobs.most == {"post": 1}


async def test_one_who_asks_for_afresh_while_all_stops_starts_nothing() -> None:
    jobs = Jobs()
    async with LocalEngine(jobs.follow) as engine:
        engine.follow("post")
        await turns()
        engine.afresh("post")
        asyncio.get_running_loop().call_later(0.01, jobs.go["post"].set)
    assert jobs.begun == jobs.ended == ["post"]


async def test_leaving_stops_every_job_and_chore_and_starts_nothing_more() -> None:
    jobs = Jobs()
    async with LocalEngine(jobs.follow) as engine:
        engine.follow("a")
        engine.every(1, turns, "chore")
        await turns()
    assert jobs.ended == ["a"]
    assert len(asyncio.all_tasks()) == 1
    engine.follow("b")
    await turns()
    assert jobs.begun == ["a"]


def test_leaving_waits_for_what_must_not_be_torn() -> None:
    async def main() -> tuple[list[str], float]:
        jobs, loop = Jobs(), asyncio.get_running_loop()
        async with LocalEngine(jobs.follow, grace_seconds=10) as engine:
            engine.follow("post")
            await asyncio.sleep(0)
            loop.call_later(4, jobs.go["post"].set)
        return jobs.ended, loop.time()

    ended, seconds = run(main())
    assert ended == ["post"]
    assert 4 <= seconds < 5


def test_leaving_ends_it_all_the_same_when_the_grace_is_over() -> None:
    async def main() -> tuple[list[str], float, int]:
        jobs, loop = Jobs(), asyncio.get_running_loop()
        async with LocalEngine(jobs.follow, grace_seconds=10) as engine:
            engine.follow("post")
            engine.follow("a")
            await asyncio.sleep(0)
        return jobs.ended, loop.time(), len(asyncio.all_tasks())

    ended, seconds, tasks = run(main())
    assert ended == ["a", "post"]
    assert 10 <= seconds < 11
    assert tasks == 1


def test_a_chore_runs_now_and_then_again_after_each_pause() -> None:
    async def main() -> list[float]:
        times, loop, third = list[float](), asyncio.get_running_loop(), asyncio.Event()

        async def chore() -> None:
            times.append(loop.time())
            await asyncio.sleep(2)
            if len(times) == 3:
                third.set()

        async with LocalEngine(Jobs().follow) as engine:
            engine.every(10, chore, "chore")
            await third.wait()
        return times

    assert [round(time) for time in run(main())] == [0, 12, 24]


def test_a_chore_that_fails_is_tried_again() -> None:
    async def main() -> int:
        tries, enough = list[int](), asyncio.Event()

        async def chore() -> None:
            tries.append(1)
            if len(tries) == 3:
                enough.set()
            raise RuntimeError("this time")

        async with LocalEngine(Jobs().follow) as engine:
            engine.every(10, chore, "chore")
            await enough.wait()
        return len(tries)

    assert run(main()) == 3
