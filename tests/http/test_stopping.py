"""`reel serve` as a process: what it says when it cannot start, and how it ends."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from local.demo.processes import Processes, Service
from tests.http.slack import FORM, SECRET, Ports, command, signed
from tests.scenarios.people import PATIENCE, People
from tests.scenarios.test_processes import reel
from tests.scenarios.wire import Wire
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-local",
    "SLACK_SIGNING_SECRET": SECRET,
    "REKA_API_KEY": "reka-secret-key",
}
Serve = Callable[..., Service]


@pytest.fixture
async def serve(people: People, wire: Wire, ports: Ports, tmp_path: Path) -> AsyncIterator[Serve]:
    """Start `reel serve` as a process of its own."""
    async with AsyncExitStack() as stack:
        processes = stack.enter_context(Processes(tmp_path))
        # In a thread: the workspace that the app takes leave of lives in this one.
        stack.push_async_callback(asyncio.to_thread, processes.stop)

        def started(**settings: str) -> Service:
            chosen = {
                **SECRETS,
                "SLACK_API_URL": f"{people.address}/api/",
                "REKA_BASE_URL": wire.address,
                "REEL_DATABASE": str(tmp_path / "reel.db"),
                "REEL_HTTP_PORT": str(ports.slack),
                "REEL_HEALTH_PORT": str(ports.health),
                "REEL_LOG_LEVEL": "debug",
            }
            return processes.start("app", "bot", "serve", **{**chosen, **settings})

        yield started


async def ended(app: Service) -> int:
    return await asyncio.to_thread(app.process.wait, PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_request_in_flight_is_answered_before_the_app_ends(
    number: signal.Signals, serve: Serve, people: People, wire: Wire, ports: Ports
) -> None:
    app = serve()
    await people.connected()
    await people.act("fault", method="views.open", delay=1.0)
    opening = asyncio.create_task(people.makes_a_reel())
    await people.fault_met()
    app.process.send_signal(number)
    assert (await opening)["type"] == "modal"
    assert await ended(app) == 0
    [*_, ack] = await people.changes("ack")
    assert (ack["acked"], ack["status"]) == (True, 200)
    log = app.log.read_text()
    assert log.index("stopping") < log.index("stopped")
    assert "Traceback" not in log


async def test_a_job_goes_on_when_the_app_is_started_again(
    serve: Serve, people: People, wire: Wire, ports: Ports
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    app = serve()
    await people.reel(LINK)
    card = await people.card("Making 3 clips: queued")
    app.process.terminate()
    assert await ended(app) == 0

    serve()
    body = command(LINK, trigger_id="another")
    async with asyncio.timeout(PATIENCE):
        while not await _is_ready(ports):
            pass
    status, text = await ports.post(body, signed(body, FORM))
    assert status == 200
    assert card["ts"].replace(".", "") in text  # asked already: the same card
    assert len(wire.posts) == 1


async def _is_ready(ports: Ports) -> bool:
    try:
        return (await ports.asks("/readyz"))[0] == 200
    except OSError:  # nobody listens yet
        return False


async def test_a_revoked_token_ends_the_app_with_a_sentence(
    serve: Serve, people: People, ports: Ports
) -> None:
    app = serve()
    await people.connected()
    await people.act("fault", method="chat.postMessage", error="token_revoked", times=9)
    await people.reel(LINK)
    assert await ended(app) == 1
    assert "Reel has stopped.\n" in app.log.read_text()
    assert "token_revoked" in app.log.read_text()


async def test_the_log_tells_who_was_refused_and_no_secret(
    serve: Serve, people: People, ports: Ports
) -> None:
    app = serve()
    await people.connected()
    body = command("https://example.com/private.mp4 a very private wish")
    assert (await ports.post(body, signed(body, FORM, secret="another")))[0] == 401
    app.process.terminate()
    await ended(app)
    log = app.log.read_text()
    assert "signature_refused" in log
    for secret in (*SECRETS.values(), "private"):
        assert secret not in log


def test_what_http_mode_needs_is_named_all_at_once(tmp_path: Path) -> None:
    result = reel("serve", folder=tmp_path, REEL_HTTP_PORT="high")
    assert result.returncode == 78
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "REKA_API_KEY", "REEL_HTTP_PORT"):
        assert name in result.stderr
    assert "SLACK_APP_TOKEN" not in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("which", ["slack", "health"])
async def test_a_port_that_is_taken_is_a_sentence(
    which: str, serve: Serve, people: People, ports: Ports
) -> None:
    with socket.create_server(("127.0.0.1", getattr(ports, which))):
        app = serve()
        assert await ended(app) == 69
    log = app.log.read_text()
    assert f"The app cannot listen on 127.0.0.1:{getattr(ports, which)}" in log
    assert "Traceback" not in log
