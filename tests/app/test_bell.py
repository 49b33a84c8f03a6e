"""A ring wakes all that wait; nobody waits longer than they said."""

import asyncio

from bot.bell import Bell
from tests.app.jumping_clock import run


def test_a_ring_wakes_everybody_at_once() -> None:
    async def main() -> float:
        bell, loop = Bell(), asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(bell.wait(60))
            await asyncio.sleep(1)
            bell.ring()
        return loop.time()

    assert run(main()) < 2


def test_without_a_ring_the_wait_ends_by_itself() -> None:
    async def main() -> float:
        await Bell().wait(60)
        return asyncio.get_running_loop().time()

    assert 60 <= run(main()) < 61


def test_a_ring_of_the_past_wakes_nobody() -> None:
    async def main() -> float:
        bell = Bell()
        bell.ring()
        await bell.wait(60)
        return asyncio.get_running_loop().time()

    assert run(main()) >= 60


def test_it_rings_again_and_again() -> None:
    async def main() -> float:
        bell = Bell()
        for _ in range(3):
            waiting = asyncio.create_task(bell.wait(60))
            await asyncio.sleep(1)
            bell.ring()
            await waiting
        return asyncio.get_running_loop().time()

    assert run(main()) < 4


def test_a_wait_can_be_cancelled() -> None:
    async def main() -> bool:
        bell = Bell()
        waiting = asyncio.create_task(bell.wait(60))
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.wait({waiting})
        bell.ring()
        return waiting.cancelled()

    assert run(main())
