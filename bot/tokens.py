"""Whether Slack takes the tokens of the settings, and what it grants for them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.config import Settings
from bot.finding import Finding, Level
from bot.skew import Now, seconds_ahead
from bot.workspace import SLACK_TIMEOUT, web_client

SCOPES = (
    "commands",
    "chat:write",
    "app_mentions:read",
    "im:history",
    "files:write",
    "files:read",
    "channels:read",
    "groups:read",
    "im:read",
    "users:read",
)
"""The bot's scopes, as in manifest.yml, which a wheel does not bring; a test holds the two together."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer from outside. `error` is Slack's code or what happened on the way; None for a success.

    `reached` is False where no answer came; `skew` is how many seconds our clock is ahead of the sender's.
    """

    error: str | None = None
    reached: bool = True
    data: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    skew: float | None = None


def bot_token(heard: Heard, url: str) -> Finding:
    """auth.test with SLACK_BOT_TOKEN."""
    if heard.error is None:
        team, user = heard.data.get("team"), heard.data.get("user")
        return Finding("bot token", Level.OK, f"signed in to {team} as {user}")
    return _refused(
        "bot token",
        heard,
        url,
        "Copy SLACK_BOT_TOKEN again from OAuth & Permissions; reinstall the app if it was removed.",
    )


def scopes(heard: Heard) -> Finding:
    """Slack names the token's scopes in the header of every answer."""
    header = heard.headers.get("x-oauth-scopes")
    if heard.error is not None or header is None:
        mend = "See to the bot token first."
        return Finding("scopes", Level.WARNING, "not known: Slack did not name them", mend)
    granted = {scope.strip() for scope in header.split(",")}
    if missing := [scope for scope in SCOPES if scope not in granted]:
        mend = (
            "Add them under OAuth & Permissions (or paste manifest.yml (reel serve: deploy/manifest.http.yml) under App Manifest), "
            "reinstall the app, and copy SLACK_BOT_TOKEN again."
        )
        return Finding("scopes", Level.FAULT, f"missing: {', '.join(missing)}", mend)
    return Finding("scopes", Level.OK, ", ".join(SCOPES))


def app_token(heard: Heard, url: str) -> Finding:
    """apps.connections.open with SLACK_APP_TOKEN; the ticket is left unused."""
    if heard.error is None:
        return Finding("app token", Level.OK, "Slack opens Socket Mode connections for it")
    return _refused(
        "app token",
        heard,
        url,
        "Make one with connections:write under Basic Information, App-Level Tokens, and switch Socket Mode on.",
    )


def ears(app: Heard | None, settings: Settings) -> list[Finding]:
    """How Slack may be heard: over Socket Mode, over HTTP, or both. `app` is None without SLACK_APP_TOKEN."""
    found = []
    if app is not None:
        found.append(app_token(app, settings.slack_api_url))
    if settings.slack_signing_secret is not None:
        found = [_only_for_socket_mode(each) for each in found]
        said = "there, for reel serve; whether it is this app's, Slack's first request shows"
        found.append(Finding("signing secret", Level.OK, said))
    if found:
        return found
    if settings.reel_temporal is not None:
        said = "none, which is enough for reel work; reel serve and reel run need one"
        return [Finding("way to hear Slack", Level.OK, said)]
    mend = (
        "Set SLACK_APP_TOKEN for reel run (Socket Mode) or SLACK_SIGNING_SECRET for reel serve "
        "(HTTP); Basic Information shows both."
    )
    return [Finding("app token", Level.FAULT, "no way to hear Slack is set", mend)]


def _only_for_socket_mode(token: Finding) -> Finding:
    if token.level is not Level.FAULT:
        return token
    mend = f"reel serve does not need it: leave it out. For reel run: {token.mend}"
    return replace(token, level=Level.WARNING, mend=mend)


def _refused(name: str, heard: Heard, url: str, mend: str) -> Finding:
    if not heard.reached:
        found = f"Slack cannot be reached at {url} ({heard.error})"
        return Finding(
            name, Level.FAULT, found, "Check the network, the proxy settings and SLACK_API_URL."
        )
    if heard.error in {"ratelimited", "internal_error", "fatal_error", "service_unavailable"}:
        return Finding(name, Level.WARNING, f"Slack says {heard.error}", "Try again in a minute.")
    return Finding(name, Level.FAULT, f"Slack refuses it ({heard.error})", mend)


async def heard(settings: Settings, now: Now) -> tuple[Heard, Heard | None]:
    """What Slack says to the bot's token, and to the app's, where there is one."""
    async with aiohttp.ClientSession(timeout=SLACK_TIMEOUT) as session:
        client = web_client(settings, session, settings.slack_bot_token.get_secret_value())
        return await asyncio.gather(
            _called(client.auth_test, now), _app_opened(client, settings, now)
        )


async def _app_opened(client: AsyncWebClient, settings: Settings, now: Now) -> Heard | None:
    if settings.slack_app_token is None:
        return None
    token = settings.slack_app_token.get_secret_value()
    return await _called(lambda: client.apps_connections_open(app_token=token), now)


async def _called(call: Callable[[], Awaitable[AsyncSlackResponse]], now: Now) -> Heard:
    try:
        answer = await call()
    except SlackApiError as error:
        return _heard_no(error)
    except (aiohttp.ClientError, TimeoutError) as error:
        return Heard(error=type(error).__name__, reached=False)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    data = answer.data if isinstance(answer.data, dict) else {}
    return Heard(data=data, headers=headers, skew=seconds_ahead(headers.get("date"), now()))


def _heard_no(error: SlackApiError) -> Heard:
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, Mapping) else None
    return Heard(error=str(code or "an answer that is not Slack's"))
