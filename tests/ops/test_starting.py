"""What an operator reads when Slack goes away while the app starts."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot import app
from bot.config import SocketModeSettings
from bot.workspace import CannotStart
from tests.ops.conftest import KEY, Operator


@pytest.fixture
async def leaving() -> AsyncIterator[str]:
    """A Slack that says who we are, and breaks the connection at the next question; its address."""

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/auth.test"):
            who = {
                "team": "Works",
                "team_id": "T1",
                "user": "reel",
                "user_id": "U1",
                "bot_id": "B1",
            }
            return web.json_response({"ok": True, "url": "https://works.slack.com/", **who})
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    await runner.cleanup()


async def test_a_slack_that_goes_away_while_the_app_starts_is_a_sentence(
    leaving: str, shell: Operator
) -> None:
    shell.sets(SLACK_API_URL=leaving, REKA_API_KEY=KEY)
    with pytest.raises(CannotStart, match=r"^Slack cannot be reached at http://127"):
        async with app.opened(SocketModeSettings()):  # type: ignore[call-arg]  # the environment fills it in
            raise AssertionError("it started")
