"""Tells whoever runs the app, once, what only they can mend."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.messages import Messages, SlackError
from bot.render import answers
from bot.render.blocks import Message
from storage.slots import SlotStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Operator:
    """The people behind the app; where none is named, the log is all there is."""

    messages: Messages
    user_ids: frozenset[str]
    now: Callable[[], int]

    async def key_refused(self, slots: SlotStore) -> None:
        """Reka refuses the API key: said once until it is accepted again, not once per job."""
        if not await slots.tell(self.now()):
            return
        log.error(
            "key_refused", what_to_do="put a valid REKA_API_KEY into the settings and restart"
        )
        await self.tell(answers.key_refused())

    async def tell(self, message: Message) -> None:
        """Say something to each of them; who cannot be reached is passed over."""
        for user_id in sorted(self.user_ids):
            try:
                await self.messages.post(user_id, message)
            except SlackError as error:
                log.warning("operator_not_reached", code=error.code)
