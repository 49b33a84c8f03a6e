"""response_url: five uses, half an hour, everywhere, and what replaces what."""

from pathlib import Path
from typing import Any

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from local.slack.platform import Platform, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

ROBIN, GENERAL, ROBIN_SAM = "U0ROBIN0001", "C0GENERAL01", "D0ROBINSAM6"


def answers_to(platform: Platform, channel: str = GENERAL) -> AsyncWebhookClient:
    return AsyncWebhookClient(platform.response_urls.issue(channel, ROBIN))


async def test_an_answer_works_five_times(platform: Platform) -> None:
    hook = answers_to(platform)
    for _ in range(5):
        assert (await hook.send(text="x")).body == "ok"
    sixth = await hook.send(text="x")
    assert (sixth.status_code, sixth.body) == (404, '{"ok": false, "error": "used_url"}')


async def test_an_answer_comes_within_half_an_hour(tmp_path: Path) -> None:
    now = 1_763_866_800.0
    async with running(Settings(tmp_path), clock=lambda: now) as platform:
        hook = answers_to(platform)
        now += 30 * 60
        assert (await hook.send(text="x")).status_code == 200
        now += 1
        assert "expired_url" in (await hook.send(text="x")).body


async def test_an_answer_reaches_a_direct_message_between_two_people(
    platform: Platform, robin: Visitor
) -> None:
    await answers_to(platform, ROBIN_SAM).send(text="x", response_type="in_channel")
    [message] = await robin.messages(ROBIN_SAM)
    assert message["bot_id"] == "B0REEL0BOT1"
    assert "ephemeral_for" not in message


async def test_replace_original_replaces_the_last_answer_and_keeps_who_sees_it(
    platform: Platform, robin: Visitor
) -> None:
    hook = answers_to(platform)
    await hook.send(text="one")
    await hook.send(text="two", replace_original=True, response_type="in_channel")
    [message] = await robin.messages("general")
    assert (message["text"], message["ephemeral_for"]) == ("two", ROBIN)
    await hook.send(delete_original=True)
    assert await robin.messages("general") == []


async def test_an_answer_may_go_into_a_thread(platform: Platform, robin: Visitor) -> None:
    posted = await robin.act("message", channel="general", text="root")
    body = {"text": "x", "thread_ts": posted["ts"], "response_type": "in_channel"}
    await answers_to(platform).send_dict(body)
    _, reply = await robin.messages("general", posted["ts"])
    assert reply["text"] == "x"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"replace_original": True}, "no_text"),
        ({"blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"text": "x", "response_type": "loud"}, "invalid_payload"),
        ({"text": "x", "thread_ts": "1.000001"}, "invalid_thread_ts"),
    ],
)
async def test_an_answer_slack_cannot_show_is_refused(
    platform: Platform, robin: Visitor, body: dict[str, Any], error: str
) -> None:
    answer = await answers_to(platform).send_dict(body)
    assert answer.status_code == 400
    assert error in answer.body
    assert await robin.messages("general") == []
