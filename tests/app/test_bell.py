"""A ring wakes all that wait; nobody waits longer than they said."""

import asyncio

from bot.bell import Bell, heard
from tests.app.jumping_clock import run


def test_a_ring_wakes_everybody_at_once() -> None:
    async def main() -> float:
        bell, loop = Bell(), asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(heard(bell.listen(), 60))
            await asyncio.sleep(1)
            bell.ring()
        return loop.time()

    assert run(main()) < 2


def test_without_a_ring_the_wait_ends_by_itself() -> None:
    async def main() -> float:
        await heard(Bell().listen(), 60)
        return asyncio.get_running_loop().time()

    assert 60 <= run(main()) < 61


def test_a_ring_of_the_past_wakes_nobody() -> None:
    async def main() -> float:
        bell = Bell()
        bell.ring()
        await heard(bell.listen(), 60)
        return asyncio.get_running_loop().time()

    assert run(main()) >= 60


def test_it_rings_again_and_again() -> None:
    async def main() -> float:
        bell = Bell()
        for _ in range(3):
            waiting = asyncio.create_task(heard(bell.listen(), 60))
            await asyncio.sleep(1)
            bell.ring()
            await waiting
        return asyncio.get_running_loop().time()

    assert run(main()) < 4


def test_a_wait_can_be_cancelled() -> None:
    async def main() -> bool:
        bell = Bell()
        waiting = asyncio.create_task(heard(bell.listen(), 60))
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.wait({waiting})
        bell.ring()
        return waiting.cancelled()

    assert run(main())


def test_a_ring_between_listening_and_waiting_is_not_missed() -> None:
    async def main() -> float:
        bell = Bell()
        rung = bell.listen()
        bell.ring()
        await heard(rung, 60)
        return asyncio.get_running_loop().time()

    assert run(main()) < 1
