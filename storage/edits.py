"""How much of a workspace's budget of edits is promised, for all processes that share it."""

from dataclasses import dataclass

from storage.database import Database


@dataclass(frozen=True, slots=True)
class EditStore:
    """The row of one workspace in the edits table. Times are UTC epoch milliseconds."""

    database: Database
    team_id: str

    async def promise(self, share_ms: int, now: int) -> tuple[int, int]:
        """Promise one edit more, which takes so much of the time.

        (until when all that is promised takes it then, before when no edit is made at all).
        """
        [row] = await self.database.write(
            "INSERT INTO edits (team_id, promised_until) VALUES (?, ?) ON CONFLICT (team_id) DO UPDATE SET "
            "promised_until = CASE WHEN edits.promised_until > ? THEN edits.promised_until ELSE ? END + ? "
            "RETURNING promised_until, paused_until",
            (self.team_id, now + share_ms, now, now, share_ms),
        )
        return int(row["promised_until"]), int(row["paused_until"])

    async def pause(self, until: int) -> None:
        """No edit before; a longer pause stays."""
        await self.database.write(
            "INSERT INTO edits (team_id, promised_until, paused_until) VALUES (?, 0, ?) ON CONFLICT (team_id) "
            "DO UPDATE SET paused_until = excluded.paused_until WHERE edits.paused_until < excluded.paused_until",
            (self.team_id, until),
        )

    async def paused_until(self) -> int:
        """Before when no edit is made."""
        rows = await self.database.read(
            "SELECT paused_until FROM edits WHERE team_id = ?", (self.team_id,)
        )
        return int(rows[0]["paused_until"]) if rows else 0
