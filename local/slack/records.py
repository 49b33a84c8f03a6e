"""What survives a restart of the workspace: one SQLite table of JSON records."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)
)
"""


class Records:
    """Keyed JSON records, written through at once.

    `synchronous=OFF` survives a killed process, though not a power cut, which is all a
    stand-in needs, and waits for no disk.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            directory / "workspace.sqlite3", isolation_level=None, timeout=0.5
        )
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")  # two workspaces would mix their stories
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Keep all that is put and dropped in this block, or nothing of it."""
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put(self, kind: str, key: str, record: dict[str, Any]) -> None:
        """Store a record, in place of an older one."""
        self._db.execute(
            "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET json = excluded.json",
            (kind, key, json.dumps(record)),
        )

    def drop(self, kind: str, key: str) -> None:
        """Forget a record."""
        self._db.execute("DELETE FROM records WHERE kind = ? AND id = ?", (kind, key))

    def all(self, kind: str) -> Iterator[dict[str, Any]]:
        """Every record of a kind, in the order they were first put."""
        for (text,) in self._db.execute(
            "SELECT json FROM records WHERE kind = ? ORDER BY rowid", (kind,)
        ):
            yield json.loads(text)
