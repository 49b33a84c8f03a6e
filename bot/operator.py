"""Tells whoever runs the app, once, what only they can mend."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.messages import Messages, SlackError
from bot.render import answers
from storage.slots import SlotStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Operator:
    """The person behind the app; `user_id` None means that the log is all there is."""

    messages: Messages
    user_id: str | None
    now: Callable[[], int]

    async def key_refused(self, slots: SlotStore) -> None:
        """Reka refuses the API key: said once until it is accepted again, not once per job."""
        if not await slots.tell(self.now()):
            return
        log.error(
            "key_refused", what_to_do="put a valid REKA_API_KEY into the settings and restart"
        )
        if self.user_id is None:
            return
        try:
            await self.messages.post(self.user_id, answers.key_refused())
        except SlackError as error:
            log.warning("operator_not_reached", code=error.code)
