"""What only the operator can mend ends the process, with the first reason, once."""

import asyncio

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.breaker import Breaker
from bot.messages import Messages, SignedOut, SlackError
from bot.render.blocks import Message
from tests.app.wire import as_json, playing

HELLO = Message("Hello", [])


async def test_whoever_waits_learns_of_it() -> None:
    breaker = Breaker()
    waiting = [asyncio.create_task(breaker.tripped()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    breaker.trip("The token is gone.")
    await asyncio.gather(*waiting)
    await breaker.tripped()
    assert breaker.reason == "The token is gone."


async def test_the_first_reason_counts() -> None:
    breaker = Breaker()
    assert breaker.reason is None
    breaker.trip("first")
    breaker.trip("second")
    assert breaker.reason == "first"


async def called(code: str, verb: str) -> tuple[Breaker, SlackError]:
    """What a post or an edit makes of Slack's error code."""
    breaker = Breaker()
    async with (
        playing(as_json(200, {"ok": False, "error": code})) as wire,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
    ):
        client = AsyncWebClient(
            "xoxb-x", base_url=f"{wire.address}/api/", session=session, retry_handlers=[]
        )
        messages = Messages(client, breaker)
        with pytest.raises(SlackError) as raised:
            await (
                messages.post("C1", HELLO)
                if verb == "post"
                else messages.update("C1", "1.0", HELLO)
            )
        assert len(wire.requests) == 1
    return breaker, raised.value


@pytest.mark.parametrize("verb", ["post", "update"])
@pytest.mark.parametrize(
    "code",
    [
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "app_uninstalled",
        "team_disabled",
    ],
)
async def test_a_token_that_slack_refuses_trips_it_with_what_to_do(code: str, verb: str) -> None:
    breaker, error = await called(code, verb)
    assert isinstance(error, SignedOut)
    assert breaker.reason is not None
    assert code in breaker.reason
    assert "SLACK_BOT_TOKEN" in breaker.reason
    await breaker.tripped()


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "internal_error"])
async def test_other_errors_do_not_trip_it(code: str) -> None:
    breaker, error = await called(code, "post")
    assert not isinstance(error, SignedOut)
    assert breaker.reason is None
