"""Results of before: the jobs of a video, and the requests that were answered with one."""

from collections import defaultdict
from dataclasses import dataclass

from bot.jobs import Delivery
from bot.request import ReelRequest
from bot.reuse import Earlier, wish
from storage.database import Database, Statement, in_list
from storage.glance import Glance
from storage.rows import job_of, request_of, value_of, videos_of

LOOKED_THROUGH = 200
"""The newest jobs of a video among which matches are looked for: far more than a key's quota makes of one."""


@dataclass(frozen=True, slots=True)
class ResultStore:
    """What may be offered in place of a new job, and what was."""

    database: Database

    def query(self, video_urls: tuple[str, ...], team_id: str) -> Statement:
        """For a glance: what `of_video` asks first."""
        return (
            "SELECT id, request FROM jobs "
            "WHERE team_id = ? AND videos = ? "
            "AND state IN ('waiting', 'submitting', 'running', 'completed') "
            "ORDER BY created_at DESC LIMIT ?",
            (team_id, videos_of(video_urls), LOOKED_THROUGH),
        )

    async def of_video(
        self, request: ReelRequest, team_id: str, glance: Glance | None = None
    ) -> list[Earlier]:
        """Finished and unfinished jobs of the same links in a workspace, newest first, and which clips are kept as files."""
        alike = await self._alike(request, team_id, glance)
        if not alike:
            return []
        these = f"IN ({in_list(alike)})"
        jobs, files = await self.database.reads(
            (f"SELECT * FROM jobs WHERE id {these} ORDER BY created_at DESC", (*alike,)),  # noqa: S608  placeholders
            (
                f"SELECT job_id, number FROM files WHERE shared_at IS NOT NULL AND job_id {these}",  # noqa: S608
                (*alike,),
            ),
        )
        kept = defaultdict[str, set[int]](set)
        for row in files:
            kept[row["job_id"]].add(row["number"])
        return [Earlier(job_of(row), frozenset(kept[row["id"]])) for row in jobs]

    async def _alike(self, request: ReelRequest, team_id: str, glance: Glance | None) -> list[str]:
        """The ids of those that look for the same: of a video that everybody wants there may be hundreds that do not."""
        rows = await (glance or self.database.read)(*self.query(request.video_urls, team_id))
        wanted = wish(request.prompt)
        return [row["id"] for row in rows if wish(request_of(row["request"]).prompt) == wanted]

    async def offer(self, request: ReelRequest, delivery: Delivery, now: int) -> bool:
        """Note that a delivery is answered with earlier results: True, also when it was before; False when it is a job."""
        await self.database.alone(
            "INSERT INTO offers (delivery_key, team_id, request, offered_at) SELECT ?, ?, ?, ? "
            "WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE delivery_key = ?) ON CONFLICT DO NOTHING",
            (delivery.key, delivery.team_id, value_of(request), now, delivery.key),
        )
        return await self.offered(delivery.key) is not None

    async def offered(self, delivery_key: str) -> ReelRequest | None:
        """The request that was answered with earlier results under this key; None when none was."""
        rows = await self.database.read(
            "SELECT request FROM offers WHERE delivery_key = ?", (delivery_key,)
        )
        return request_of(rows[0]["request"]) if rows else None

    async def purge(self, before: int) -> None:
        """Forget what was offered before a time."""
        await self.database.write("DELETE FROM offers WHERE offered_at < ?", (before,))
