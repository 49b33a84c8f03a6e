"""The operator's port: alive, ready, and how it goes, without a word of what people wrote."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.breaker import Breaker
from bot.health import Health
from bot.metrics import Metrics
from storage import database
from tests.http.slack import FORM, SECRET, Ports, signed
from tests.scenarios.people import PATIENCE, People, said
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire, as_json, generation
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
WISH = "a very private wish"


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """(name, label values) → value."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_it_says_that_it_lives_and_is_ready(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    async with stage(wire.address):
        assert await ports.asks("/healthz") == (200, "alive\n")
        assert await ports.asks("/readyz") == (200, "ready\n")
        assert (await ports.asks("/slack/events"))[0] == 404


async def test_the_metrics_tell_of_the_jobs_the_slots_and_every_call(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    wire.on_post = [as_json(generation("queued"))]
    wire.on_get = [as_json(generation("completed", output=[CLIP]))]
    async with stage(wire.address, reel_slot_limit=5) as app:
        before = samples((await ports.asks("/metrics"))[1])
        await people.reel(f"{LINK} {WISH}")
        await people.links()
        await app.settled()
        await ports.post("x", signed("y", FORM))
        after = samples((await ports.asks("/metrics"))[1])
    assert before["reel_jobs", ("completed",)] == 0
    assert before["reel_slots_left", ()] == 5
    assert after["reel_jobs", ("completed",)] == 1
    assert after["reel_jobs", ("running",)] == 0
    assert after["reel_slots", ()] == 5
    assert after["reel_slots_left", ()] == 4
    assert after["reel_oldest_unsettled_job_seconds", ()] == 0
    assert after["reel_slack_request_duration_seconds_count", ("401",)] == 1
    # The command, the challenge and the check of the certificate.
    assert after["reel_slack_request_duration_seconds_count", ("200",)] == 3
    assert after["reel_slack_api_calls_total", ("chat.update", "200")] >= 1
    assert after["reel_slack_api_calls_total", ("chat.postMessage", "200")] >= 2
    assert after["reel_reka_requests_total", ("POST",)] == 1
    assert after["reel_reka_responses_total", ("POST", "200")] == 1
    assert after["reel_reka_responses_total", ("GET", "200")] >= 1
    assert after["process_resident_memory_bytes", ()] > 0


async def test_a_job_that_waits_for_its_end_has_an_age_and_an_unlimited_key_no_end_of_slots(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address, reel_slot_limit=0):
        await people.reel(LINK)
        await people.card("Making 3 clips: queued")
        now = samples((await ports.asks("/metrics"))[1])
    assert now["reel_jobs", ("running",)] == 1
    assert now["reel_oldest_unsettled_job_seconds", ()] > 0
    assert now["reel_slots_left", ()] == float("inf")


async def test_the_metrics_carry_no_secret_and_nothing_that_anybody_wrote(
    stage: Start, people: People, wire: Wire, ports: Ports, clip_service: str
) -> None:
    async with stage(clip_service, reel_files=True) as app:
        await people.reel(f"{LINK} {WISH} clips:1", channel="D0ROBINBOT5")
        await people.sees(lambda message: "file" in said(message), channel="D0ROBINBOT5")
        await app.settled()
        [job] = await app.jobs()
        text = (await ports.asks("/metrics"))[1]
    assert 'method="other"' in text  # the upload's address is a secret
    for secret in ("xoxb", "xapp", "reka-secret", SECRET, WISH, "example.com", "127.0.0.1"):
        assert secret not in text
    for identity in (job.id, job.user_id, job.channel_id, job.team_id, str(job.reka_id)):
        assert identity not in text


async def test_it_is_not_ready_while_the_last_requests_are_answered(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    async with stage(wire.address):
        await people.connected()
        await people.act("fault", method="views.open", delay=1.0)
        opening = asyncio.create_task(people.makes_a_reel())
        await people.fault_met()
        asked = asyncio.create_task(until_unready(ports))
    assert "starting or stopping" in await asked
    assert (await opening)["type"] == "modal"


async def until_unready(ports: Ports) -> str:
    """Wait until the app is not ready; why."""
    async with asyncio.timeout(PATIENCE):
        while (answer := await ports.asks("/readyz"))[0] != 503:
            pass
    return answer[1]


@contextmanager
def health(store: Any) -> Iterator[Health]:
    runner: Any = SimpleNamespace()
    found = Health(store, runner, Metrics("https://slack.com/api/"), Breaker())
    with found.hearing():
        yield found


async def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    async with database.opened(tmp_path / "reel.db") as store:
        with health(store) as asked:
            assert await asked.unready() is None
    with health(store) as asked:
        assert await asked.unready() == "The database does not answer."


async def test_a_database_that_takes_no_write_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sqlite_connection.BUSY_MILLISECONDS", 1)
    async with database.opened(tmp_path / "reel.db") as store:
        with health(store) as asked, closing(sqlite3.connect(tmp_path / "reel.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await asked.unready() == "The database does not answer."
            other.rollback()
            assert await asked.unready() is None


async def test_a_token_that_slack_has_revoked_is_said(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address):
        await people.act("fault", method="chat.postMessage", error="token_revoked")
        await people.reel(LINK)
        text = await until_unready(ports)
    assert "token_revoked" in text


@pytest.mark.parametrize("method", ["views.open", "users.conversations", "chat.postMessage"])
async def test_a_token_that_slack_has_revoked_is_noticed_by_whatever_call(
    method: str, stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    async with stage(wire.address):
        await people.act("fault", method=method, error="token_revoked", times=1)
        await people.reel("")
        await people.act("home", user="robin")
        await people.writes("@reel hello")
        await people.fault_met()
        status, text = await ports.asks("/readyz")
    assert status == 503
    assert "token_revoked" in text
    assert "SLACK_BOT_TOKEN" in text
