"""What each failure of the Clip API means: its class, and whether the request can have landed."""

import asyncio
import socket
import traceback

import pytest

from bot.reka import client as module
from bot.reka import errors
from bot.reka.client import RekaClient
from tests.app.wire import Play, as_json, playing, raw, reset, said, silence

KEY = "key-that-must-not-show"
BODY: dict[str, object] = {"video_urls": ["https://youtu.be/a"]}
HTML = b"<html><body><h1>Bad Gateway</h1></body></html>"


async def failure_of(address: str, dialect: str = "reels") -> errors.RekaError:
    async with RekaClient(address, KEY, dialect) as reka:
        assert KEY not in repr(reka)
        with pytest.raises(errors.RekaError) as raised:
            async with reka.submit(BODY):
                pytest.fail("nothing was accepted")
    assert KEY not in "".join(traceback.format_exception(raised.value))
    return raised.value


async def failure_after(play: Play) -> errors.RekaError:
    async with playing(play) as wire:
        error = await failure_of(wire.address)
        assert len(wire.requests) == 1
        return error


@pytest.mark.parametrize(
    ("status", "kind", "not_landed"),
    [
        (301, errors.Refused, True),
        (302, errors.Refused, True),
        (303, errors.ServerFault, False),
        (307, errors.Refused, True),
        (308, errors.Refused, True),
        (400, errors.Refused, True),
        (401, errors.KeyRefused, True),
        (402, errors.Refused, True),
        (403, errors.KeyRefused, True),
        (404, errors.NotFound, True),
        (405, errors.Refused, True),
        (408, errors.ServerFault, False),
        (409, errors.Refused, True),
        (413, errors.Refused, True),
        (422, errors.Refused, True),
        (429, errors.RateLimited, True),
        (500, errors.ServerFault, False),
        (502, errors.ServerFault, False),
        (503, errors.ServerFault, False),
        (504, errors.ServerFault, False),
        (599, errors.ServerFault, False),
    ],
)
async def test_the_status_alone_decides(
    status: int, kind: type[errors.StatusError], not_landed: bool
) -> None:
    bodies = (HTML, b"", b"{}", b'{"error":{"type":"server_error","message":"no"}}')
    async with (
        playing(*(said(status, body, location="http://127.0.0.1:1/") for body in bodies)) as wire,
        RekaClient(wire.address, KEY) as reka,
    ):
        for _ in bodies:
            with pytest.raises(errors.StatusError) as raised:
                async with reka.submit(BODY):
                    pytest.fail("nothing was accepted")
            assert type(raised.value) is kind
            assert raised.value.not_landed is not_landed
            assert raised.value.fault.status == status
        assert len(wire.requests) == len(bodies)


@pytest.mark.parametrize(
    ("envelope", "kind", "message"),
    [
        ({"error": {"type": "validation_error", "message": "bad"}}, "validation_error", "bad"),
        ({"error": {"code": "rate_limit_exceeded", "message": "x"}}, "rate_limit_exceeded", "x"),
        ({"error": {"type": None, "code": "c", "message": None, "details": []}}, "c", ""),
        ({"error": {"type": 7, "message": {"a": 1}}}, None, ""),
        ({"error": "just words"}, None, "just words"),
        ({"error": None}, None, ""),
        ({"detail": "FastAPI's own"}, None, ""),
        (["error"], None, ""),
        ("error", None, ""),
        (None, None, ""),
    ],
)
async def test_type_or_code_and_the_message_are_kept(
    envelope: object, kind: str | None, message: str
) -> None:
    error = await failure_after(as_json(400, envelope, x_request_id="req-1"))
    assert isinstance(error, errors.Refused)
    assert error.fault == errors.Fault(400, message, kind, "req-1", None)
    assert str(error) == f"400 {kind}" if kind else str(error) == "400"


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"error": ' * 50_000, b"\xff\xfe", b"9" * 9000])
async def test_an_error_body_of_any_kind_is_still_a_status_error(body: bytes) -> None:
    error = await failure_after(said(500, body))
    assert isinstance(error, errors.ServerFault)
    assert error.fault.message == ""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("3600", 3600.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("soon", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("inf", None),
        ("nan", None),
        ("1e999", None),
    ],
)
async def test_retry_after_is_seconds_or_nothing(header: str | None, seconds: float | None) -> None:
    error = await failure_after(said(429, **({"retry_after": header} if header else {})))
    assert isinstance(error, errors.RateLimited)
    assert error.fault.retry_after == seconds


@pytest.mark.parametrize(
    "play",
    [
        said(200, HTML, content_type="text/html"),
        said(202, b'{"id":', content_type="application/json"),
        as_json(202, {"status": "queued"}),
        as_json(200, []),
        said(204),
        said(200, b"", content_type="application/json"),
    ],
    ids=["html", "half json", "no id", "a list", "204", "empty"],
)
async def test_an_acceptance_that_cannot_be_read_may_have_landed(play: Play) -> None:
    error = await failure_after(play)
    assert type(error) is errors.Garbled
    assert not error.not_landed


@pytest.mark.parametrize(
    "play",
    [
        raw(b""),
        reset,
        raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        raw(b"HTTP/1.1 202 Accepted\r\ncontent-length: 50\r\n\r\n{"),
        raw(b"HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
        said(200, b"not gzip", content_encoding="gzip"),
        raw(b"HTTP/1.1 500 No\r\ncontent-length: 50\r\n\r\n{"),
    ],
    ids=["closed", "reset", "no http", "cut body", "broken chunk", "broken gzip", "cut error"],
)
async def test_a_connection_that_breaks_under_the_post_may_have_landed(play: Play) -> None:
    error = await failure_after(play)
    assert type(error) is errors.Broken
    assert not error.not_landed


async def test_silence_after_the_post_may_have_landed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SUBMIT_SECONDS", 0.2)
    error = await failure_after(silence)
    assert type(error) is errors.Broken
    assert str(error) == "ReadTimeout"


async def test_a_refused_connection_has_surely_not_landed() -> None:
    with socket.socket() as bound:  # bound, never listening: nobody else gets the port meanwhile
        bound.bind(("127.0.0.1", 0))
        error = await failure_of(f"http://127.0.0.1:{bound.getsockname()[1]}")
    assert type(error) is errors.NotLanded
    assert error.not_landed


async def test_an_unknown_host_has_surely_not_landed() -> None:
    assert type(await failure_of("http://reka.invalid")) is errors.NotLanded


async def test_a_connection_that_is_never_made_has_surely_not_landed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.2)
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)  # nobody accepts, and the queue is full after the first
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        error = await failure_of(f"http://127.0.0.1:{listening.getsockname()[1]}")
    assert type(error) is errors.NotLanded
    assert str(error) == "ConnectTimeout"


async def test_a_server_without_tls_has_surely_not_seen_an_https_post() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        error = await failure_of(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert type(error) is errors.NotLanded


async def test_a_proxy_that_opens_no_tunnel_has_surely_passed_nothing_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with playing(said(502, HTML)) as wire:
        monkeypatch.setenv("https_proxy", wire.address)
        error = await failure_of("https://reka.invalid")
        assert [request.method for request in wire.requests] == ["CONNECT"]
        assert all(KEY not in str(request) for request in wire.requests)
    assert type(error) is errors.NotLanded


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_and_takes_the_key_nowhere(status: int) -> None:
    async with (
        playing(as_json(202, {"id": "a", "status": "queued"})) as elsewhere,
        playing(said(status, location=f"{elsewhere.address}/v1/clips")) as wire,
        RekaClient(wire.address, KEY) as reka,
    ):
        with pytest.raises(errors.StatusError):
            async with reka.submit(BODY):
                pytest.fail("nothing was accepted")
        with pytest.raises(errors.StatusError):
            await reka.get("a")
        assert elsewhere.connections == 0


async def test_every_error_of_the_clip_api_is_a_reka_error() -> None:
    async with playing(raw(b"")) as wire, RekaClient(wire.address, KEY) as reka:
        for call in (reka.get("a"), reka.list(), reka.delete("a")):
            with pytest.raises(errors.RekaError):
                await call
