"""Messages out to Slack: what is sent again, what never is, and what each answer means."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import parse_qs

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import (
    Messages,
    NotSent,
    RateLimited,
    Refused,
    SignedOut,
    SlackError,
    Unavailable,
)
from bot.render.blocks import Message
from tests.app.wire import Play, Request, Wire, as_json, playing, raw, reset, said

TOKEN = "xoxb-that-must-not-show"
WELL = as_json(200, {"ok": True, "channel": "C1", "ts": "1.000100"})
HELLO = Message("Hello", [{"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}}])

Connect = Callable[[str], Messages]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:

        def connect(address: str) -> Messages:
            url = f"{address}/api/"
            return Messages(AsyncWebClient(TOKEN, base_url=url, session=session, retry_handlers=[]))

        yield connect


def no(error: str, status: int = 200) -> Play:
    return as_json(status, {"ok": False, "error": error})


def limited(seconds: str) -> Play:
    return as_json(429, {"ok": False, "error": "ratelimited"}, retry_after=seconds)


def fields(request: Request) -> dict[str, object]:
    if request.headers["content-type"].startswith("application/json"):
        return dict(request.json())
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


async def failure(call: Awaitable[object]) -> SlackError:
    with pytest.raises(SlackError) as raised:
        await call
    assert TOKEN not in str(raised.value)
    return raised.value


async def test_a_post_goes_to_its_thread_without_unfurling_and_gives_its_ts(
    connect: Connect,
) -> None:
    async with playing(WELL) as wire:
        assert await connect(wire.address).post("C1", HELLO, thread_ts="1.0") == "1.000100"
        [request] = wire.requests
    assert request.target == "/api/chat.postMessage"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    sent = fields(request)
    assert (sent["channel"], sent["text"], sent["thread_ts"]) == ("C1", "Hello", "1.0")
    assert str(sent["unfurl_links"]).lower() in {"false", "0"}
    assert sent["parse"] == "none"
    assert "link_names" not in sent


async def test_an_edit_names_its_message(connect: Connect) -> None:
    async with playing(WELL) as wire:
        await connect(wire.address).update("C1", "1.0", HELLO)
        [request] = wire.requests
    assert request.target == "/api/chat.update"
    assert fields(request)["ts"] == "1.0"


@pytest.mark.parametrize("seconds", ["1", "60", "soon"])
async def test_a_post_that_slack_put_off_is_sent_again(connect: Connect, seconds: str) -> None:
    async with playing(limited(seconds), limited(seconds), WELL) as wire:
        assert await connect(wire.address).post("C1", HELLO) == "1.000100"
        assert len(wire.requests) == 3


@pytest.mark.parametrize(
    ("play", "kind", "code"),
    [
        (limited("3600"), RateLimited, "ratelimited"),
        (no("internal_error"), Unavailable, "internal_error"),
        (no("fatal_error", 500), Unavailable, "fatal_error"),
        (said(503, b"<html>", content_type="text/html"), Unavailable, "503"),
        (raw(b""), Unavailable, "ServerDisconnectedError"),
        (reset, Unavailable, None),
        (raw(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"), Unavailable, None),
        (said(200, b"<html>", content_type="text/html"), Unavailable, None),
        (said(200, b"{half", content_type="application/json"), Unavailable, None),
        (no("channel_not_found"), Refused, "channel_not_found"),
        (no("invalid_blocks"), Refused, "invalid_blocks"),
        (no("invalid_auth", 401), SignedOut, "invalid_auth"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
@pytest.mark.parametrize("verb", ["post", "update"])
async def test_what_may_have_been_posted_is_never_posted_again(
    connect: Connect, play: Play, kind: type[SlackError], code: str | None, verb: str
) -> None:
    async with playing(play) as wire:
        error = await failure(_said_with(verb, connect(wire.address)))
        assert len(wire.requests) == 1
    assert type(error) is kind
    assert code in {None, error.code}


def _said_with(verb: str, messages: Messages) -> Awaitable[object]:
    return messages.post("C1", HELLO) if verb == "post" else messages.update("C1", "1.0", HELLO)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("0", 1), ("soon", 30), ("inf", 30), ("nan", 30), ("-3", 1)]
)
async def test_an_edit_that_slack_put_off_says_for_how_long(
    connect: Connect, header: str, seconds: float
) -> None:
    async with playing(limited(header)) as wire:
        error = await failure(connect(wire.address).update("C1", "1.0", HELLO))
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


async def test_a_post_without_a_connection_is_tried_again_and_then_surely_not_sent(
    connect: Connect,
) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        error = await failure(
            connect(f"http://127.0.0.1:{bound.getsockname()[1]}").post("C1", HELLO)
        )
    assert type(error) is NotSent


async def test_an_answer_to_the_person_alone_goes_to_the_response_url(connect: Connect) -> None:
    async with playing(said(200, b"ok")) as wire:
        await connect(wire.address).respond(f"{wire.address}/commands/1", HELLO)
        [request] = wire.requests
    assert request.target == "/commands/1"
    assert "authorization" not in request.headers
    assert request.json()["response_type"] == "ephemeral"
    assert request.json()["text"] == "Hello"


@pytest.mark.parametrize(
    ("play", "kind"), [(said(404, b"expired_url"), Refused), (raw(b""), Unavailable)]
)
async def test_an_answer_that_cannot_be_given_is_ours_to_handle(
    connect: Connect, play: Play, kind: type[SlackError]
) -> None:
    async with playing(play) as wire:
        error = await failure(connect(wire.address).respond(f"{wire.address}/1", HELLO))
        assert _count(wire) == 1
    assert type(error) is kind
    assert wire.address not in str(error)


def _count(wire: Wire) -> int:
    return len(wire.requests)
