"""What Slack has delivered already, beside jobs, which carry their own delivery key."""

from dataclasses import dataclass

from storage.database import Database


@dataclass(frozen=True, slots=True)
class DeliveryStore:
    """The deliveries table. Times are UTC epoch milliseconds."""

    database: Database

    async def first(self, key: str, now: int) -> bool:
        """True for the one who brings this delivery first."""
        rows = await self.database.write(
            "INSERT INTO deliveries (key, came_at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING RETURNING 1",
            (key, now),
        )
        return bool(rows)

    async def forget(self, key: str) -> None:
        """Let this delivery come again."""
        await self.database.write("DELETE FROM deliveries WHERE key = ?", (key,))

    async def purge(self, before: int) -> None:
        """Delete what came before a time."""
        await self.database.write("DELETE FROM deliveries WHERE came_at < ?", (before,))
