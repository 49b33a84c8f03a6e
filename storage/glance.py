"""What an answer depends on, read for the way of one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.database import Database, Row, Statement, Value


@dataclass(frozen=True, slots=True)
class Glance:
    """Answers queries as `Database.read` does: with the rows of the moment where they were foreseen, else by asking."""

    database: Database
    rows: Mapping[Statement, list[Row]]

    async def __call__(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Rows of a query."""
        found = self.rows.get((sql, tuple(parameters)))
        return await self.database.read(sql, parameters) if found is None else found


async def glanced(database: Database, *foreseen: Statement) -> Glance:
    """A glance that has the rows of these queries already."""
    answers = await database.reads(*foreseen)
    return Glance(database, dict(zip(foreseen, answers, strict=True)))
