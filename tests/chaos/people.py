"""People who go on working while everything around them is killed: they type, press buttons, and try again."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.chaos.records import Pressable, pressable

PEOPLE = ("robin", "sam", "alex", "kim")
#: What the clip service makes of a link is told by its last part.
LINKS = ("talk.mp4",) * 6 + ("fail.mp4", "empty.mp4", "null-url.mp4")
#: How Reel says yes; the second sentence answers the second delivery of one command.
ACCEPTED = ("On it", "You asked for exactly this")
ANEW = ("unsure", "no_answer", "failed", "expired")
TIMEOUT = aiohttp.ClientTimeout(total=15)


@dataclass(slots=True)
class Asked:
    """What people did: by prompt whether its command was acked, what they asked to cancel, and to cut anew."""

    acked: dict[str, bool] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    #: By the job's id: how often *Make* was pressed.
    anew: Counter[str] = field(default_factory=Counter)
    #: Commands, and those of them that Slack showed as failed.
    typed: int = 0
    unanswered: list[str] = field(default_factory=list)


@dataclass(slots=True)
class People:
    """Everybody in the workspace."""

    http: aiohttp.ClientSession
    chance: random.Random
    database: str
    asked: Asked = field(default_factory=Asked)
    _acts: set[asyncio.Task[dict[str, Any]]] = field(default_factory=set)

    async def type(self, user: str) -> bool:
        """Ask for clips in words that nobody used before; whether Reel said yes."""
        prompt = f"wish {len(self.asked.acked) + 1} of {user}"
        self.asked.acked[prompt] = False
        link = f"https://example.com/{self.chance.choice(LINKS)}"
        text = f"{link} {prompt} clips:{self.chance.randint(1, 3)}"
        twice = 2 if self.chance.random() < 0.1 else 1
        answer = await self._act(
            "command", user=user, channel="general", command="/reel", text=text, deliveries=twice
        )
        self.asked.typed += 1
        if not answer.get("ack"):
            self.asked.unanswered.append(prompt)
        said = str((answer.get("ack") or {}).get("text", ""))
        self.asked.acked[prompt] = said.startswith(ACCEPTED)
        return self.asked.acked[prompt]

    async def press(self) -> None:
        """Press a button on some card: *Cancel*, *Look again* or *Cut anew*, twice at times."""
        found = pressable(self.database)
        if not found:
            return
        live = [job for job in found if job.state not in ANEW]
        job = self.chance.choice(live if live and self.chance.random() < 0.4 else found)
        if job.state in ANEW:
            await self._again(job)
        else:
            self.asked.cancelled.add(job.id)
            await self._click(job, "cancel_job")

    async def _again(self, job: Pressable) -> None:
        if job.state == "unsure" and self.chance.random() < 0.5:
            await self._click(job, "look_again")
            return
        await self._click(job, "cut_anew")
        for view in await self._views(job.user):
            if view["callback_id"] == "make_reel":
                self.asked.anew[json.loads(view["private_metadata"])["parent_id"]] += 1
                await self._act("submit", user=job.user, view_id=view["id"])
            await self._act("close", user=job.user, view_id=view["id"], clear=True)

    async def _click(self, job: Pressable, action: str) -> None:
        where = {"channel": job.channel, "message_ts": job.card}
        deliveries = self.chance.choice((1, 1, 2))
        await self._act("click", user=job.user, action_id=action, deliveries=deliveries, **where)

    async def _views(self, user: str) -> list[dict[str, Any]]:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with self.http.get("/state") as response:
                views = (await response.json())["views"]
            return [view for view in views if view["user"] == user][-1:]
        return []

    async def _act(self, what: str, **details: object) -> dict[str, Any]:
        """POST /act/…; {} when the workspace is gone, or refuses. What has begun is not torn when people leave."""
        task = asyncio.create_task(self._posted(what, details))
        self._acts.add(task)
        task.add_done_callback(self._acts.discard)
        return await asyncio.shield(task)

    async def _posted(self, what: str, details: dict[str, object]) -> dict[str, Any]:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with self.http.post(f"/act/{what}", json=details) as response:
                answer: dict[str, Any] = await response.json()
            return answer
        return {}

    async def left(self) -> None:
        """Wait until nothing that anybody did is on its way any more."""
        await asyncio.gather(*self._acts)

    async def work(self, user: str, wishes: asyncio.Semaphore, pause: float) -> None:
        """Go on asking, and pressing, for ever; each wish that was acked takes a turn."""
        while True:
            await wishes.acquire()
            if not await self.type(user):
                wishes.release()
            await asyncio.sleep(pause * self.chance.random())
            if self.chance.random() < 0.3:
                await self.press()


@asynccontextmanager
async def at_work(
    address: str, database: str, chance: random.Random, wishes: asyncio.Semaphore, pause: float
) -> AsyncIterator[People]:
    """People who work until the block is left. `pause` in seconds between two things that one of them does."""
    async with aiohttp.ClientSession(address, timeout=TIMEOUT) as http:
        people = People(http, chance, database)
        tasks = [
            asyncio.create_task(people.work(user, wishes, pause), name=user) for user in PEOPLE
        ]
        try:
            yield people
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended
            await people.left()
