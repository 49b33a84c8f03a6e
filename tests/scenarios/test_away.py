"""The database is away for longer than Slack waits: whoever asks is told in time, and it is so."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.jobs import JobState
from bot.postgres_url import PostgresUrl
from bot.render import sentences
from tests.databases import Server
from tests.scenarios.people import PATIENCE, People, said
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import Wire
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
HOLDING = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_program_writes(path: Path) -> Iterator[None]:
    """Hold the file's write lock in a process of its own."""
    with subprocess.Popen(  # noqa: S603  our own words
        [sys.executable, "-c", HOLDING, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield
        finally:
            other.communicate()


async def is_told(people: People) -> None:
    await people.sees(lambda message: said(message) == sentences.DATABASE_AWAY)


async def nothing_came_of_it(app: Stage) -> None:
    await app.runner.jobs.database.ping()  # whatever still waited is done by then
    assert await app.jobs() == []


async def test_a_command_while_another_program_writes_to_the_file_comes_to_nothing(
    stage: Start, people: People, wire: Wire, tmp_path: Path
) -> None:
    async with stage(wire.address) as app:
        with another_program_writes(tmp_path / "reel.db"):
            await people.reel(LINK)
            await is_told(people)
        await nothing_came_of_it(app)
    assert wire.posts == []


async def test_a_form_meanwhile_stays_with_what_was_entered_and_the_sentence(
    stage: Start, people: People, wire: Wire, tmp_path: Path
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address) as app:
        await people.makes_a_reel(await people.writes(LINK))
        with another_program_writes(tmp_path / "reel.db"):
            answer = await people.submits(prompt="the saves")
            assert list(answer["errors"].values()) == [sentences.DATABASE_AWAY]
        await app.runner.jobs.database.ping()
        assert await app.jobs() == []
        await people.submits(prompt="the saves")
        await people.card("Making")
    assert len(wire.posts) == 1


async def test_a_press_meanwhile_changes_nothing(
    stage: Start, people: People, wire: Wire, tmp_path: Path
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Making")
        with another_program_writes(tmp_path / "reel.db"):
            await people.click(card, "cancel_job")
            assert sentences.DATABASE_AWAY in str(await people.view("robin"))
        await app.runner.jobs.database.ping()
        [job] = await app.jobs()
    assert job.state is JobState.RUNNING


async def test_a_command_while_the_server_is_away_comes_to_nothing(
    stage: Start, people: People, wire: Wire, server: Server, postgres: PostgresUrl
) -> None:
    async with stage(wire.address, reel_database=postgres) as app:
        server.postgres.kill()
        await people.reel(LINK)
        await is_told(people)
        server.postgres.start()
        await nothing_came_of_it(app)
    assert wire.posts == []


SLOW_COMMIT = """
CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER at_the_commit AFTER INSERT ON jobs DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION waits();
"""


async def test_a_command_whose_commit_is_on_its_way_is_said_to_come_perhaps(
    stage: Start, people: People, wire: Wire, server: Server, postgres: PostgresUrl
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address, reel_database=postgres) as app:
        with server.connected(postgres) as other:
            other.execute(SLOW_COMMIT)
            other.execute("SELECT pg_advisory_lock(1)")
            await people.reel(LINK)
            await people.sees(lambda message: said(message) == sentences.MAY_COME)
            assert await app.jobs() == []
        await people.reel(LINK)  # not a second one of the same
        async with asyncio.timeout(PATIENCE):
            while not await app.jobs():  # noqa: ASYNC110  each look is a query
                await asyncio.sleep(0.01)
        assert len(await app.jobs()) == 1
