"""Results of before: the jobs of a video, and the requests that were answered with one."""

import json
from dataclasses import dataclass

from bot.jobs import Delivery
from bot.request import ReelRequest
from bot.reuse import Earlier, wish
from storage.database import Database, Statement
from storage.glance import Glance
from storage.rows import job_of, request_of, value_of

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
            "WHERE team_id = ? AND json_extract(request, '$.video_urls') = json(?) "
            "AND state IN ('waiting', 'submitting', 'running', 'completed') "
            "ORDER BY created_at DESC LIMIT ?",
            (team_id, json.dumps(list(video_urls)), LOOKED_THROUGH),
        )

    async def of_video(
        self, request: ReelRequest, team_id: str, glance: Glance | None = None
    ) -> list[Earlier]:
        """Finished and unfinished jobs of the same links in a workspace, newest first, and which clips are kept as files."""
        alike = await self._alike(request, team_id, glance)
        rows = (
            await self.database.read(
                "SELECT jobs.*, (SELECT json_group_array(number) FROM files "
                "WHERE job_id = jobs.id AND shared_at IS NOT NULL) AS kept FROM jobs "
                "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY created_at DESC",
                (json.dumps(alike),),
            )
            if alike
            else []
        )
        return [
            Earlier(
                job_of({name: row[name] for name in row.keys() if name != "kept"}),  # noqa: SIM118
                frozenset(json.loads(row["kept"])),
            )
            for row in rows
        ]

    async def _alike(self, request: ReelRequest, team_id: str, glance: Glance | None) -> list[str]:
        """The ids of those that look for the same: of a video that everybody wants there may be hundreds that do not."""
        rows = await (glance or self.database.read)(*self.query(request.video_urls, team_id))
        wanted = wish(request.prompt)
        return [row["id"] for row in rows if wish(request_of(row["request"]).prompt) == wanted]

    async def offer(self, request: ReelRequest, delivery: Delivery, now: int) -> bool:
        """Note that a delivery is answered with earlier results: True, also when it was before; False when it is a job."""
        await self.database.write(
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
