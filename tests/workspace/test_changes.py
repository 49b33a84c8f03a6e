"""The log of everything: what it tells of calls, acks and faults, what it hides, how much it keeps."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from local.slack.changes import ChangeLog
from local.slack.excerpt import BEGINNING, HIDDEN, WHOLE, excerpt
from local.slack.platform import APP_TOKEN, BOT_TOKEN, Platform, Settings
from local.slack.server import running
from local.slack.visitor import Visitor
from tests.workspace.test_bolt_app import Connect

Json = dict[str, Any]
GENERAL, ROBIN = "C0GENERAL01", "U0ROBIN0001"


async def raw(platform: Platform) -> str:
    """`/changes` as it crosses the wire."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{platform.address}/changes") as response,
    ):
        return await response.text()


async def test_a_call_is_logged_with_its_body_answer_duration_and_budget(tmp_path: Path) -> None:
    async with running(Settings(tmp_path)) as platform, Visitor(platform.address) as robin:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        for text in ("one", "two"):
            posted = await client.chat_postMessage(channel=GENERAL, text=text)
        *_, call = [each for each in await robin.changes() if each["type"] == "api_call"]
    assert (call["method"], call["status"]) == ("chat.postMessage", 200)
    assert call["args"] == {"channel": GENERAL, "text": "two"}
    assert call["answer"]["ts"] == posted["ts"]
    assert call["duration_ms"] >= 0
    assert call["budget"] == {"tier": "POSTING", "limit": 300, "used": 2, "left": 298}
    assert call["fault"] is None


async def test_a_call_too_many_is_logged_with_an_empty_budget(tmp_path: Path) -> None:
    settings = Settings(tmp_path, rate_limit_factor=0.05)
    async with (
        running(settings, clock=lambda: 1000.0) as platform,
        Visitor(platform.address) as robin,
    ):
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        await client.users_list()
        with pytest.raises(SlackApiError):
            await client.users_list()
        call = await robin.until("api_call", lambda change: change["status"] == 429)
    assert call["retry_after"] == "60"
    assert call["budget"] == {"tier": "T2", "limit": 1, "used": 1, "left": 0}


async def test_without_limits_there_is_no_budget(client: AsyncWebClient, robin: Visitor) -> None:
    await client.auth_test()
    assert (await robin.until("api_call"))["budget"] is None


@pytest.mark.parametrize("token", [BOT_TOKEN, "xoxb-of-another-workspace"])
@pytest.mark.parametrize("place", ["header", "params", "json", "data"])
async def test_no_token_is_logged_wherever_it_comes(
    platform: Platform, token: str, place: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"} if place == "header" else {}
    carried = {"token": token, "client_secret": "c1ient", "refresh_token": "xoxe-1"}
    sent: Any = {} if place == "header" else {place: carried}
    async with aiohttp.ClientSession(headers=headers) as http:
        for method in ("auth.test", "oauth.v2.access"):
            async with http.post(f"{platform.address}/api/{method}", **sent) as response:
                assert response.status == 200
    logged = await raw(platform)
    assert logged.count('"api_call"') == 2
    for secret in (token, "c1ient", "xoxe-1"):
        assert secret not in logged


async def test_the_ticket_of_a_socket_is_not_logged(
    client: AsyncWebClient, platform: Platform, robin: Visitor
) -> None:
    url: str = (await client.apps_connections_open(app_token=APP_TOKEN))["url"]
    ticket = url.partition("ticket=")[2].partition("&")[0]
    logged = await raw(platform)
    assert ticket
    assert ticket not in logged
    assert APP_TOKEN not in logged
    assert f"ticket={HIDDEN}" in (await robin.until("api_call"))["answer"]["url"]


async def test_an_envelope_is_logged_without_its_verification_token(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    @app.command("/reel")
    async def reel(ack: AsyncAck) -> None:
        await ack("Yes")

    await connect(app)
    await robin.act("command", channel="general", command="/reel", text="x")
    envelope = await robin.until("envelope")
    ack = await robin.until("ack")
    assert envelope["payload"]["token"] == HIDDEN
    assert (envelope["payload"]["command"], envelope["payload"]["text"]) == ("/reel", "x")
    assert (ack["envelope_id"], ack["payload"]) == (envelope["envelope_id"], {"text": "Yes"})
    assert ack["socket"] == envelope["socket"]


async def test_a_lost_ack_and_a_late_one_name_their_envelope(
    app: AsyncApp, connect: Connect, robin: Visitor
) -> None:
    timed_out = asyncio.Event()

    @app.command("/reel")
    async def reel(ack: AsyncAck, command: Json) -> None:
        if command["text"] == "late":
            await timed_out.wait()
        await ack()

    await connect(app)
    await robin.act("lose_ack", times=1)
    lost = await robin.act("command", channel="general", command="/reel", text="lost")
    late = await robin.act("command", channel="general", command="/reel", text="late")
    timed_out.set()
    await robin.until("socket", lambda change: change["event"] == "unawaited_ack")
    stray = [change for change in await robin.changes() if "_ack" in change.get("event", "")]
    assert [change["event"] for change in stray] == ["lost_ack", "unawaited_ack"]
    for change, delivery in zip(stray, (lost, late), strict=True):
        assert change["envelope_id"] == delivery["envelope_id"]
        assert json.loads(change["text"])["envelope_id"] == delivery["envelope_id"]
        assert not delivery["acked"]


async def test_what_is_armed_is_shown_until_it_happened_or_is_cleared(
    client: AsyncWebClient, robin: Visitor
) -> None:
    await robin.act("fault", method="auth.test", status=503, times=2)
    await robin.act("fault", method="chat.update", error="fatal_error")
    await robin.act("lose_ack", times=3)
    armed = (await robin.state())["faults"]
    assert [(each["method"], each["times"]) for each in armed["calls"]] == [
        ("auth.test", 2),
        ("chat.update", 1),
    ]
    assert armed["acks_to_lose"] == 3
    assert {"chat.update", "views.open", "response_url"} <= set(armed["methods"])

    seen = (await robin.state())["seq"]
    with pytest.raises(SlackApiError):
        await client.auth_test()
    taken = await robin.until("faults", after=seen)
    assert taken["armed"]["calls"][0]["times"] == 1
    call = await robin.until("api_call", after=seen)
    assert (call["status"], call["fault"]["status"]) == (503, 503)

    one_less = await robin.act("clear_faults", method="auth.test")
    assert [each["method"] for each in one_less["armed"]["calls"]] == ["chat.update"]
    assert one_less["armed"]["acks_to_lose"] == 3
    none = await robin.act("clear_faults")
    assert none["armed"] == {"calls": [], "acks_to_lose": 0}
    assert (await client.auth_test())["ok"]


async def test_an_answer_that_fails_on_order_is_logged_too(
    platform: Platform, robin: Visitor
) -> None:
    await robin.act("fault", method="response_url", status=500)
    hook = AsyncWebhookClient(platform.response_urls.issue(GENERAL, ROBIN))
    assert (await hook.send(text="x")).status_code == 500
    call = await robin.until("api_call")
    assert (call["method"], call["args"], call["status"]) == ("response_url", {"text": "x"}, 500)
    assert call["fault"]["status"] == 500


@pytest.mark.parametrize(
    "number", ["NaN", "-Infinity", "1e999", '"\\ud800"'], ids=["nan", "infinite", "huge", "half"]
)
async def test_what_no_browser_reads_is_never_kept(
    platform: Platform, robin: Visitor, number: str
) -> None:
    body = (
        f'{{"channel": "{GENERAL}", "text": "x",'
        f' "metadata": {{"event_type": "t", "event_payload": {{"n": {number}}}}}}}'
    )
    headers = {"Authorization": f"Bearer {BOT_TOKEN}", "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{platform.address}/api/chat.postMessage", data=body) as response,
    ):
        answer = await response.json()
    is_text = number.startswith('"')
    assert answer["ok"] is is_text
    assert is_text or answer["error"] == "invalid_json"
    for text in (await raw(platform), json.dumps(await robin.state())):
        json.loads(text, parse_constant=pytest.fail)


def test_a_body_within_slacks_limits_is_kept_whole() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 1500}}
    body = {"channel": GENERAL, "text": "y" * 4000, "blocks": [section] * 50}
    assert excerpt(body) == body


def test_a_huge_body_keeps_its_short_values_and_the_beginning_of_the_others() -> None:
    kept = excerpt({"channel": GENERAL, "text": "y" * 8_000_000, "blocks": ["z" * WHOLE]})
    assert kept["channel"] == GENERAL
    assert kept["text"].endswith("y… (shortened, 8,000,000 characters)")
    assert kept["blocks"].startswith('["zzz')
    assert len(json.dumps(kept)) < 3 * BEGINNING
    for shapeless in ({f"n{n}": "x" * 10 for n in range(100_000)}, ["x"] * 100_000, "x" * 200_000):
        assert len(json.dumps(excerpt(shapeless))) < 2 * BEGINNING


def test_the_log_keeps_so_many_changes_and_so_many_characters() -> None:
    log = ChangeLog(lambda: 0.0, keep=10, characters=2_000)
    for number in range(25):
        log.add("small", number=number)
    assert [change.seq for change in log.after(0)] == list(range(16, 26))
    for _ in range(5):
        log.add("large", text="x" * 900)
    assert [change.seq for change in log.after(0)] == [29, 30]
    log.add("huge", text="x" * 5_000)
    assert [change.seq for change in log.after(0)] == [31]
    log.add("small")
    assert [change.seq for change in log.after(30)] == [32]
    assert log.after(32) == []
