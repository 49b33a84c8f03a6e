"""When the app was last alive."""

from dataclasses import dataclass

from storage.database import Database


@dataclass(frozen=True, slots=True)
class Presence:
    """One row. Times are UTC epoch milliseconds."""

    database: Database

    async def last(self) -> int | None:
        """When the app was last alive; None for the first start."""
        rows = await self.database.read("SELECT alive_at FROM presence")
        return int(rows[0]["alive_at"]) if rows else None

    async def mark(self, now: int) -> None:
        """The app is alive."""
        await self.database.write(
            "INSERT INTO presence (one, alive_at) VALUES (1, ?) "
            "ON CONFLICT (one) DO UPDATE SET alive_at = excluded.alive_at",
            (now,),
        )
