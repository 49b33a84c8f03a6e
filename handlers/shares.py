"""What is posted from a modal: once, and whoever brings the same press again is told the same."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.render.refusals import SHARE_UNSURE, SHARED_BEFORE
from bot.runner import Runner

Post = Callable[[], Awaitable[str | None]]
"""Posts; a sentence about what went wrong, or None."""

FINAL = {SHARE_UNSURE, SHARED_BEFORE}
"""It may be there: this modal posts nothing more."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Modals that post. `under_way`: view id → how it will end."""

    runner: Runner
    under_way: dict[str, asyncio.Task[str | None]] = field(default_factory=dict)

    async def once(self, view_id: str, post: Post) -> str | None:
        """How posting from this modal ends: with None, or a sentence. After one that is not `FINAL` it can be tried again."""
        if view_id not in self.under_way:
            task = asyncio.create_task(self._ended(f"share:{view_id}", post), name="share")
            self.under_way[view_id] = task
            task.add_done_callback(lambda _: self.under_way.pop(view_id))
        return await asyncio.shield(self.under_way[view_id])

    async def _ended(self, key: str, post: Post) -> str | None:
        # Kept before the post, and for good where it may be there: Slack may deliver the press again, elsewhere and later.
        if not await self.runner.first_time(key):
            return SHARED_BEFORE
        problem = await post()
        if problem is not None and problem not in FINAL:
            await self.runner.may_come_again(key)
        return problem
