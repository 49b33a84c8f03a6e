"""An app without Socket Mode: challenged, told over HTTP, signed, waited for, told again."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from local.demo.processes import Processes, address_of
from local.slack.platform import SIGNING_SECRET, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

Json = dict[str, Any]
Answer = Callable[[web.Request], web.Response]


@dataclass(slots=True)
class App:
    """Somebody's app behind a request URL. `answers` come in turn, the last one again and again."""

    answers: list[Answer] = field(default_factory=lambda: [lambda _: web.Response()])
    heard: list[tuple[web.Request, str]] = field(default_factory=list)
    checks: list[tuple[web.Request, str]] = field(default_factory=list)
    echoes: bool = True
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        if request.content_type == "application/json" and "challenge" in json.loads(body):
            echo = json.loads(body)["challenge"] if self.echoes else "something else"
            return web.json_response({"challenge": echo})
        if body.startswith("ssl_check="):
            self.checks.append((request, body))
            return web.Response(status=204)
        self.heard.append((request, body))
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(request)


@pytest.fixture
async def app() -> AsyncIterator[App]:
    said = App()
    application = web.Application()
    application.router.add_post("/slack/events", said.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    said.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield said
    await runner.cleanup()


@pytest.fixture
async def robin(app: App, tmp_path: Path) -> AsyncIterator[Visitor]:
    settings = Settings(
        tmp_path,
        rate_limit_factor=0,
        ack_timeout=0.4,
        event_retries=(0.01, 0.01, 0.01),
        deliver_to=app.url,
    )
    async with running(settings) as platform, Visitor(platform.address, "robin") as robin:
        yield robin


async def test_a_url_is_verified_before_anything_goes_there(app: App, robin: Visitor) -> None:
    app.echoes = False
    refused = await robin.until("request_url")
    assert (refused["verified"], refused["failure"]) == (False, "challenge_failed")
    assert not (await robin.act("command", channel="general", command="/reel"))["acked"]
    assert app.heard == app.checks == []
    app.echoes = True
    verified = await robin.until("request_url", lambda change: change["verified"])
    assert verified["url"] == app.url
    assert (await robin.state())["request_url"] == {"url": app.url, "verified": True}
    assert (await robin.act("command", channel="general", command="/reel"))["acked"]


async def test_its_certificate_is_checked_once_by_a_request_that_is_not_signed(
    app: App, robin: Visitor
) -> None:
    verified = await robin.until("request_url", lambda change: change["verified"])
    [(request, body)] = app.checks
    assert parse_qs(body)["ssl_check"] == ["1"]
    assert set(parse_qs(body)) == {"ssl_check", "token"}
    assert not [name for name in request.headers if name.lower().startswith("x-slack-")]
    assert verified["check"] == 204


async def test_everything_is_signed_as_slack_signs(app: App, robin: Visitor) -> None:
    await robin.act("command", channel="general", command="/reel", text="über 100 % + more")
    await robin.act("shortcut", callback_id="anywhere")
    await robin.act("home")
    verifier = SignatureVerifier(SIGNING_SECRET)
    assert len(app.heard) == 3
    for request, body in app.heard:
        assert verifier.is_valid_request(body, dict(request.headers))
        assert not verifier.is_valid_request(f"{body} ", dict(request.headers))


async def test_each_kind_has_its_own_encoding(app: App, robin: Visitor) -> None:
    await robin.act("command", channel="general", command="/reel", text="a & b = ü")
    await robin.act("shortcut", callback_id="anywhere")
    await robin.act("home")
    (command, form), (shortcut, interaction), (event, told) = app.heard
    assert command.content_type == shortcut.content_type == "application/x-www-form-urlencoded"
    assert (parse_qs(form)["text"], parse_qs(form)["command"]) == (["a &amp; b = ü"], ["/reel"])
    [payload] = parse_qs(interaction)["payload"]
    assert json.loads(payload)["type"] == "shortcut"
    assert event.content_type == "application/json"
    assert json.loads(told)["event"]["type"] == "app_home_opened"


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (lambda _: web.Response(), None),
        (lambda _: web.json_response({"text": "On it"}), "On it"),
        (lambda _: web.Response(text="On it, plainly"), "On it, plainly"),
    ],
    ids=["nothing", "JSON", "plain text"],
)
async def test_an_answer_is_the_ack_and_what_the_person_sees(
    answer: Answer, shown: str | None, app: App, robin: Visitor
) -> None:
    app.answers = [answer]
    delivery = await robin.act("command", channel="general", command="/reel")
    assert delivery["acked"]
    ack = await robin.until("ack")
    assert (ack["status"], ack["socket"]) == (200, None)
    seen = [message["text"] for message in await robin.messages() if message.get("ephemeral_for")]
    assert seen == ([shown] if shown else [])


def hangs_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize(
    ("answer", "status", "failure"),
    [
        (lambda _: web.Response(status=500), 500, "http_error"),
        (lambda _: web.Response(status=302), 302, "http_error"),
        (hangs_up, None, "connection_failed"),
    ],
    ids=["an error", "a redirect", "a broken connection"],
)
async def test_an_answer_that_is_no_success_is_no_ack(
    answer: Answer, status: int | None, failure: str, app: App, robin: Visitor
) -> None:
    app.answers = [answer]
    delivery = await robin.act("command", channel="general", command="/reel")
    assert not delivery["acked"]
    ack = await robin.until("ack")
    assert (ack["status"], ack["failure"]) == (status, failure)
    [said] = [m["text"] for m in await robin.messages() if m.get("ephemeral_for")]
    assert said == '/reel failed with the error "dispatch_failed"'


async def test_an_answer_that_comes_too_late_is_none(app: App, robin: Visitor) -> None:
    await robin.until("request_url", lambda change: change["verified"])
    await robin.act("lose_ack")
    delivery = await robin.act("command", channel="general", command="/reel")
    assert not delivery["acked"]
    assert (await robin.until("ack"))["failure"] == "http_timeout"
    [said] = [m["text"] for m in await robin.messages() if m.get("ephemeral_for")]
    assert said == '/reel failed with the error "operation_timeout"'


async def test_an_event_is_told_again_three_times_and_each_time_says_why(
    app: App, robin: Visitor
) -> None:
    await robin.until("request_url", lambda change: change["verified"])
    app.answers = [lambda _: web.Response(status=503)]
    await robin.act("home")
    async with asyncio.timeout(10):
        while len(app.heard) < 4:  # noqa: ASYNC110  the retries go on by themselves
            await asyncio.sleep(0.01)
    retries = [
        (each.headers.get("X-Slack-Retry-Num"), each.headers.get("X-Slack-Retry-Reason"))
        for each, _ in app.heard
    ]
    reason = "http_error"
    assert retries == [(None, None), ("1", reason), ("2", reason), ("3", reason)]
    assert len({json.loads(body)["event_id"] for _, body in app.heard}) == 1


async def test_an_event_that_is_acked_at_last_is_not_told_again(app: App, robin: Visitor) -> None:
    app.answers = [lambda _: web.Response(status=500), lambda _: web.Response()]
    await robin.act("home")
    await robin.until("ack", lambda change: change["acked"])
    assert len(app.heard) == 2


async def test_the_log_shows_no_signature_and_no_secret(app: App, robin: Visitor) -> None:
    await robin.act("command", channel="general", command="/reel")
    logged = json.dumps(await robin.changes())
    assert SIGNING_SECRET not in logged
    assert app.heard[0][0].headers["X-Slack-Signature"] not in logged


async def test_the_command_line_takes_the_url_and_the_secret(app: App, tmp_path: Path) -> None:
    url = ("--deliver-to", app.url, "--signing-secret", "another-secret")
    with Processes(tmp_path) as processes:
        workspace = processes.start("workspace", "local.slack", "--data", str(tmp_path), *url)
        address = await asyncio.to_thread(address_of, workspace)
        async with Visitor(address, "robin") as robin:
            assert (await robin.act("home"))["acked"]
        await asyncio.to_thread(processes.stop)
    [(request, body)] = app.heard
    assert SignatureVerifier("another-secret").is_valid_request(body, dict(request.headers))
