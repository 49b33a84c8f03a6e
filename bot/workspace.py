"""The one workspace that is served: the way to Slack's Web API, and signing in to it."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Settings
from bot.messages import code_of

SLACK_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
"""On the shared session, since slack_sdk's own `timeout` is ignored there."""


class CannotStart(Exception):
    """The app was not let in, or cannot listen. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The one workspace whose bot token we hold."""

    client: AsyncWebClient
    identity: AuthorizeResult
    url: str


async def signed_in(settings: Settings, session: aiohttp.ClientSession) -> Workspace:
    """Ask Slack who we are. Raises `CannotStart`."""
    token = settings.slack_bot_token.get_secret_value()
    client = web_client(settings, session, token)
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        raise CannotStart(
            f"Slack refused SLACK_BOT_TOKEN ({code_of(error)}). "
            "Copy it again from OAuth & Permissions, and reinstall the app if it was removed."
        ) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise unreachable(settings.slack_api_url, error) from error
    identity = AuthorizeResult.from_auth_test_response(auth_test_response=answer, bot_token=token)
    return Workspace(client, identity, str(answer.get("url") or ""))


def unreachable(url: str, error: Exception) -> CannotStart:
    """No answer came from Slack."""
    return CannotStart(
        f"Slack cannot be reached at {url} ({type(error).__name__}). "
        "Check the network, the proxy settings and SLACK_API_URL."
    )


def web_client(
    settings: Settings, session: aiohttp.ClientSession, token: str | None
) -> AsyncWebClient:
    """Slack's Web API over the shared session; no proxy for this machine, no retries of slack_sdk's own."""
    client = AsyncWebClient(
        token=token,
        base_url=settings.slack_api_url.rstrip("/") + "/",
        session=session,
        retry_handlers=[],  # what may be sent again is decided in bot.messages
    )
    if _is_direct(settings.slack_api_url):
        client.proxy = None  # slack_sdk takes HTTP(S)_PROXY and knows no NO_PROXY
    return client


def _is_direct(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "127.0.0.1", "::1"} or bool(proxy_bypass(host))
