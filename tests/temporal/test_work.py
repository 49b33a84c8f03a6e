"""`reel work` as a process: it takes up what others have left, is killed, and ends in order."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import pytest

from bot.app import _engine
from bot.config import WorkerSettings
from bot.doctor import temporal as examined
from bot.finding import Level
from bot.follow import Follower
from bot.temporal import engine
from bot.tokens import ears
from bot.workspace import CannotStart
from local.cluster.temporal import DevServer, NotStarted
from local.demo.processes import Processes, Service, address_of
from local.ports import free_port
from tests.http.conftest import ports  # noqa: F401  two ports that are free
from tests.http.slack import Ports
from tests.scenarios.conftest import people  # noqa: F401  the same workspace
from tests.scenarios.people import PATIENCE, People, said, urls
from tests.scenarios.test_processes import SECRETS, reel
from tests.temporal.follower import HEARTBEAT_SECONDS
from tests.temporal.work import Alone

LINK = "https://example.com/talk.mp4"
Start = Callable[..., Service]


@pytest.fixture
async def start(
    people: People,  # noqa: F811
    server: DevServer,
    ports: Ports,  # noqa: F811
    tmp_path: Path,
) -> AsyncIterator[Start]:
    """Start a module of the app as a process, beside a clip service that takes its time."""
    async with AsyncExitStack() as stack:
        processes = stack.enter_context(Processes(tmp_path))
        # In a thread: the workspace that the app takes leave of lives in this one.
        stack.push_async_callback(asyncio.to_thread, processes.stop)
        data = str(tmp_path / "c")
        clips = processes.start(
            "clips", "local.reka", "--data", data, "--fast", "--stage-seconds", "2"
        )
        shared = {
            **SECRETS,
            "SLACK_API_URL": f"{people.address}/api/",
            "REKA_BASE_URL": address_of(clips),
            "REEL_DATABASE": str(tmp_path / "reel.db"),
            "REEL_HEALTH_PORT": str(ports.health),
        }

        def started(name: str, module: str, *words: str, **settings: str) -> Service:
            return processes.start(name, module, *words, **{**shared, **settings})

        yield started


async def test_a_worker_takes_up_what_was_left_and_another_what_it_leaves(
    start: Start,
    people: People,  # noqa: F811
    server: DevServer,
    ports: Ports,  # noqa: F811
) -> None:
    app = start("app", "bot", "run")
    await people.connected()
    await people.reel(f"{LINK} clips:2")
    card = await people.card("Making 2 clips")
    app.process.kill()
    app.process.wait()

    scaled = {
        "REEL_TEMPORAL": server.address,
        "REEL_TEMPORAL_HEARTBEAT": f"{HEARTBEAT_SECONDS}s",
        "REEL_LOG_LEVEL": "debug",
    }
    first = start("first", "tests.temporal.work", **scaled)
    await logged(first, "stage_changed")
    first.process.kill()
    first.process.wait()

    second = start("second", "tests.temporal.work", **scaled)
    links = await people.links()
    final = await people.card("2 clips are ready")
    assert final["ts"] == card["ts"]
    assert len(urls(links)) == 2
    assert sum("asked for" in said(message) for message in await people.messages()) == 1
    assert await ports.asks("/readyz") == (200, "ready\n")
    assert 'reel_jobs{state="completed"} 1.0' in (await ports.asks("/metrics"))[1]

    second.process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(second.process.wait, PATIENCE) == os.EX_OK
    log = second.log.read_text()
    assert "Traceback" not in log
    assert not [secret for secret in SECRETS.values() if secret in log]


async def logged(service: Service, event: str) -> None:
    """Wait for a line in its log."""
    async with asyncio.timeout(PATIENCE):
        while event not in service.log.read_text():  # noqa: ASYNC110  a file of another process
            await asyncio.sleep(0.02)


def test_a_file_is_not_shared_by_several_processes(tmp_path: Path) -> None:
    for command in ("work", "run", "serve"):
        ended = reel(
            command,
            folder=tmp_path,
            REEL_TEMPORAL="127.0.0.1:7233",
            SLACK_SIGNING_SECRET="of-the-tests",
            **SECRETS,
        )
        assert ended.returncode == os.EX_CONFIG
        assert "which cannot share an SQLite file" in ended.stderr


def test_a_worker_needs_temporal_and_nothing_to_hear_slack_by(tmp_path: Path) -> None:
    ended = reel("work", folder=tmp_path)
    assert ended.returncode == os.EX_CONFIG
    for name in ("SLACK_BOT_TOKEN", "REKA_API_KEY", "REEL_TEMPORAL"):
        assert f"{name} is missing" in ended.stderr
    assert "SLACK_APP_TOKEN" not in ended.stderr
    assert "SLACK_SIGNING_SECRET" not in ended.stderr


def settings(**changes: object) -> WorkerSettings:
    chosen = {"slack_bot_token": "xoxb-1", "reka_api_key": "key", **changes}
    return Alone.model_validate(chosen)


@pytest.mark.parametrize(
    "address",
    ["temporal", "https://temporal:7233", "temporal:port", ":1", "temporal:0", "temporal:65536"],
)
def test_an_address_is_a_host_and_a_port(address: str) -> None:
    with pytest.raises(ValueError, match="takes a host and a port"):
        settings(reel_temporal=address)


async def test_doctor_asks_the_server_for_the_namespace(server: DevServer) -> None:
    [found] = await examined(settings(reel_temporal=server.address))
    assert (found.level, found.mend) == (Level.OK, "")
    [found] = await examined(
        settings(reel_temporal=server.address, reel_temporal_namespace="nobodys")
    )
    assert found.level is Level.FAULT
    assert "does not answer for the namespace nobodys" in found.found


async def nobody(job_id: str) -> None:
    raise AssertionError(job_id)


def test_doctor_asks_a_worker_for_no_way_to_hear_slack() -> None:
    [found] = ears(None, settings(reel_temporal="127.0.0.1:9"))
    assert (found.level, found.mend) == (Level.OK, "")
    assert "reel work" in found.found


async def test_without_its_client_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "bot.temporal")
    monkeypatch.delattr("bot.temporal")
    monkeypatch.setitem(sys.modules, "temporalio.client", None)
    scaled = settings(reel_temporal="127.0.0.1:9")
    with pytest.raises(CannotStart, match=r"make \.venv/scale"):
        await _engine(scaled, cast(Follower, None))  # it is not asked for anything
    [found] = await examined(scaled)
    assert found.level is Level.FAULT
    assert "make .venv/scale" in found.mend


async def test_a_server_that_is_not_there_is_a_sentence() -> None:
    nowhere = settings(reel_temporal="127.0.0.1:9")
    with pytest.raises(CannotStart, match="Temporal cannot be reached"):
        await engine(nowhere, nobody)
    [found] = await examined(nowhere)
    assert found.level is Level.FAULT
    assert "cannot be reached at 127.0.0.1:9" in found.found
    assert "REEL_TEMPORAL" in found.mend


async def test_a_development_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").mkdir()
    server = DevServer(free_port(), tmp_path)
    with pytest.raises(NotStarted, match=r"(?s)has ended.*unable to open database file"):
        await server.start()
    assert server.pid is None


async def test_a_development_server_starts_though_its_port_was_taken_for_a_moment(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = DevServer(taken.getsockname()[1], tmp_path)
        starting = asyncio.create_task(server.start())
        async with asyncio.timeout(PATIENCE):
            while b"address already in use" not in _log(tmp_path):  # noqa: ASYNC110  another process
                await asyncio.sleep(0.02)
    try:
        await starting
        assert server.pid is not None
    finally:
        await server.kill()


def _log(folder: Path) -> bytes:
    log = folder / "temporal.log"
    return log.read_bytes() if log.exists() else b""
