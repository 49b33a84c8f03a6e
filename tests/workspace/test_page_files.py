"""The page's files: only for this machine, under a strict policy, and permalinks that lead into it."""

from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.manifest import read_manifest
from local.slack.page_files import FOLDER
from local.slack.platform import Platform, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

PATHS = ["/", "/page/main.js", "/page/theme.css"]


async def answer(address: str, path: str, **headers: str) -> aiohttp.ClientResponse:
    async with aiohttp.ClientSession() as http:
        return await http.get(f"{address}{path}", headers=headers, allow_redirects=False)


@pytest.mark.parametrize("path", PATHS)
async def test_the_page_may_load_nothing_from_elsewhere(platform: Platform, path: str) -> None:
    found = await answer(platform.address, path)
    assert found.status == 200
    policy = found.headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert found.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "evil.example"),
        ("Origin", "https://evil.example"),
        ("Sec-Fetch-Site", "cross-site"),
    ],
)
async def test_the_page_is_given_to_no_other_site(
    platform: Platform, path: str, name: str, value: str
) -> None:
    assert (await answer(platform.address, path, **{name: value})).status == 403


@pytest.mark.parametrize("path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page/none.js"])
async def test_nothing_but_the_page_is_served(platform: Platform, path: str) -> None:
    assert (await answer(platform.address, path)).status in {403, 404}


def test_every_file_that_is_imported_or_linked_is_there() -> None:
    for module in FOLDER.glob("*.js"):
        for line in module.read_text().splitlines():
            if line.startswith(("import ", "} from ")):
                assert (FOLDER / line.split('"./')[1].split('"')[0]).exists(), (module.name, line)
    for part in (FOLDER / "index.html").read_text().split('"/page/')[1:]:
        assert (FOLDER / part.split('"')[0]).exists(), part


async def test_a_permalink_leads_to_its_place(
    platform: Platform, client: AsyncWebClient, robin: Visitor
) -> None:
    posted = await robin.act("message", channel="general", text="x")
    reply = await robin.act("message", channel="general", text="y", thread_ts=posted["ts"])
    for ts in (posted["ts"], reply["ts"]):
        link = (await client.chat_getPermalink(channel="C0GENERAL01", message_ts=ts))["permalink"]
        found = await answer(platform.address, link.removeprefix(platform.address))
        assert found.status == 302
        assert found.headers["Location"] == f"/#/~/general/{posted['ts']}/{ts}"
    missing = await answer(platform.address, "/archives/C404/p1763866800000100")
    assert missing.status == 404


async def test_the_state_says_what_the_manifest_offers(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(
        "display_information: {name: Reel}\n"
        "features: {slash_commands: [{command: /reel}], shortcuts: [{name: Make, type: message, callback_id: m}]}\n"
    )
    settings = Settings(tmp_path, offers=read_manifest(manifest).offers)
    async with running(settings) as platform, Visitor(platform.address) as robin:
        app = (await robin.state())["app"]
    assert app["name"] == "Reel"
    assert [command["command"] for command in app["slash_commands"]] == ["/reel"]
    assert [shortcut["callback_id"] for shortcut in app["shortcuts"]] == ["m"]


async def test_a_new_direct_message_is_told_with_all_that_is_known(robin: Visitor) -> None:
    await robin.act("message", channel="@kim", text="hello")
    changed = await robin.until("channel_changed")
    assert changed["record"]["kind"] == "im"
    assert len(changed["record"]["members"]) == 2
