"""What is kept of what people asked for: in the database until it is old, in the log never."""

import asyncio

import pytest

from tests.scenarios.people import People
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import CLIP, Wire, as_json
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
DAY_MS = 24 * 3600 * 1000


async def ended_days_ago(app: Stage, days: int) -> None:
    """Set back when every job was asked for and ended."""
    moments = ("created_at", "ended_at", "settled_at")
    earlier = ", ".join(f"{name} = {name} - {days * DAY_MS}" for name in moments)
    await app.runner.jobs.database.write(f"UPDATE jobs SET {earlier}")  # noqa: S608  our own words


async def test_what_ended_longer_ago_than_it_is_kept_is_forgotten(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("completed", output=[CLIP])]
    async with stage(wire.address, reel_keep_days=7) as app:
        await people.reel(f"{LINK} the goals")
        await app.settled()
        await ended_days_ago(app, 6)
    async with stage(wire.address, reel_keep_days=7) as app:
        await people.reel("jobs")
        assert len(await app.jobs()) == 1
        await ended_days_ago(app, 2)
    async with stage(wire.address, reel_keep_days=7) as app, asyncio.timeout(20):
        while await app.jobs():  # noqa: ASYNC110  each look is a query
            await asyncio.sleep(0.01)
        assert (
            len(await app.runner.audit.trail.occupied(app.runner.now())) == 1
        )  # Reka still counts it


async def test_the_log_holds_nothing_that_somebody_wrote_nor_what_came_of_it(
    stage: Start, people: People, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = {"error": {"type": "invalid_request", "message": "No goals in example.com"}}
    wire.on_post = [events("completed", output=[CLIP]), as_json(refusal, 400)]
    async with stage(wire.address) as app:
        await people.reel(f"{LINK} the goals")
        await app.settled()
        await people.reel(f"{LINK} the other goals")
        await app.settled()
    said = "".join(capsys.readouterr())
    assert "job_settled" in said
    assert not [word for word in ("example.com", "goals", str(CLIP["title"])) if word in said]
