"""`reel log`: who spent which slot, as the database holds it, whether the app runs or not."""

import csv
import io
from typing import Any

import pytest

from bot.config import Settings, load
from bot.jobs import JobState
from bot.slots import Ending, Quota
from storage import database
from storage.database import Database
from storage.jobs import JobStore
from storage.slots import Answer, SlotStore
from tests.app.job import NOW, another
from tests.ops.conftest import Operator

DAY = 86_400_000


async def spend(opened: Database, name: str, now: int, **changes: Any) -> None:
    """A slot that was taken at `now` for a job that completed."""
    jobs, slots = JobStore(opened), SlotStore(opened, load(Settings).fingerprint, Quota(None, DAY))
    job = await jobs.add(another(name, **{"prompt": name, "card_ts": "2.5", **changes}))
    assert job is not None
    taken, _ = await slots.take(job, now)
    assert taken is not None
    answer = slots.answered(taken, Answer(Ending.ACCEPTED, now + 1, status=200))
    await jobs.move(taken, JobState.RUNNING, answer, reka_id=f"reka-{name}", running_at=now + 1)


def read(output: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(output, newline=""), strict=True))


async def test_it_lists_who_spent_what_beside_a_running_app(shell: Operator) -> None:
    async with database.opened(shell.database) as opened:
        for number in range(3):
            await spend(opened, f"wish-{number}", NOW + number, channel_id=f"C{number}")
        result = await shell.types("log", "--limit", "2")
    assert result.exit_code == 0
    assert result.output.index("Uwish-2") < result.output.index("Uwish-1")
    assert "Uwish-0" not in result.output
    for words in ("C2", "wish-2", "Making 3 clips: accepted", "2026-09-21"):
        assert words in result.output


async def test_the_table_takes_nothing_for_markup(shell: Operator) -> None:
    async with database.opened(shell.database) as opened:
        await spend(opened, "a", NOW, prompt="[red]goals[/red]")
    assert "[red]goals[/red]" in (await shell.types("log")).output


async def test_as_csv_it_is_all_that_is_kept_and_no_formula(shell: Operator) -> None:
    async with database.opened(shell.database) as opened:
        for number in range(25):
            await spend(opened, str(number), NOW + number)
        await spend(opened, "last", NOW + 99, prompt='=HYPERLINK("http://evil.test")')
    rows = read((await shell.types("log", "--csv")).output)
    assert len(rows) == 26
    assert rows[0]["prompt"] == '\'=HYPERLINK("http://evil.test")'
    assert rows[0]["taken_at"] == "2026-09-21T14:13:20.099+00:00"
    assert (rows[0]["user_id"], rows[0]["channel_id"]) == ("Ulast", "C1")
    assert (rows[0]["ending"], rows[0]["status"], rows[0]["card_url"]) == ("accepted", "200", "")
    assert len(read((await shell.types("log", "--csv", "--limit", "3")).output)) == 3


async def test_a_trail_of_nothing_is_said_and_as_csv_is_a_header(shell: Operator) -> None:
    async with database.opened(shell.database):
        pass
    assert "No slot was taken yet." in (await shell.types("log")).output
    result = await shell.types("log", "--csv")
    assert (result.exit_code, len(result.output.splitlines())) == (0, 1)
    assert "taken_at" in result.output


@pytest.mark.parametrize("more", [[], ["--csv"]])
async def test_a_missing_database_is_a_sentence(shell: Operator, more: list[str]) -> None:
    result = await shell.types("log", *more)
    assert result.exit_code == 69
    assert f"There is no database {shell.database} yet" in result.output
