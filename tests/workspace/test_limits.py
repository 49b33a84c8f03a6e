"""Rate limits and failures on order."""

from pathlib import Path

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.limits import POST_BURST, RateLimits, Tier
from local.slack.platform import BOT_TOKEN, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

GENERAL = "C0GENERAL01"


def test_a_method_is_limited_within_a_minute_and_frees_up_again() -> None:
    now = 0.0
    limits = RateLimits(lambda: now)
    assert [limits.retry_after("chat.update", Tier.T3) for _ in range(50)] == [None] * 50
    now = 20.0
    assert limits.retry_after("chat.update", Tier.T3) == 40
    assert limits.retry_after("views.open", Tier.T4) is None
    now = 60.0
    assert limits.retry_after("chat.update", Tier.T3) is None


def test_a_channel_takes_a_burst_and_then_one_post_a_second() -> None:
    now = 0.0
    limits = RateLimits(lambda: now)
    assert [limits.retry_post_after("C1") for _ in range(POST_BURST)] == [None] * POST_BURST
    assert limits.retry_post_after("C1") == 1
    assert limits.retry_post_after("C2") is None
    now = 1.0
    assert limits.retry_post_after("C1") is None
    assert limits.retry_post_after("C1") == 1


@pytest.mark.parametrize(("factor", "allowed"), [(2.0, 40), (0.1, 2), (0.0, 500)])
def test_the_limits_scale(factor: float, allowed: int) -> None:
    limits = RateLimits(lambda: 0.0, factor)
    waits = [limits.retry_after("users.list", Tier.T2) for _ in range(500)]
    assert waits.count(None) == allowed


async def test_a_call_too_many_is_a_429_with_retry_after(tmp_path: Path) -> None:
    settings = Settings(tmp_path, rate_limit_factor=0.05)
    async with running(settings, clock=lambda: 1000.0) as platform:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        await client.users_list()
        with pytest.raises(SlackApiError) as raised:
            await client.users_list()
        response = raised.value.response
        assert (response.status_code, response["error"]) == (429, "ratelimited")
        assert response.headers["Retry-After"] == "60"


async def test_a_fault_fails_the_next_calls_and_then_no_more(
    client: AsyncWebClient, robin: Visitor
) -> None:
    await robin.act("fault", method="auth.test", status=429, retry_after=7, times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError) as raised:
            await client.auth_test()
        assert raised.value.response.headers["Retry-After"] == "7"
    assert (await client.auth_test())["ok"]


@pytest.mark.parametrize(("when", "posted"), [("before", 0), ("after", 1)])
async def test_a_dropped_connection_may_come_before_or_after_the_effect(
    client: AsyncWebClient, robin: Visitor, when: str, posted: int
) -> None:
    await robin.act("fault", method="chat.postMessage", drop=True, when=when)
    client.retry_handlers = []
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=GENERAL, text="x")
    assert len(await robin.messages("general")) == posted


async def test_a_fault_may_name_slacks_error_or_a_server_error(
    client: AsyncWebClient, robin: Visitor
) -> None:
    await robin.act("fault", method="chat.postMessage", error="restricted_action")
    await robin.act("fault", method="chat.postMessage", status=503)
    for error, status in (("restricted_action", 200), ("internal_error", 503)):
        with pytest.raises(SlackApiError) as raised:
            await client.chat_postMessage(channel=GENERAL, text="x")
        response = raised.value.response
        assert (response["error"], response.status_code) == (error, status)
