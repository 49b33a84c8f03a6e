"""A person at the workspace's door: what tests and the demo use to act and to look.

async with Visitor(address, "robin") as robin:
    await robin.act("command", channel="general", command="/reel", text="https://...")
    posted = await robin.until("message_posted")
"""

import asyncio
from collections.abc import AsyncIterable, Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

Json = dict[str, Any]
_IMPERSONAL = {"channel", "member", "archive", "fault", "clear_faults", "disconnect", "lose_ack"}


class Visitor:
    """One person's view of a workspace over HTTP. `address` is what the server printed."""

    def __init__(self, address: str, user: str = "robin") -> None:
        self._address = address
        self._user = user
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(self._address)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open().close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("A Visitor is used within `async with`.")
        return self._session

    async def act(self, verb: str, **body: Any) -> Json:
        """`POST /act/<verb>`. A refusal comes back as `{"ok": False, "error": sentence}`."""
        person = {} if verb in _IMPERSONAL else {"user": self._user}
        async with self._open().post(f"/act/{verb}", json=person | body) as response:
            answer: Json = await response.json()
        return answer

    async def share_file(
        self,
        name: str,
        octets: bytes | AsyncIterable[bytes],
        *,
        channel: str = "general",
        **more: str,
    ) -> Json:
        """`POST /act/file`: put a file into a channel, with `text`, or into a `thread_ts`."""
        query = {"user": self._user, "channel": channel, "name": name} | more
        async with self._open().post("/act/file", params=query, data=octets) as response:
            answer: Json = await response.json()
        return answer

    async def opened(self, url: str) -> bytes:
        """What a person sees of a file in the workspace's page."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with self._open().get(url, headers=headers) as response:
            return await response.read()

    async def state(self) -> Json:
        """Everything in the workspace."""
        return await self._get("/state", {})

    async def messages(self, channel: str = "general", thread_ts: str | None = None) -> list[Json]:
        """The messages of a channel or of one thread, oldest first."""
        query = {"channel": channel} | ({"thread_ts": thread_ts} if thread_ts else {})
        found: list[Json] = (await self._get("/state/messages", query))["messages"]
        return found

    async def changes(self, after: int = 0, wait: float = 0) -> list[Json]:
        """What happened after a number of the log, waiting `wait` seconds for the first."""
        answer = await self._get("/changes", {"after": str(after), "wait": str(wait)})
        found: list[Json] = answer["changes"]
        return found

    async def until(
        self,
        kind: str,
        which: Callable[[Json], bool] = lambda change: True,
        *,
        after: int = 0,
        seconds: float = 10.0,
    ) -> Json:
        """The first change of a kind, also one that was there already. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                for change in await self.changes(after, wait=seconds):
                    after = change["seq"]
                    if change["type"] == kind and which(change):
                        return change

    async def _get(self, path: str, query: dict[str, str]) -> Json:
        async with self._open().get(path, params=query) as response:
            answer: Json = await response.json()
        return answer
