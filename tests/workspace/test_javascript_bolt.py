"""The independent check: Bolt for JavaScript, whose authors never saw this workspace, works in it."""

import asyncio
import contextlib
import hashlib
import os
import shutil
import subprocess
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local.slack.platform import APP_TOKEN, BOT_TOKEN, Platform, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

SOURCE = Path(__file__).parent / "javascript"
OLDEST_NODE = 20  # what @slack/bolt asks for


@pytest.fixture(scope="module")
def node() -> str:
    """The Node that is there."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        pytest.skip(
            "Node.js with npm is not installed: the check with Bolt for JavaScript is left out"
        )
    version = subprocess.run(  # noqa: S603  the Node that was found
        [node, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"Node.js {version} is older than @slack/bolt asks for ({OLDEST_NODE})")
    return node


@pytest.fixture(scope="module")
def script(node: str, request: pytest.FixtureRequest) -> Path:
    """The app beside its installed packages, which pytest's cache keeps for the next run."""
    assert request.config.cache is not None
    lock = (SOURCE / "package-lock.json").read_bytes()
    name = f"javascript-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder = request.config.cache.mkdir(name)
    for file in ("package.json", "package-lock.json", ".npmrc", "app.js"):
        shutil.copy(SOURCE / file, folder)
    if not (folder / "node_modules" / ".package-lock.json").exists():  # npm writes it last
        _install(folder)
    return folder / "app.js"


def _install(folder: Path) -> None:
    done = subprocess.run(
        ["npm", "ci"],  # noqa: S607  wherever it is
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        because = f"npm could not install @slack/bolt: {done.stderr.strip()[-500:]}"
        pytest.fail(because) if os.environ.get("CI") else pytest.skip(because)


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    """A workspace with Slack's own patience: another process takes part."""
    async with running(Settings(tmp_path)) as platform:
        yield platform


@pytest.fixture
async def app(node: str, script: Path, platform: Platform) -> AsyncIterator[Process]:
    """The app, connected; at the end it must still run."""
    environment = {
        "PATH": os.environ["PATH"],
        "SLACK_API_URL": f"{platform.address}/api/",
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
    }
    process = await asyncio.create_subprocess_exec(
        node, str(script), env=environment, stdout=PIPE, stderr=STDOUT
    )
    said = await _until_connected(process)
    try:
        yield process
        assert process.returncode is None, said
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def _until_connected(process: Process) -> str:
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(30):
        async for line in process.stdout:
            said += line.decode()
            if line.strip() == b"connected":
                return said
    pytest.fail(f"the app ended before it was connected:\n{said}")


@pytest.mark.usefixtures("app")
async def test_a_command_is_answered_in_its_ack_and_at_its_response_url(robin: Visitor) -> None:
    answer = await robin.act("command", channel="general", command="/echo", text="<b> & you")
    assert answer["ack"] == {
        "response_type": "in_channel",
        "text": "You said: &lt;b&gt; &amp; you",
    }
    await robin.act("command", channel="general", command="/later")
    later = await robin.until(
        "message_posted", lambda change: change["message"]["text"] == "Here it is"
    )
    assert later["message"]["bot_id"] == "B0REEL0BOT1"


@pytest.mark.usefixtures("app")
async def test_a_modal_is_opened_refused_at_a_field_and_submitted(robin: Visitor) -> None:
    await robin.act("command", channel="general", command="/ask")
    view = (await robin.until("view_opened"))["view"]
    refused = await robin.act("submit", view_id=view["id"], values={"title": {"typed": "no"}})
    assert refused["errors"] == {"title": "Three letters at least"}
    taken = await robin.act("submit", view_id=view["id"], values={"title": {"typed": "A title"}})
    assert (taken["acked"], taken["response_action"]) == (True, None)
    assert not any(view["type"] == "modal" for view in (await robin.state())["views"])
    posted = await robin.until("message_posted")
    assert posted["message"]["text"] == "A title"


@pytest.mark.usefixtures("app")
async def test_a_click_updates_the_message(robin: Visitor) -> None:
    await robin.act("command", channel="general", command="/ask")
    view = (await robin.until("view_opened"))["view"]
    await robin.act("submit", view_id=view["id"], values={"title": {"typed": "A title"}})
    posted = await robin.until("message_posted")
    clicked = await robin.act(
        "click", channel="general", message_ts=posted["message"]["ts"], action_id="done"
    )
    assert clicked["acked"]
    changed = await robin.until("message_changed")
    assert (changed["message"]["text"], changed["message"]["blocks"]) == ("Done", [])
    assert changed["message"]["ts"] == posted["message"]["ts"]


@pytest.mark.usefixtures("app")
async def test_a_shortcut_answers_in_the_thread_of_its_message(robin: Visitor) -> None:
    root = await robin.act("message", channel="general", text="https://example.com/talk")
    used = await robin.act(
        "shortcut", channel="general", message_ts=root["ts"], callback_id="from_message"
    )
    assert used["acked"]
    answer = await robin.until("message_posted", lambda each: "bot_id" in each["message"])
    assert answer["message"]["text"] == "About: <https://example.com/talk>"
    assert answer["message"]["thread_ts"] == root["ts"]


@pytest.mark.usefixtures("app")
async def test_a_file_is_uploaded_and_shared(robin: Visitor) -> None:
    await robin.act("command", channel="general", command="/file")
    posted = await robin.until("message_posted")
    assert posted["message"]["text"] == "Read"
    [file] = posted["message"]["files"]
    assert (file["name"], file["size"], file["filetype"]) == ("words.txt", 16, "text")


@pytest.mark.usefixtures("app")
async def test_the_home_tab_is_published_when_it_is_opened(robin: Visitor) -> None:
    assert (await robin.act("home"))["acked"]
    published = await robin.until("home_published")
    assert published["view"]["definition"]["blocks"][0]["text"]["text"] == "Welcome"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("reason", ["warning", "abort"])  # 5 s each, by its own back-off
async def test_it_reconnects_whatever_ends_its_socket(robin: Visitor, reason: str) -> None:
    seen = (await robin.state())["seq"]
    await robin.act("disconnect", reason=reason)
    await robin.until("socket", lambda change: change["event"] == "open", after=seen, seconds=30)
    answer = await robin.act("command", channel="general", command="/echo", text="again")
    assert answer["ack"]["text"] == "You said: again"


@pytest.mark.usefixtures("app")
async def test_a_rate_limited_call_is_made_again(robin: Visitor) -> None:
    await robin.act("command", channel="general", command="/ask")
    view = (await robin.until("view_opened"))["view"]
    await robin.act("fault", method="chat.postMessage", status=429, retry_after=1)
    await robin.act("submit", view_id=view["id"], values={"title": {"typed": "Twice"}})
    posted = await robin.until("message_posted")
    assert posted["message"]["text"] == "Twice"
    calls = [change for change in await robin.changes() if change["type"] == "api_call"]
    posts = [call["status"] for call in calls if call["method"] == "chat.postMessage"]
    assert posts == [429, 200]
