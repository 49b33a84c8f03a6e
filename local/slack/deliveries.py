"""What the app is told, whichever way it hears: over its sockets, or at its request URL. Events are told again.

Reference: https://docs.slack.dev/apis/events-api/#retries
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from local.slack.envelopes import EVENT_RETRIES_S, Delivery, Envelope


class Way(Protocol):
    """How envelopes get to the app."""

    async def deliver(self, envelope: Envelope, deliveries: int = 1) -> Delivery:
        """Hand one over, so many times, and wait for its ack."""


class Deliveries:
    """Hands everything over by one way. `event_retries`: the pauses before an event is told again, in seconds."""

    def __init__(self, way: Way, event_retries: Sequence[float] = EVENT_RETRIES_S) -> None:
        self._way = way
        self._event_retries = tuple(event_retries)
        self._tasks: set[asyncio.Task[None]] = set()

    async def deliver(self, envelope: Envelope, deliveries: int = 1) -> Delivery:
        """Hand an envelope over and wait for its ack. Commands and interactions are told once."""
        return await self._way.deliver(envelope, deliveries)

    async def deliver_event(self, payload: dict[str, Any]) -> Delivery:
        """Deliver an event; without an ack it is retried in the background, three times."""
        envelope = Envelope("events_api", payload, False, retry_attempt=0)
        delivery = await self.deliver(envelope)
        if not delivery.acked:
            task = asyncio.create_task(self._retry(envelope, delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return delivery

    async def _retry(self, envelope: Envelope, delivery: Delivery) -> None:
        for attempt, delay in enumerate(self._event_retries, start=1):
            await asyncio.sleep(delay)
            again = replace(envelope, retry_attempt=attempt, retry_reason=delivery.failure)
            delivery = await self.deliver(again)
            if delivery.acked:
                return

    async def close(self) -> None:
        """Stop the retries."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
