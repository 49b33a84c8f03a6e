"""The Clip API client against bytes on a socket: what it sends, what it reads, and that a POST goes out once."""

import asyncio
import json
from urllib.parse import urljoin

import httpx
import pytest
from aiohttp import web

from bot.reka.client import RekaClient, Submission
from bot.reka.errors import Broken, Garbled, RekaError
from bot.reka.models import Generation
from tests.app.wire import Play, as_json, event, playing, raw, reset, said, silence, streamed

KEY = "key-that-must-not-show"
ID = "0b6f2c1e-6f0d-4a57-9a0b-3f5a3f1f7c11"
BODY = {"video_urls": ["https://youtu.be/a"], "prompt": "goals"}
CLIP = {"title": "🎬 Café", "video_url": "https://cdn.test/1.mp4", "caption": "c", "ai_score": 85}


async def submitted(address: str, dialect: str = "clips") -> list[Generation]:
    async with RekaClient(address, KEY, dialect) as reka, reka.submit(BODY) as submission:
        return [generation async for generation in submission.generations]


def statuses(generations: list[Generation]) -> list[str]:
    return [generation.status for generation in generations]


FIRST = event(id=ID, status="queued")


@pytest.mark.parametrize(
    ("dialect", "path"), [("reels", "/v1/creator/reels"), ("clips", "/v1/clips")]
)
async def test_a_submission_is_one_post_in_the_chosen_dialect(dialect: str, path: str) -> None:
    async with playing(streamed(event(id=ID, status="completed"))) as wire:
        assert statuses(await submitted(wire.address + "/", dialect)) == ["completed"]
    [request] = wire.requests
    assert (request.method, request.target) == ("POST", path)
    assert request.json() == {**BODY, "stream": True}
    assert request.headers["x-api-key"] == KEY
    assert request.headers["accept"] == "text/event-stream"
    assert request.headers["content-type"] == "application/json"
    assert [name for name, value in request.headers.items() if KEY in value] == ["x-api-key"]


async def test_events_arrive_while_the_job_goes_on() -> None:
    shown = asyncio.Event()

    async def jobs(request: web.Request) -> web.StreamResponse:
        assert (await request.json())["stream"] is True
        response = web.StreamResponse(headers={"content-type": "text/event-stream; charset=utf-8"})
        response.headers["X-Request-ID"] = "req-1"
        await response.prepare(request)
        await response.write(event(id=ID, status="queued"))
        await asyncio.wait_for(shown.wait(), 5)
        await response.write(event(id=ID, status="completed", output=[CLIP]))
        return response

    app = web.Application()
    app.router.add_post("/v1/creator/reels", jobs)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    async with RekaClient(f"http://{host}:{port}", KEY) as reka, reka.submit(BODY) as submission:
        assert submission.receipt.request_id == "req-1"
        assert submission.receipt.rate_limit is None
        assert (await anext(submission.generations)).status == "queued"
        shown.set()
        assert (await anext(submission.generations)).output[0].title == "🎬 Café"
        assert await anext(submission.generations, None) is None
    await runner.cleanup()


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_a_json_answer_is_an_acceptance_with_one_event(status: int) -> None:
    headers = {
        "x_request_id": "req-2",
        "x_ratelimit_requests_limit": "10",
        "x_ratelimit_requests_remaining": "9",
        "x_ratelimit_requests_reset": "86400",
        "retry_after": "0",
    }
    async with (
        playing(as_json(status, {"id": ID, "status": "queued"}, **headers)) as wire,
        RekaClient(wire.address, KEY) as reka,
        reka.submit(BODY) as submission,
    ):
        assert statuses([one async for one in submission.generations]) == ["queued"]
        assert submission.receipt.request_id == "req-2"
        limit = submission.receipt.rate_limit
        assert limit is not None
        assert (limit.limit, limit.remaining, limit.reset) == (10, 9, 86400)
        assert len(wire.requests) == 1


@pytest.mark.parametrize("header", ["", "many", "1.5"])
async def test_rate_limit_headers_that_are_no_numbers_are_as_good_as_none(header: str) -> None:
    odd = {"x_ratelimit_requests_limit": header, "x_ratelimit_requests_remaining": "3"}
    async with (
        playing(as_json(202, {"id": ID, "status": "queued"}, **odd)) as wire,
        RekaClient(wire.address, KEY) as reka,
        reka.submit(BODY) as submission,
    ):
        assert submission.receipt.rate_limit is None


async def test_each_submission_has_a_connection_of_its_own_and_reads_share_one() -> None:
    ports: list[tuple[str, int]] = []

    async def jobs(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.append((request.method, request.transport.get_extra_info("peername")[1]))
        return web.json_response({"id": ID, "status": "queued"}, status=202)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", jobs)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    async with RekaClient(f"http://{host}:{port}", KEY) as reka:
        for _ in range(3):
            await reka.get(ID)
            async with reka.submit(BODY, stream=False):
                pass
    await runner.cleanup()
    assert len({port for method, port in ports if method == "GET"}) == 1
    assert len(set(ports)) == 4


async def test_a_submission_without_a_stream_says_so() -> None:
    async with (
        playing(as_json(202, {"id": ID, "status": "queued"})) as wire,
        RekaClient(wire.address, KEY) as reka,
        reka.submit(BODY, stream=False),
    ):
        [request] = wire.requests
        assert request.json() == {**BODY, "stream": False}
        assert request.headers["accept"] != "text/event-stream"


async def test_an_error_in_the_callers_block_is_the_callers() -> None:
    async with playing(streamed(FIRST, end=silence)) as wire, RekaClient(wire.address, KEY) as reka:
        with pytest.raises(KeyError):
            await _raising(reka)


async def _raising(reka: RekaClient) -> Submission:
    async with reka.submit(BODY) as submission:
        raise KeyError(submission.receipt.request_id)


async def test_get_list_and_delete_use_the_newer_dialects_paths() -> None:
    async with (
        playing(
            as_json(200, {"id": ID, "status": "processing", "video_urls": None, "prompt": None}),
            as_json(200, {"items": [{"id": ID, "status": "queued", "video_urls": ["u"]}]}),
            as_json(200, {}),
            said(204),
            as_json(200, {"items": None}),
        ) as wire,
        RekaClient(wire.address, KEY, "clips") as reka,
    ):
        assert (await reka.get("a/b?c")).status == "processing"
        assert [item.id for item in await reka.list(offset=20, limit=5)] == [ID]
        assert await reka.list() == ()
        await reka.delete(ID)
        assert await reka.list() == ()
    assert [(request.method, request.target) for request in wire.requests] == [
        ("GET", "/v1/clips/a%2Fb%3Fc"),
        ("GET", "/v1/clips?offset=20&limit=5"),
        ("GET", "/v1/clips?offset=0&limit=20"),
        ("DELETE", f"/v1/clips/{ID}"),
        ("GET", "/v1/clips?offset=0&limit=20"),
    ]


@pytest.mark.parametrize("content", [b"<html>", b"{}", b'{"items":[3]}', b"[]", b""])
async def test_an_answer_that_is_no_job_and_no_list_is_garbled(content: bytes) -> None:
    async with playing(said(200, content)) as wire, RekaClient(wire.address, KEY) as reka:
        with pytest.raises(Garbled):
            await reka.get(ID)
        if content != b"{}":
            with pytest.raises(Garbled):
                await reka.list()


@pytest.mark.parametrize(
    "failure",
    [raw(b""), reset, said(500), said(502, b"<html>"), said(429), said(429, retry_after="0")],
    ids=["closed", "reset", "500", "502", "429", "429 retry-after 0"],
)
async def test_a_read_is_tried_again_and_succeeds(failure: Play) -> None:
    well = as_json(200, {"id": ID, "status": "queued"})
    async with (
        playing(failure, failure, failure, well) as wire,
        RekaClient(wire.address, KEY) as reka,
    ):
        assert (await reka.get(ID)).status == "queued"
        assert len(wire.requests) == 4


@pytest.mark.parametrize(
    ("failure", "times"),
    [(said(500), 4), (said(429, retry_after="3600"), 1), (said(404), 1), (said(401), 1)],
)
async def test_a_read_gives_up_after_a_few_tries_or_at_once(failure: Play, times: int) -> None:
    async with playing(failure) as wire, RekaClient(wire.address, KEY) as reka:
        with pytest.raises(RekaError):
            await reka.get(ID)
        assert len(wire.requests) == times


async def test_a_proxy_in_the_environment_does_not_break_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:1")
    async with playing(streamed(FIRST)) as wire:
        assert statuses(await submitted(wire.address)) == ["queued"]


async def test_a_proxy_in_the_environment_is_used_for_the_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with playing(as_json(202, {"id": ID, "status": "queued"})) as wire:
        monkeypatch.setenv("http_proxy", wire.address)
        assert statuses(await submitted("http://reka.invalid")) == ["queued"]
        [request] = wire.requests
        assert request.target == "http://reka.invalid/v1/clips"
        assert json.loads(request.body)["prompt"] == "goals"


HOST = "https://cdn.test/1.mp4"
PRIVATE = (
    *("http://elsewhere.test/1.mp4", "https://localhost/1.mp4", "https://localhost./1.mp4"),
    *("https://127.0.0.1/1.mp4", "https://127.0.0.1./1.mp4", "https://127.1/1.mp4"),
    *("https://2130706433/1.mp4", "https://0x7f.1/1.mp4", "https://10.0.0.1/1.mp4"),
    *("https://192.168.1.1/1.mp4", "https://172.16.0.1/1.mp4", "https://100.64.0.1/1.mp4"),
    *("https://169.254.169.254/latest/meta-data", "https://0.0.0.0/1.mp4"),
    *(
        "https://[::1]/1.mp4",
        "https://[ff02::1]/1.mp4",
        "https://[fe80::1]/1.mp4",
        "https://[fc00::1]/1.mp4",
    ),
    *("https://[::ffff:10.0.0.1]/1.mp4", "https://intranet/1.mp4", "https://224.0.0.1/1.mp4"),
    *("https://printer.local/1.mp4", "https://metadata.google.internal/computeMetadata"),
    *("https://app.localhost/1.mp4", "ftp://elsewhere.test/1.mp4", "https://xn--/1.mp4"),
)


async def downloaded(*moves: str) -> tuple[bytes, list[str]]:
    """Download from a host that sends us from one address to the next; the octets, and all addresses that were asked."""
    asked: list[str] = []

    def hosts(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if len(asked) <= len(moves):
            return httpx.Response(302, headers={"location": moves[len(asked) - 1]})
        return httpx.Response(200, content=b"octets")

    network = httpx.MockTransport(hosts)
    async with RekaClient("https://reka.test", KEY, transport=network) as reka:
        try:
            async with reka.download(HOST) as download:
                return b"".join([chunk async for chunk in download.chunks]), asked
        except Broken:
            return b"", asked


@pytest.mark.parametrize("private", PRIVATE)
async def test_a_clips_host_cannot_send_us_into_a_private_place(private: str) -> None:
    assert await downloaded(private) == (b"", [HOST])
    elsewhere = "https://elsewhere.test/1.mp4"
    assert await downloaded(elsewhere, private) == (b"", [HOST, elsewhere])


@pytest.mark.parametrize(
    "public",
    ["https://elsewhere.test/1.mp4", "https://1.1.1.1/1.mp4", "https://cdn.test/2.mp4", "/2.mp4"],
)
async def test_a_clips_host_may_send_us_elsewhere_in_the_outside_world(public: str) -> None:
    assert await downloaded(public) == (b"octets", [HOST, urljoin(HOST, public)])


async def test_a_clips_host_that_sends_us_round_and_round_is_left() -> None:
    octets, asked = await downloaded(*[HOST] * 100)
    assert (octets, len(asked)) == (b"", 6)


@pytest.mark.parametrize(
    "odd",
    [
        *("https://cdn.test:port/1.mp4", "https://xn--/1.mp4", "https://\u2603.test/1.mp4"),
        *("https://999.1.1.1/1.mp4", "https://[v1.a]/1.mp4", "https://cdn.test/\x00", "soon"),
    ],
)
async def test_a_clip_at_an_address_that_is_none_is_broken(odd: str) -> None:
    async with RekaClient("https://reka.test", KEY) as reka:
        with pytest.raises(Broken):
            async with reka.download(odd):
                raise AssertionError("it was downloaded")
