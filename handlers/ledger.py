"""`/reel slots` and `/reel log`: the slots, and who spent them to what end, as far as the person may see it."""

from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.render import ledger
from bot.render.blocks import Message
from bot.runner import Runner
from handlers.readers import reader_of


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is read there, for the person who typed the command."""

    runner: Runner
    workspace_url: str

    async def shown(self, wanted: str, command: dict[str, Any], client: AsyncWebClient) -> Message:
        """`wanted`: `slots` is the window, `log` what was taken last, `log csv` all of it as a file."""
        reader = await reader_of(command, client)
        if wanted == "slots":
            return ledger.slots(await self.runner.audit.window(reader))
        if wanted == "log":
            return ledger.log(await self.runner.audit.newest(reader), self.workspace_url)
        # More calls than an ack has time for: it comes afterwards.
        self.runner.audit.bring_csv(reader, self.workspace_url, command.get("response_url"))
        return ledger.csv_comes()
