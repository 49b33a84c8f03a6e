"""A modal that is redrawn while somebody fills it in: faster than we draw, or when Slack does not let us draw."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from handlers import views
from handlers.views import Redraws
from local.slack import server
from local.slack.faults import Fault
from local.slack.platform import BOT_TOKEN, Platform, Settings

ROBIN = "U0ROBIN0001"


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Platform]:
    async with server.running(Settings(tmp_path / "workspace", rate_limit_factor=0)) as platform:
        yield platform


@pytest.fixture
async def slack(workspace: Platform) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            BOT_TOKEN, f"{workspace.address}/api/", session=session, retry_handlers=[]
        )
        client.proxy = None
        yield client


def form(words: str, about: str = "C1") -> dict[str, object]:
    """A modal that says so. `about`: what it was opened for."""
    return {
        "type": "modal",
        "callback_id": "form",
        "private_metadata": about,
        "title": {"type": "plain_text", "text": "Form"},
        "blocks": [{"type": "section", "text": {"type": "plain_text", "text": words}}],
    }


async def opened(workspace: Platform, slack: AsyncWebClient) -> dict[str, Any]:
    """Robin opens it; what comes with each thing that is chosen in it before it is redrawn."""
    trigger_id = workspace.triggers.issue(ROBIN)
    answer = await slack.views_open(trigger_id=trigger_id, view=form("as opened"))
    return {"view": dict(answer["view"]), "actions": [{"action_ts": "1790000000.000001"}]}


def shown(workspace: Platform) -> str:
    """What it says now."""
    [view] = workspace.workspace.views.values()
    return str(view.definition["blocks"][0]["text"]["text"])


async def test_what_is_typed_faster_than_we_draw_is_drawn_all_the_same(
    workspace: Platform, slack: AsyncWebClient
) -> None:
    first = await opened(workspace, slack)
    redraws = Redraws()
    for words in ("one", "two", "three"):  # each carries the hash of what it was typed into
        await redraws.redraw(slack, first, form(words))
        assert shown(workspace) == words


async def test_what_was_typed_earlier_never_replaces_what_was_typed_later(
    workspace: Platform, slack: AsyncWebClient
) -> None:
    first = await opened(workspace, slack)
    later = {**first, "actions": [{"action_ts": "1790000000.000002"}]}
    redraws = Redraws()
    await redraws.redraw(slack, later, form("later"))  # its listener was faster
    await redraws.redraw(slack, first, form("earlier"))
    assert shown(workspace) == "later"


async def test_a_late_redraw_does_not_replace_a_form_that_has_become_another(
    workspace: Platform, slack: AsyncWebClient
) -> None:
    first = await opened(workspace, slack)
    redraws = Redraws()
    await redraws.redraw(slack, first, form("all options", "C1, more"))
    await redraws.redraw(slack, first, form("few options"))
    assert shown(workspace) == "all options"


async def test_what_somebody_else_drew_is_left(workspace: Platform, slack: AsyncWebClient) -> None:
    first = await opened(workspace, slack)
    await slack.views_update(view_id=first["view"]["id"], view=form("theirs"))
    await Redraws().redraw(slack, first, form("ours"))
    assert shown(workspace) == "theirs"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="views.update", drop=True),
        Fault(method="views.update", status=500),
        Fault(method="views.update", status=429),
        Fault(method="views.update", error="fatal_error"),
        Fault(method="views.update", delay=60),
    ],
    ids=["dropped", "500", "429", "refused", "slow"],
)
async def test_a_redraw_that_fails_leaves_what_stands_there_and_raises_nothing(
    fault: Fault, workspace: Platform, slack: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await opened(workspace, slack)
    redraws = Redraws()
    workspace.faults.order(fault)
    with monkeypatch.context() as patience:
        patience.setattr(views, "OPEN_SECONDS", 0.1 if fault.delay else 30.0)
        await redraws.redraw(slack, first, form("lost"))
    assert shown(workspace) == "as opened"
    await redraws.redraw(slack, first, form("next"))
    assert shown(workspace) == "next"


async def test_only_so_many_modals_are_remembered(
    workspace: Platform, slack: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "REMEMBERED", 2)
    redraws = Redraws()
    for number in range(4):
        body = await opened(workspace, slack)
        await redraws.redraw(slack, body, form(str(number)))
    assert len(redraws.drawn) == 2
