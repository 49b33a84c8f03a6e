"""Who is heard: Slack, within five minutes, once; everybody else is answered and reaches nothing."""

import asyncio
import json

import pytest

from bot import front
from tests.http.slack import FORM, JSON, Headers, Ports, command, signed
from tests.scenarios.people import People
from tests.scenarios.stage import Start
from tests.scenarios.wire import Wire
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
BODY = command(LINK)


def without(name: str) -> Headers:
    headers = signed(BODY, FORM)
    del headers[name]
    return headers


async def test_the_challenge_is_answered(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    body = json.dumps({"type": "url_verification", "token": "t", "challenge": "3eZbrw1aBm2rZ"})
    async with stage(wire.address):
        status, text = await ports.post(body, signed(body, JSON))
        unsigned = await ports.post(body, signed(body, JSON, secret="another"))
    assert (status, json.loads(text)) == (200, {"challenge": "3eZbrw1aBm2rZ"})
    assert unsigned[0] == 401
    assert "3eZbrw1aBm2rZ" not in unsigned[1]


@pytest.mark.parametrize(
    "headers",
    [
        signed(BODY, FORM, secret="another"),
        signed(BODY + "&text=more", FORM),
        signed(BODY, FORM, age=310),
        signed(BODY, FORM, age=-900),
        without("X-Slack-Signature"),
        without("X-Slack-Request-Timestamp"),
        {**signed(BODY, FORM), "X-Slack-Request-Timestamp": "yesterday"},
        {**signed(BODY, FORM), "X-Slack-Request-Timestamp": "9" * 400},
        {**signed(BODY, FORM), "X-Slack-Signature": "v0=é"},
        {"Content-Type": FORM},
    ],
    ids=[
        "another secret",
        "another body",
        "too old",
        "from the future",
        "no signature",
        "no time stamp",
        "a time stamp that is no number",
        "a time stamp of hundreds of digits",
        "a signature that is not ASCII",
        "neither",
    ],
)
async def test_what_slack_has_not_signed_reaches_nothing(
    headers: Headers, stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    async with stage(wire.address) as app:
        before = await people.changes("api_call")
        status, text = await ports.post(BODY, headers)
        assert status == 401
        assert "not signed by Slack" in text
        assert await app.jobs() == []
        assert await people.changes("api_call") == before
    assert wire.posts == []


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"{not json"],
    ids=["no UTF-8", "no JSON"],
)
async def test_a_body_is_not_read_before_its_signature(
    body: bytes, stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    async with stage(wire.address):
        headers = signed("something else", FORM)
        assert (await ports.post(body, headers))[0] == 401


async def test_a_check_of_the_certificate_is_answered_unsigned_and_reaches_nothing(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    async with stage(wire.address):
        await people.connected()
        posted = await ports.post("token=t&ssl_check=1", {"Content-Type": FORM})
        [read] = await asyncio.gather(
            Ports(ports.slack, ports.slack).asks("/slack/events?ssl_check=1&token=t")
        )
    assert (await people.changes("request_url"))[-1]["check"] == 200
    assert posted == read == (200, "")


@pytest.mark.parametrize(
    "body",
    [
        f"{BODY}&ssl_check=1",
        "ssl_check=1&payload=%7B%22type%22%3A%22block_actions%22%7D",
        "ssl_check=1&command=",
        "ssl_check=0&token=t",
        "ssl_check=1&ssl_check=0",
        "ssl_check",
        '{"ssl_check": "1"}',
    ],
)
async def test_what_only_claims_to_be_a_check_of_the_certificate_has_to_be_signed(
    body: str, stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    async with stage(wire.address) as app:
        unsigned = await ports.post(body, {"Content-Type": FORM})
        assert await app.jobs() == []
    assert unsigned[0] == 401


async def test_a_request_that_somebody_sends_again_is_the_same_request(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    headers = signed(BODY, FORM)
    async with stage(wire.address) as app:
        answers = await asyncio.gather(*(ports.post(BODY, headers) for _ in range(3)))
        await people.card("Making 3 clips: queued")
        answers.append(await ports.post(BODY, headers))
        assert len(await app.jobs()) == 1
    assert {status for status, _ in answers} == {200}
    assert len(wire.posts) == 1


async def test_other_paths_and_methods_are_refused(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    headers = signed(BODY, FORM)
    async with stage(wire.address):
        elsewhere = await ports.post(BODY, headers, f"http://127.0.0.1:{ports.slack}/slack/other")
        [read] = await asyncio.gather(Ports(ports.slack, ports.slack).asks("/slack/events"))
    assert elsewhere == (404, "Slack's requests go to /slack/events.\n")
    assert read[0] == 405


async def test_a_body_that_is_longer_than_slacks_is_refused(
    stage: Start, people: People, wire: Wire, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "LONGEST_BODY", len(BODY))
    async with stage(wire.address):
        longer = BODY + "&"
        assert (await ports.post(longer, signed(longer, FORM)))[0] == 413
        assert (await ports.post("a=1", signed("a=1", FORM)))[0] != 413


async def test_a_body_that_does_not_come_is_not_waited_for(
    stage: Start, people: People, wire: Wire, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "BODY_SECONDS", 0.05)
    async with stage(wire.address):
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.slack)
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_a_request_that_breaks_off_reaches_nothing(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    async with stage(wire.address) as app:
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.slack)
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        writer.write_eof()
        assert not (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()
        assert (await ports.asks("/readyz"))[0] == 200
        assert await app.jobs() == []


@pytest.mark.parametrize(
    "claim",
    [{}, {"X-Slack-Signature": "v0=a", "X-Slack-Request-Timestamp": "12"}],
    ids=["unsigned", "too old"],
)
async def test_of_what_does_not_even_claim_to_be_slacks_no_long_body_is_read(
    claim: Headers, stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    headers = "".join(f"{name}: {value}\r\n" for name, value in claim.items())
    head = f"POST /slack/events HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: 900000\r\n\r\n"
    async with stage(wire.address):
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.slack)
        writer.write(head.encode() + b"a" * 10_000)
        assert (await reader.readline()).startswith(b"HTTP/1.1 401 ")
        writer.close()
