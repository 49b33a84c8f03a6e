"""`reel jobs`: what the database holds, whether the app runs or not."""

import json
import os
import sqlite3
from dataclasses import replace

import pytest

from bot.jobs import Job, JobState, Reason
from bot.request import ReelRequest
from bot.slots import Quota
from storage import database
from storage.database import Database
from storage.jobs import JobStore
from storage.slots import SlotStore
from tests.ops.conftest import Operator

BEGAN = 1_790_000_000_000


def job(number: int, **more: object) -> Job:
    """The number-th job; each a minute after the one before."""
    request = ReelRequest((f"https://example.com/{number}.mp4",), prompt="a very private wish")
    plain = Job(
        id=f"job{number:02}",
        team_id="T1",
        channel_id=f"C{number}",
        user_id="U0ROBIN0001",
        delivery_key=f"command:{number}",
        request=request,
        request_key=request.key(),
        created_at=BEGAN + number * 60_000,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


async def add(opened: Database, *jobs: Job) -> None:
    for each in jobs:
        assert await JobStore(opened).add(each)


async def test_it_lists_the_newest_jobs_beside_a_running_app(shell: Operator) -> None:
    async with database.opened(shell.database) as opened:
        await add(opened, *(job(number) for number in range(4)))
        result = await shell.types("jobs", "--limit", "2")
    assert result.exit_code == 0
    assert [word for word in result.output.split() if word.startswith("job0")] == ["job03", "job02"]
    assert "U0ROBIN0001" in result.output
    assert "C3" in result.output
    assert "10 of 10 slots left." in result.output
    assert "private" not in result.output


async def test_it_says_where_each_job_stands_when_no_app_runs(shell: Operator) -> None:
    async with database.opened(shell.database) as opened:
        settled = {"ended_at": BEGAN, "settled_at": BEGAN}
        await add(
            opened,
            job(1, state=JobState.RUNNING, stage="[red]indexing[/red]", running_at=BEGAN),
            job(2, state=JobState.FAILED, reason=Reason.GENERATION_FAILED, **settled),
            job(3, state=JobState.COMPLETED, ended_at=BEGAN),
        )
    output = (await shell.types("jobs")).output
    assert "running: [red]indexing[/red]" in output  # as it is, not as a colour
    assert "failed: generation failed" in output
    assert "completed (to be told in Slack)" in output


async def test_a_job_that_waits_says_for_what_and_the_slots_say_until_when(
    shell: Operator,
) -> None:
    shell.sets(REEL_SLOT_LIMIT="1", REEL_SLOT_WINDOW="300d")
    async with database.opened(shell.database) as opened:
        await add(opened, job(1), job(2))
        slots = SlotStore(opened, _fingerprint(), Quota(1, 300 * 86_400_000))
        taken, _ = await slots.take(job(1), job(1).created_at)
        assert taken is not None
    found = await shell.types("jobs", "--json")
    document = json.loads(found.output)
    assert [(each["id"], each["state"], each["reason"]) for each in document["jobs"]] == [
        ("job02", "waiting", "no_slot"),
        ("job01", "submitting", None),
    ]
    assert document["slots"]["limit"] == 1
    assert document["slots"]["left"] == 0
    assert document["slots"]["next_frees_at"].startswith("2027-")
    assert "private" not in found.output
    assert "0 of 1 slot left; the next one frees at 2027-" in (await shell.types("jobs")).output


def _fingerprint() -> str:
    from bot.config import Settings, load

    return load(Settings).fingerprint


async def test_a_database_without_jobs_is_said(shell: Operator) -> None:
    async with database.opened(shell.database):
        pass
    result = await shell.types("jobs")
    assert (result.exit_code, "No job yet." in result.output) == (0, True)


async def test_looking_changes_nothing(shell: Operator) -> None:
    async with database.opened(shell.database) as opened:
        await add(opened, job(1))
    before = shell.database.read_bytes()
    await shell.types("jobs")
    assert shell.database.read_bytes() == before


async def test_a_missing_database_is_a_sentence(shell: Operator) -> None:
    result = await shell.types("jobs")
    assert result.exit_code == os.EX_UNAVAILABLE
    assert f"There is no database {shell.database} yet" in result.output
    assert not shell.database.exists()


@pytest.mark.parametrize(("version", "said"), [(999, "newer Reel"), (1, "older Reel")])
async def test_a_database_of_another_reel_is_a_sentence(
    version: int, said: str, shell: Operator
) -> None:
    other = sqlite3.connect(shell.database, isolation_level=None)
    other.execute(f"PRAGMA user_version = {version}")
    other.close()
    result = await shell.types("jobs")
    assert (result.exit_code, said in result.output) == (os.EX_UNAVAILABLE, True)


async def test_wrong_settings_are_named(shell: Operator) -> None:
    shell.sets(REEL_SLOT_WINDOW="soon", REKA_API_KEY="a b")
    result = await shell.types("jobs")
    assert result.exit_code == os.EX_CONFIG
    assert "REEL_SLOT_WINDOW: takes a span" in result.output
    assert "REKA_API_KEY: " in result.output


async def test_it_needs_neither_tokens_nor_settings_that_it_does_not_read(shell: Operator) -> None:
    async with database.opened(shell.database) as opened:
        await add(opened, job(1))
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        shell.environment.delenv(name)
    shell.sets(REKA_DIALECT="latin", REEL_OPERATOR="robin")
    result = await shell.types("jobs")
    assert (result.exit_code, "job01" in result.output) == (0, True)
    assert "10 of 10 slots left." in result.output


async def test_without_a_key_it_says_that_the_slots_are_not_known(shell: Operator) -> None:
    async with database.opened(shell.database) as opened:
        await add(opened, job(1), job(2, state=JobState.FAILED, ended_at=BEGAN, settled_at=BEGAN))
    shell.environment.delenv("REKA_API_KEY")
    result = await shell.types("jobs")
    assert result.exit_code == 0
    assert "The slots are not known without REKA_API_KEY." in result.output
    document = json.loads((await shell.types("jobs", "--json")).output)
    assert document["slots"] is None
    assert [(each["state"], each["reason"]) for each in document["jobs"]] == [
        ("failed", None),
        ("waiting", None),
    ]
