"""`reel doctor`: is everything there that the app needs? Each check says what was found and how it is mended."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.app import reka_client
from bot.config import HttpSettings, Settings, SettingsError, load
from bot.postgres_url import PostgresUrl
from bot.reka import errors
from bot.reka.client import RekaClient
from bot.workspace import SLACK_TIMEOUT, CannotStart, web_client
from storage.database import Address, DatabaseError
from storage.look import file, is_driven, seen
from storage.migrations import newest
from storage.sqlite import damage, schema

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
SKEW_SECONDS = 30.0
"""Slots are counted by our clock and by Reka's; the ledger's margin covers a minute of difference."""

Now = Callable[[], float]


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    #: It works now, and will make trouble later.
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was found, and what to do about it; `mend` is empty when there is nothing to do."""

    name: str
    level: Level
    found: str
    mend: str = ""


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


async def examine(now: Now = time.time) -> list[Finding]:
    """Every check, in the order in which one mends things. Without valid settings only they can be judged."""
    try:
        settings = _loaded()
    except SettingsError as error:
        mend = (
            "Put them right in the environment or in .env, and run this again for the other checks."
        )
        return [Finding("settings", Level.FAULT, str(error), mend)]
    async with _slack(settings) as client:
        bot, app, (reka, clock) = await asyncio.gather(
            _called(client.auth_test, now),
            _app_opened(client, settings, now),
            _reka(settings, now),
        )
    return [
        Finding("settings", Level.OK, "complete"),
        bot_token(bot, settings.slack_api_url),
        scopes(bot),
        *ears(app, settings),
        reka,
        await database(settings.reel_database),
        *await temporal(settings),
        clocks({"Slack": bot.skew, "Reka": clock}),
    ]


def _loaded() -> Settings:
    """The settings with which `reel serve` or `reel run` starts. Raises `SettingsError` where neither does."""
    with suppress(SettingsError):
        return load(HttpSettings)
    return load(Settings)


# --- what was heard, judged


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


def reka_key(error: errors.RekaError | None, settings: Settings) -> Finding:
    """What became of asking for a job that nobody has."""
    url, name = settings.reka_base_url, "Reka key"
    match error:
        case None:
            return Finding(name, Level.OK, f"accepted at {url} ({settings.reka_dialect})")
        case errors.KeyRefused():
            mend = "Put a valid REKA_API_KEY into the settings; platform.reka.ai shows yours."
            return Finding(name, Level.FAULT, f"Reka refuses it ({error})", mend)
        case errors.RateLimited() | errors.ServerFault():
            return Finding(name, Level.WARNING, f"Reka says {error}", "Try again in a few minutes.")
        case errors.Garbled() | errors.StatusError():
            mend = "Check REKA_BASE_URL and REKA_DIALECT; something else may answer there."
            return Finding(
                name, Level.FAULT, f"{url} does not answer as the Clip API ({error})", mend
            )
        case _:
            mend = "Check the network, the proxy settings and REKA_BASE_URL."
            return Finding(name, Level.FAULT, f"Reka cannot be reached at {url} ({error})", mend)


def clocks(skews: Mapping[str, float | None]) -> Finding:
    """Our clock against the Date header of whoever answered; seconds that ours is ahead."""
    known = {name: skew for name, skew in skews.items() if skew is not None}
    if not known:
        found = "not compared: nobody told the time"
        return Finding("clock", Level.WARNING, found, "See to the other checks first.")
    wrong = {name: skew for name, skew in known.items() if abs(skew) > SKEW_SECONDS}
    if not wrong:
        return Finding("clock", Level.OK, f"agrees with {' and '.join(known)}")
    found = ", ".join(
        f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} {name}'s"
        for name, skew in wrong.items()
    )
    mend = "Let NTP set this machine's clock (timedatectl set-ntp true): slots are counted by it."
    return Finding("clock", Level.WARNING, found, mend)


async def database(address: Address) -> Finding:
    """Can be opened, is sound, and of a schema that this Reel knows; a running Reel on it is fine."""
    try:
        if isinstance(address, PostgresUrl):
            return await _server(address)
        return await _file(address)
    except DatabaseError as error:
        return Finding("database", Level.FAULT, str(error), "See what the sentence says.")


async def _server(url: PostgresUrl) -> Finding:
    async with seen(url) as (_, version):
        known = newest()
    if version > known:
        return _newer(url, version, known)
    found = (
        f"{url} answers, {_schema(version, known)}" if version else f"{url} answers, and is empty"
    )
    return Finding("database", Level.OK, found)


async def _file(path: Path) -> Finding:
    if not path.exists():  # noqa: ASYNC240  one stat
        return _absent(path)
    async with file(path) as opened:
        version, known = await schema(opened), newest()
        fault = await damage(opened)
    if fault is not None:
        mend = "Stop Reel, then restore a backup, or move the file away to start afresh."
        return Finding("database", Level.FAULT, f"{path} is damaged: {fault}", mend)
    if version > known:
        return _newer(path, version, known)
    if not os.access(path, os.W_OK):
        mend = "Give the file to the user that runs Reel, and run this as that user."
        return Finding("database", Level.FAULT, f"{path} cannot be written", mend)
    return Finding("database", Level.OK, f"{path} is sound, {_state_of(path, version, known)}")


def _newer(address: Address, version: int, known: int) -> Finding:
    found = f"{address} was written by a newer Reel (schema {version}; this one knows {known})"
    mend = "Start that version, or set REEL_DATABASE to another path."
    return Finding("database", Level.FAULT, found, mend)


def _state_of(path: Path, version: int, known: int) -> str:
    schema_is = _schema(version, known)
    return f"{schema_is}; a running Reel holds it" if is_driven(path) else schema_is


def _schema(version: int, known: int) -> str:
    later = f" (brought to {known} at the next start)" if version < known else ""
    return f"schema {version}{later}"


def _absent(path: Path) -> Finding:
    folder = path.resolve().parent
    if os.access(folder, os.W_OK | os.X_OK):
        return Finding("database", Level.OK, f"{path} is made at the first start")
    mend = "Make the folder, writable for the user that runs Reel, or set REEL_DATABASE to another path."
    return Finding("database", Level.FAULT, f"{path} cannot be made in {folder}", mend)


async def temporal(settings: Settings) -> list[Finding]:
    """Where there is one, its server answers and has the namespace."""
    if settings.reel_temporal is None:
        return []
    try:
        from bot.temporal import knock

        await knock(settings)
    except ModuleNotFoundError:
        mend = "make .venv/scale, or pip install -r requirements/scale.txt"
        return [Finding("Temporal", Level.FAULT, "temporalio is not installed", mend)]
    except CannotStart as error:
        mend = "Start its server, make the namespace, or mend REEL_TEMPORAL and REEL_TEMPORAL_NAMESPACE."
        return [Finding("Temporal", Level.FAULT, str(error), mend)]
    namespace = settings.reel_temporal_namespace
    found = f"answers at {settings.reel_temporal} for the namespace {namespace}"
    return [Finding("Temporal", Level.OK, found)]


def is_well(findings: Sequence[Finding]) -> bool:
    """True when there is nothing to mend."""
    return all(finding.level is Level.OK for finding in findings)


# --- hearing


@asynccontextmanager
async def _slack(settings: Settings) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession(timeout=SLACK_TIMEOUT) as session:
        yield web_client(settings, session, settings.slack_bot_token.get_secret_value())


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
    return Heard(data=data, headers=headers, skew=_skew(headers.get("date"), now()))


def _heard_no(error: SlackApiError) -> Heard:
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, Mapping) else None
    return Heard(error=str(code or "an answer that is not Slack's"))


async def _reka(settings: Settings, now: Now) -> tuple[Finding, float | None]:
    """The key's finding, and how many seconds our clock is ahead of Reka's."""
    try:
        client: RekaClient = reka_client(settings)
    except CannotStart as error:
        mend = "Check the proxy settings and REKA_BASE_URL."
        return Finding("Reka key", Level.FAULT, str(error), mend), None
    async with client:
        try:
            date = await client.knock()
        except errors.RekaError as error:
            return reka_key(error, settings), None
    return reka_key(None, settings), _skew(date, now())


def _skew(date: str | None, now: float) -> float | None:
    try:
        return now - parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
