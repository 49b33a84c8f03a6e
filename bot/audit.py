"""The slots and their trail, as far as somebody may see them: the window, the newest, and all of it as a file."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import structlog

from bot.engine import Engine
from bot.messages import SlackError
from bot.render import ledger, sheet
from bot.trail import Reader, Spent, Window
from bot.unbroken import unbroken
from bot.uploads import Uploads
from storage.slots import SlotStore
from storage.trail import TrailStore

LISTED = 20
"""Slots in a list that a person asks for."""
FILE = "reel-log.csv"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Audit:
    """Reads for people, and brings files to them. `now` is the wall clock in epoch ms."""

    trail: TrailStore
    slots: SlotStore
    uploads: Uploads
    engine: Engine
    now: Callable[[], int]

    async def window(self, reader: Reader) -> Window:
        """The key's window."""
        now = self.now()
        occupied = tuple(map(reader.sees, await self.trail.occupied(now)))
        standing = await self.slots.overall(now, reader.user_id)
        line = (await self.slots.line(now)).starts()
        waiting = tuple((reader.sees_waiting(each), start) for each, start in line)
        return Window(standing, occupied, now, self.slots.quota.window_ms, waiting)

    async def newest(self, reader: Reader) -> list[Spent]:
        """The slots that were taken last, newest first."""
        return [reader.sees(spent) for spent in await self.trail.newest(LISTED)]

    def bring_csv(self, reader: Reader, workspace_url: str, response_url: str | None) -> None:
        """Bring the whole trail to the reader's direct messages, after this returns; one file at a time for each.

        What goes wrong is said through the `response_url`.
        """
        self.engine.once(
            lambda: unbroken(self._bring(reader, workspace_url, response_url)),
            f"csv {reader.user_id}",
        )

    async def _bring(self, reader: Reader, workspace_url: str, response_url: str | None) -> None:
        try:
            await self._upload(reader, workspace_url)
        except SlackError as error:
            log.warning("csv_not_brought", code=error.code)
            await self._tell(response_url, error.code)
        except Exception:  # whatever it is, the person hears of it
            log.exception("csv_not_brought")
            await self._tell(response_url, "something of mine broke")

    async def _upload(self, reader: Reader, workspace_url: str) -> None:
        lines = [sheet.head()]
        lines += [sheet.row(reader.sees(spent), workspace_url) async for spent in self.trail.all()]
        octets = "".join(lines).encode()
        ticket = await self.uploads.begin(FILE, len(octets))
        await self.uploads.send(ticket, _whole(octets), len(octets))
        # Only the answer to a post tells the channel of a direct message; to ask for it would take another scope.
        channel = await self.uploads.messages.tell(reader.user_id, ledger.csv_note(len(lines) - 1))
        await self.uploads.complete(ticket.file_id, FILE, channel)
        log.info("csv_brought", slots=len(lines) - 1)

    async def _tell(self, response_url: str | None, code: str) -> None:
        if response_url is None:
            return
        try:
            await self.uploads.messages.respond(response_url, ledger.csv_failed(code))
        except SlackError as error:
            log.warning("asker_not_reached", code=error.code)


async def _whole(octets: bytes) -> AsyncIterator[bytes]:
    yield octets
