"""What the app is told of people and of conversations: guests say so, and each kind of conversation needs its scope."""

from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.platform import BOT_TOKEN, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

KIM, ROBIN_AND_REEL = "U0KIM000004", "D0ROBINBOT5"


async def test_a_guest_says_so_also_after_a_restart(tmp_path: Path) -> None:
    for guest in (True, False):
        async with running(Settings(tmp_path)) as platform, Visitor(platform.address) as robin:
            await robin.act("account", user="kim", guest=guest)
        async with running(Settings(tmp_path)) as platform:
            client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
            kim = (await client.users_info(user=KIM))["user"]
            assert kim["is_restricted"] is guest


@pytest.mark.parametrize("user", ["robin", "reel", "zoe", "nobody"])
async def test_owners_bots_and_strangers_are_made_no_guests(user: str, robin: Visitor) -> None:
    assert not (await robin.act("account", user=user, guest=True))["ok"]


@pytest.mark.parametrize(
    ("channel", "kind", "needed"),
    [
        ("C0GENERAL01", "public", "channels:read"),
        ("C0GENERAL01", "private", "groups:read"),
        (ROBIN_AND_REEL, "im", "im:read"),
    ],
)
async def test_what_a_conversation_is_needs_the_scope_of_its_kind(
    channel: str, kind: str, needed: str, tmp_path: Path
) -> None:
    every = ["channels:read", "groups:read", "im:read"]
    for scopes in ([needed], [scope for scope in every if scope != needed]):
        settings = Settings(tmp_path, scopes=scopes)
        async with running(settings) as platform, Visitor(platform.address) as robin:
            if kind != "im":
                await robin.act("channel", channel=channel, kind=kind)
            client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
            if needed in scopes:
                assert (await client.conversations_info(channel=channel))["channel"][
                    "id"
                ] == channel
                continue
            with pytest.raises(SlackApiError) as refused:
                await client.conversations_info(channel=channel)
            assert refused.value.response["error"] == "missing_scope"
            assert refused.value.response["needed"] == needed


async def test_somebody_new_joins_and_may_type_in_general(robin: Visitor) -> None:
    joined = await robin.act("person", name="noor")
    assert str(joined["user"]).startswith("U")
    said = await robin.act("message", user="noor", channel="general", text="hello")
    assert said["message"]["user"] == joined["user"]
    assert not (await robin.act("person", name="noor"))["ok"], "the name is taken"
