"""Jobs that stand in the app's database before it looks: with root and card, waiting for a slot or followed before."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from bot.jobs import Job, JobState
from bot.request import ReelRequest
from storage.database import in_list
from storage.rows import row_of

CHANNELS = 8


def waiting(count: int, first: int = 1) -> list[Job]:
    """Jobs whose card is posted and whose POST is next."""
    return [job(number) for number in range(first, first + count)]


def running(count: int) -> list[Job]:
    """Jobs whose id is known, left behind by a process that was killed."""
    now = time.time_ns() // 1_000_000
    return [
        job(
            number,
            state=JobState.RUNNING,
            stage="processing",
            reka_id=f"gen-{number:08d}",
            submitted_at=now,
            running_at=now,
        )
        for number in range(1, count + 1)
    ]


def job(number: int, **known: object) -> Job:
    """The job of that number: its video, its thread and its card have the same number."""
    request = ReelRequest((f"https://example.com/{number}.mp4",), f"wish {number}", 1)
    values: dict[str, object] = {
        "id": f"job{number:06d}",
        "team_id": "T0BENCH",
        "channel_id": channel(number),
        "user_id": "U0PERSON",
        "delivery_key": f"command:{number}",
        "request": request,
        "request_key": request.key(),
        "created_at": time.time_ns() // 1_000_000,
        "thread_ts": f"{number:010d}.000100",
        "card_ts": card(number),
    }
    return Job(**(values | known))  # type: ignore[arg-type]


def channel(number: int) -> str:
    """Where a job was asked for; they take turns."""
    return f"C0BENCH{number % CHANNELS}"


def card(number: int) -> str:
    """The `ts` of its card."""
    return f"{number:010d}.000200"


def written(database: Path, jobs: list[Job]) -> None:
    """Write jobs into the app's database, whether it runs or not."""
    names = tuple(row_of(jobs[0]))
    sql = f"INSERT INTO jobs ({', '.join(names)}) VALUES ({in_list(names)})"  # noqa: S608
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.executemany(sql, [tuple(row_of(each).values()) for each in jobs])
