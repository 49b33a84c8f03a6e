"""What Slack has delivered, remembered."""

import asyncio

import pytest

from storage.database import Address, Database, opened
from storage.deliveries import DeliveryStore


@pytest.fixture
def store(base: Database) -> DeliveryStore:
    return DeliveryStore(base)


async def test_of_many_at_once_one_is_the_first(store: DeliveryStore) -> None:
    came = await asyncio.gather(*(store.first("event:Ev1", 1) for _ in range(20)))
    assert came.count(True) == 1
    assert await store.first("event:Ev2", 1)


async def test_a_restart_forgets_nothing(address: Address) -> None:
    for first in (True, False):
        async with opened(address) as base:
            assert await DeliveryStore(base).first("share:V1", 1) is first


async def test_what_came_to_nothing_may_come_again(store: DeliveryStore) -> None:
    await store.first("share:V1", 1)
    await store.forget("share:V1")
    assert await store.first("share:V1", 2)


async def test_only_what_is_old_is_purged(store: DeliveryStore) -> None:
    await store.first("event:old", 1)
    await store.first("event:new", 5)
    await store.purge(5)
    assert await store.first("event:old", 6)
    assert not await store.first("event:new", 6)
