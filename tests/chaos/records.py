"""What the three processes have written down, read from their own files, and from the workspace over HTTP."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

Row = dict[str, Any]
Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pressable:
    """A card with buttons, and whose it is."""

    id: str
    user: str
    channel: str
    card: str
    state: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Jobs and slots as the app keeps them, generations as the clip service does, messages as the workspace shows them.

    `log` has the app's log lines; `clip_service` is the address that clips are linked at.
    """

    jobs: list[Row]
    slots: list[Row]
    generations: list[Row]
    messages: list[Message]
    log: list[Row]
    clip_service: str
    #: The clips as files, as the app keeps them.
    files: list[Row] = field(default_factory=list)


def pressable(database: str) -> list[Pressable]:
    """Cards that offer something to press."""
    sql = (
        "SELECT id, user_id, channel_id, card_ts, state FROM jobs WHERE card_ts IS NOT NULL AND state IN "
        "('waiting', 'submitting', 'running', 'unsure', 'no_answer', 'failed')"
    )
    try:
        return [Pressable(*row.values()) for row in rows(database, sql)]
    except NotReadable:  # not made yet, or being recovered after a kill
        return []


def unsettled(database: Path | str) -> list[str]:
    """Ids of jobs that the app still owes something."""
    return [row["id"] for row in rows(database, "SELECT id FROM jobs WHERE settled_at IS NULL")]


class NotReadable(Exception):
    """The database is not there, or not yet again."""


def rows(database: Path | str, sql: str) -> list[Row]:
    """A query on a database that somebody else may be writing to, by its path or its URL. Raises `NotReadable`."""
    return _postgres(database, sql) if "://" in str(database) else _sqlite(database, sql)


def _sqlite(path: Path | str, sql: str) -> list[Row]:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql)]
    except sqlite3.OperationalError as error:
        raise NotReadable(str(error)) from error


def _postgres(url: Path | str, sql: str) -> list[Row]:
    import psycopg  # only who runs a cluster has it
    from psycopg.rows import dict_row

    try:
        with psycopg.connect(str(url), row_factory=dict_row, connect_timeout=5) as connection:
            return connection.execute(sql).fetchall()
    except psycopg.Error as error:
        raise NotReadable(str(error)) from error


async def shown(workspace: str) -> tuple[list[Message], int]:
    """(everything that the workspace shows, how many connections the app has to it)."""
    async with aiohttp.ClientSession() as http, http.get(f"{workspace}/state") as response:
        state = await response.json()
    return state["messages"], state["sockets"]


def evidence(
    database: Path | str, clips: Path, seen: list[Message], logs: Iterable[Path], clip_service: str
) -> Evidence:
    """Read everything. The processes have ended by now, so that nothing changes underneath."""
    return Evidence(
        jobs=[_job(row) for row in rows(database, "SELECT * FROM jobs ORDER BY created_at")],
        slots=rows(database, "SELECT * FROM slots ORDER BY id"),
        generations=[_generation(row) for row in rows(clips, "SELECT * FROM generations")],
        messages=seen,
        log=[line for log in logs for line in _lines(log)],
        clip_service=clip_service,
        files=rows(database, "SELECT * FROM files ORDER BY job_id, number"),
    )


def _job(row: Row) -> Row:
    return {**row, "request": json.loads(row["request"]), "clips": json.loads(row["clips"])}


def _generation(row: Row) -> Row:
    return {**row, "request": json.loads(row["request"]), "clips": json.loads(row["clips"])}


def _lines(log: Path) -> Iterator[Row]:
    for line in log.read_text(errors="replace").splitlines():
        try:
            found = json.loads(line)
        except ValueError:  # torn by a kill, or a library's own
            continue
        if isinstance(found, dict):
            yield found
