"""Socket Mode without an SDK: tickets, hello, queueing, acks, the ten sockets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.platform import APP_TOKEN, Platform
from local.slack.visitor import Visitor

Json = dict[str, Any]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


async def url_of(client: AsyncWebClient) -> str:
    url: str = (await client.apps_connections_open(app_token=APP_TOKEN))["url"]
    return url


async def linked(
    http: aiohttp.ClientSession, client: AsyncWebClient
) -> aiohttp.ClientWebSocketResponse:
    socket = await http.ws_connect(await url_of(client))
    assert (await socket.receive_json())["type"] == "hello"
    return socket


async def test_a_ticket_opens_one_socket(
    http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    url = await url_of(client)
    async with http.ws_connect(url) as socket:
        hello = await socket.receive_json()
        assert hello["connection_info"] == {"app_id": "A0REEL0APP1"}
        assert hello["num_connections"] == 1
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await http.ws_connect(url)


async def test_an_envelope_waits_for_a_socket(
    http: aiohttp.ClientSession, client: AsyncWebClient, robin: Visitor
) -> None:
    act = asyncio.create_task(robin.act("command", channel="general", command="/reel"))
    await robin.until("envelope", lambda change: change["queued"])
    socket = await linked(http, client)
    envelope = await socket.receive_json()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert envelope["payload"]["is_enterprise_install"] == "false"
    await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {}})
    answer = await act
    assert (answer["acked"], answer["ack"]) == (True, None)
    await socket.close()


async def test_a_timed_out_command_is_not_delivered_later(
    http: aiohttp.ClientSession, client: AsyncWebClient, robin: Visitor
) -> None:
    assert not (await robin.act("command", channel="general", command="/late"))["acked"]
    socket = await linked(http, client)
    act = asyncio.create_task(robin.act("command", channel="general", command="/next"))
    assert (await socket.receive_json())["payload"]["command"] == "/next"
    await act
    await socket.close()


async def test_an_ack_counts_on_whichever_socket_it_arrives(
    http: aiohttp.ClientSession, client: AsyncWebClient, robin: Visitor
) -> None:
    old = await linked(http, client)
    act = asyncio.create_task(robin.act("command", channel="general", command="/reel"))
    envelope = await old.receive_json()
    await old.close()
    new = await linked(http, client)
    await new.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "Yes"}})
    assert (await act)["ack"] == {"text": "Yes"}
    await new.close()


async def test_envelopes_go_to_one_socket_each(
    http: aiohttp.ClientSession, client: AsyncWebClient, robin: Visitor
) -> None:
    sockets = [await linked(http, client) for _ in range(2)]
    acts = [
        asyncio.create_task(robin.act("command", channel="general", command=f"/c{n}"))
        for n in range(2)
    ]
    seen = [(await socket.receive_json())["payload"]["command"] for socket in sockets]
    assert sorted(seen) == ["/c0", "/c1"]
    await asyncio.gather(*acts)
    for socket in sockets:
        await socket.close()


async def test_an_eleventh_socket_is_sent_away(
    http: aiohttp.ClientSession, client: AsyncWebClient, platform: Platform
) -> None:
    sockets = [await linked(http, client) for _ in range(10)]
    eleventh = await http.ws_connect(await url_of(client))
    farewell = await eleventh.receive_json()
    assert (farewell["type"], farewell["reason"]) == ("disconnect", "too_many_websockets")
    assert platform.sockets.open == 10
    for socket in [*sockets, eleventh]:
        await socket.close()


async def test_an_aborted_connection_says_nothing(
    http: aiohttp.ClientSession, client: AsyncWebClient, robin: Visitor
) -> None:
    socket = await linked(http, client)
    await robin.act("disconnect", reason="abort")
    assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    await robin.until("socket", lambda change: change["event"] == "close")
