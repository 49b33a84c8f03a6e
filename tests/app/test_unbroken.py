"""A POST is never torn by a first cancellation, and never hangs on a second."""

import asyncio

import pytest

from bot.unbroken import unbroken


class Work:
    """Starts, waits to be let go, and says how it ended."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.started, self.go = asyncio.Event(), asyncio.Event()
        self.ended: str | None = None

    async def run(self) -> str:
        self.started.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.ended = "torn"
            raise
        self.ended = "whole"
        if self.error:
            raise self.error
        return "result"


async def begun(work: Work) -> asyncio.Task[str]:
    task = asyncio.create_task(unbroken(work.run()))
    await work.started.wait()
    return task


async def test_undisturbed_work_gives_its_result() -> None:
    work = Work()
    task = await begun(work)
    work.go.set()
    assert await task == "result"


async def test_undisturbed_work_raises_its_own_error() -> None:
    work = Work(ValueError("its own"))
    task = await begun(work)
    work.go.set()
    with pytest.raises(ValueError, match="its own"):
        await task


async def test_a_first_cancellation_waits_for_the_end_and_is_passed_on_then() -> None:
    work = Work()
    task = await begun(work)
    task.cancel()
    await turns()
    assert not task.done()
    assert work.ended is None
    work.go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.ended == "whole"


async def test_a_second_cancellation_ends_the_work_and_waits_for_that() -> None:
    work = Work()
    task = await begun(work)
    task.cancel()
    await turns()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.ended == "torn"
    assert len(asyncio.all_tasks()) == 1


async def test_an_error_after_a_cancellation_is_not_left_for_the_log_of_the_loop() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    work = Work(ValueError("nobody is there to see it"))
    task = await begun(work)
    task.cancel()
    await turns()
    work.go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task, work
    await turns()
    assert complaints == []


async def test_work_that_is_cancelled_from_within_is_cancelled() -> None:
    async def gives_up() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await unbroken(gives_up())


async def turns() -> None:
    """Let everybody who is ready have a few turns."""
    for _ in range(10):
        await asyncio.sleep(0)
