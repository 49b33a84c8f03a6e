"""Slack's upload in three steps: a ticket, the octets, the completion that shares the file into a thread.

Source: docs.slack.dev, "Working with files". Sharing goes on after the answer, once Slack has looked the file over.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

import aiohttp

from bot.messages import Messages, Refused, Unavailable

SEND_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10)
STILL_SECONDS = 120.0
"""A large clip takes its time; what counts is that something moves, and aiohttp only watches what it reads."""


class Whereabouts(StrEnum):
    """What Slack says of a file that may have been shared."""

    #: It is in the channel.
    SHARED = "shared"
    #: Slack has it and shows it nowhere yet.
    UNSHARED = "unshared"
    #: There is no such file: its upload was never completed.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where the octets go, and what the file will be called by Slack."""

    url: str
    file_id: str


@dataclass(slots=True)
class _Passing:
    """Octets on their way through: whether they still move, and how their source failed."""

    octets: AsyncIterator[bytes]
    failure: Exception | None = None
    _patience: asyncio.Timeout | None = None

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Raises TimeoutError when nothing has moved for `STILL_SECONDS`."""
        async with asyncio.timeout(STILL_SECONDS) as self._patience:
            yield

    async def on(self) -> AsyncIterator[bytes]:
        """The octets."""
        try:
            async for chunk in self.octets:
                self._moved()
                yield chunk
        except Exception as error:
            self.failure = error
            raise

    def _moved(self) -> None:
        patience = self._patience
        if patience and not patience.expired():
            patience.reschedule(asyncio.get_running_loop().time() + STILL_SECONDS)


@dataclass(frozen=True, slots=True)
class Uploads:
    """One workspace's uploads. Every method raises what `Messages` does."""

    messages: Messages

    async def begin(self, filename: str, length: int) -> Ticket:
        """Ask for a place. Nothing is visible of it until it is completed."""
        client = self.messages.client
        answer = await self.messages.called(
            lambda: client.files_getUploadURLExternal(filename=filename, length=length)
        )
        return Ticket(str(answer["upload_url"]), str(answer["file_id"]))

    async def send(self, ticket: Ticket, octets: AsyncIterator[bytes], length: int) -> None:
        """The octets as they come, never whole in memory; without our token, which their place does not need.

        Raises what `octets` raises, too.
        """
        session = self.messages.client.session
        if session is None:
            raise TypeError("uploads need the client's session")
        # The length is named, or aiohttp would send chunks, which Slack does not promise to take.
        headers = {"Content-Length": str(length), "Content-Type": "application/octet-stream"}
        passing = _Passing(octets)
        try:
            async with (
                passing.watched(),
                session.post(
                    ticket.url,
                    data=passing.on(),
                    headers=headers,
                    timeout=SEND_TIMEOUT,
                    proxy=self.messages.client.proxy,
                ) as answer,
            ):
                if answer.status != 200:
                    raise Unavailable(f"upload {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            # aiohttp says of a source that failed that the connection did.
            raise passing.failure or Unavailable(type(error).__name__) from error

    async def complete(
        self, file_id: str, title: str, channel: str, thread_ts: str | None = None
    ) -> None:
        """Share the file into a thread, or beside all threads. Not idempotent, as far as anybody has written down."""
        client = self.messages.client
        await self.messages.called(
            lambda: client.files_completeUploadExternal(
                files=[{"id": file_id, "title": title}], channel_id=channel, thread_ts=thread_ts
            )
        )

    async def whereabouts(self, file_id: str, channel: str) -> Whereabouts:
        """Whether a file has reached a channel."""
        client = self.messages.client
        try:
            answer = await self.messages.called(lambda: client.files_info(file=file_id))
        except Refused as error:
            if error.code == "file_not_found":
                return Whereabouts.UNKNOWN
            raise
        file = answer["file"]
        shares = {name for kind in (file.get("shares") or {}).values() for name in kind}
        shares |= {
            *(file.get("channels") or ()),
            *(file.get("groups") or ()),
            *(file.get("ims") or ()),
        }
        return Whereabouts.SHARED if channel in shares else Whereabouts.UNSHARED
