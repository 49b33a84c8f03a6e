"""What survives a restart: every generation, in one SQLite file.

The file belongs to one process at a time (`locking_mode=EXCLUSIVE`). WAL with `synchronous=NORMAL`
keeps every committed row through a kill -9. Each change is one statement.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiosqlite

from local.reka.generations import Clip, Generation
from local.reka.limits import Quota

_SCHEMA = """
CREATE TABLE IF NOT EXISTS generations (
    seq             INTEGER PRIMARY KEY,
    id              TEXT    NOT NULL UNIQUE,
    key             TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    request         TEXT    NOT NULL,
    num_generations INTEGER NOT NULL,
    clips           TEXT    NOT NULL DEFAULT '[]',
    error_message   TEXT,
    measurements    TEXT    NOT NULL DEFAULT '{}',
    deleted         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS generations_by_key ON generations (key, created_at);
"""
_COLUMNS = "id, key, status, created_at, updated_at, request, num_generations, clips, error_message"
_ENDED = "('completed', 'failed')"


class ArchiveInUse(Exception):
    """Another clip service has the data folder open."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The generations of all keys; a key is known by its fingerprint only."""

    connection: aiosqlite.Connection

    async def accept(
        self, key: str, request: dict[str, Any], num_generations: int, quota: Quota | None
    ) -> Generation | None:
        """Write down a new generation, unless the key's quota is used up: then None."""
        now = now_ms()
        limit, since = (quota.limit, now - quota.window_ms) if quota else (sys.maxsize, now)
        return await self._one(
            "INSERT INTO generations"
            " (id, key, status, created_at, updated_at, request, num_generations)"
            " SELECT ?1, ?2, 'queued', ?3, ?3, ?4, ?5"
            " WHERE (SELECT count(*) FROM generations WHERE key = ?2 AND created_at > ?6) < ?7"
            " RETURNING *",
            str(uuid.uuid4()), key, now, json.dumps(request), num_generations, since, limit,
        )  # fmt: skip

    async def accepted(self, key: str, since: int) -> list[int]:
        """When the key's requests after `since` were accepted, the deleted ones too."""
        rows = await self._rows(
            "SELECT created_at FROM generations WHERE key = ? AND created_at > ?", key, since
        )
        return [row[0] for row in rows]

    async def find(self, generation_id: str, key: str | None = None) -> Generation | None:
        """The generation with this id, if it belongs to `key`."""
        return await self._one(
            "SELECT * FROM generations"
            " WHERE id = ?1 AND deleted = 0 AND (?2 IS NULL OR key = ?2)",
            generation_id, key,
        )  # fmt: skip

    async def page(self, key: str, offset: int, limit: int, status: str | None) -> list[Generation]:
        """The key's generations, newest first."""
        rows = await self._rows(
            "SELECT * FROM generations"
            " WHERE key = ?1 AND deleted = 0 AND (?2 IS NULL OR status = ?2)"
            " ORDER BY seq DESC LIMIT ?3 OFFSET ?4",
            key, status, limit, offset,
        )  # fmt: skip
        return [_generation(row) for row in rows]

    async def enter(
        self, generation_id: str, status: str, num_generations: int | None = None
    ) -> Generation | None:
        """The next stage; None when the generation has ended or is gone."""
        return await self._one(
            "UPDATE generations SET status = ?2, updated_at = ?3,"
            " num_generations = coalesce(?4, num_generations)"
            " WHERE id = ?1 AND status NOT IN ('completed', 'failed') RETURNING *",
            generation_id, status, now_ms(), num_generations,
        )  # fmt: skip

    async def complete(
        self, generation_id: str, clips: Iterable[Clip], measurements: dict[str, Any]
    ) -> Generation | None:
        """The end with clips, and what was measured on the way."""
        return await self._one(
            "UPDATE generations SET status = 'completed', updated_at = ?2, clips = ?3,"
            " measurements = ?4 WHERE id = ?1 AND status NOT IN ('completed', 'failed') RETURNING *",
            generation_id, now_ms(), json.dumps([asdict(clip) for clip in clips]),
            json.dumps(measurements),
        )  # fmt: skip

    async def fail(self, generation_id: str, message: str) -> Generation | None:
        """The end without clips; `message` is a sentence for a person."""
        return await self._one(
            "UPDATE generations SET status = 'failed', updated_at = ?2, error_message = ?3"
            " WHERE id = ?1 AND status NOT IN ('completed', 'failed') RETURNING *",
            generation_id, now_ms(), message,
        )  # fmt: skip

    async def delete(self, generation_id: str) -> bool:
        """Forget an ended generation, but not that it was accepted; False while it runs."""
        rows = await self._rows(
            "UPDATE generations SET deleted = 1, request = '{}', clips = '[]', measurements = '{}',"
            " error_message = NULL WHERE id = ? AND status IN ('completed', 'failed') RETURNING id",
            generation_id,
        )
        return bool(rows)

    async def measurements(self, generation_id: str) -> dict[str, Any]:
        """What the pipeline measured; {} until the generation is completed."""
        rows = await self._rows(
            "SELECT measurements FROM generations WHERE id = ? AND deleted = 0", generation_id
        )
        found: dict[str, Any] = json.loads(rows[0][0]) if rows else {}
        return found

    async def requeue(self) -> list[Generation]:
        """Put what a stop has interrupted back to `queued`; the oldest comes first."""
        await self._rows(
            "UPDATE generations SET status = 'queued', updated_at = ?"
            " WHERE status NOT IN ('queued', 'completed', 'failed') RETURNING id",
            now_ms(),
        )
        rows = await self._rows("SELECT * FROM generations WHERE status = 'queued' ORDER BY seq")
        return [_generation(row) for row in rows]

    async def _one(self, sql: str, *values: object) -> Generation | None:
        rows = await self._rows(sql, *values)
        return _generation(rows[0]) if rows else None

    async def _rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        # Only a fetched RETURNING is durable in autocommit, so every statement is fetched.
        return list(await self.connection.execute_fetchall(sql, values))


@asynccontextmanager
async def open_archive(path: Path) -> AsyncIterator[Archive]:
    """The archive in the file `path`; raises ArchiveInUse when another process has it."""
    async with aiosqlite.connect(path, isolation_level=None, timeout=1) as connection:
        connection.row_factory = aiosqlite.Row
        try:
            await connection.execute_fetchall("PRAGMA locking_mode = EXCLUSIVE")
            await connection.execute_fetchall("PRAGMA journal_mode = WAL")
            await connection.execute_fetchall("PRAGMA synchronous = NORMAL")
            await connection.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            raise ArchiveInUse(
                f"The folder {path.parent} cannot be used: {error}. If another clip service"
                " works in it, stop that one or name another folder with --data."
            ) from error
        yield Archive(connection)


def now_ms() -> int:
    """The time in epoch milliseconds."""
    return time.time_ns() // 1_000_000


def _generation(row: sqlite3.Row) -> Generation:
    clips = [
        Clip(**{**clip, "hashtags": tuple(clip["hashtags"])}) for clip in json.loads(row["clips"])
    ]
    return Generation(
        id=row["id"],
        key=row["key"],
        status=row["status"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        request=json.loads(row["request"]),
        num_generations=row["num_generations"],
        clips=tuple(clips),
        error_message=row["error_message"],
    )
