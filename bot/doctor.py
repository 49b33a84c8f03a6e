"""`reel doctor`: is everything there that the app needs? Each check says what was found and how it is mended."""

import asyncio
import time
from contextlib import suppress

from bot import soundness, tokens
from bot.app import reka_client
from bot.config import HttpSettings, Settings, SettingsError, load
from bot.finding import Finding, Level
from bot.reka import errors
from bot.reka.client import RekaClient
from bot.skew import Now, clocks, seconds_ahead
from bot.workspace import CannotStart


async def examine(now: Now = time.time) -> list[Finding]:
    """Every check, in the order in which one mends things. Without valid settings only they can be judged."""
    try:
        settings = _loaded()
    except SettingsError as error:
        mend = (
            "Put them right in the environment or in .env, and run this again for the other checks."
        )
        return [Finding("settings", Level.FAULT, str(error), mend)]
    (bot, app), (reka, clock) = await asyncio.gather(
        tokens.heard(settings, now), _reka(settings, now)
    )
    return [
        Finding("settings", Level.OK, "complete"),
        tokens.bot_token(bot, settings.slack_api_url),
        tokens.scopes(bot),
        *tokens.ears(app, settings),
        reka,
        await soundness.database(settings.reel_database),
        *await temporal(settings),
        clocks({"Slack": bot.skew, "Reka": clock}),
    ]


def _loaded() -> Settings:
    """The settings with which `reel serve` or `reel run` starts. Raises `SettingsError` where neither does."""
    with suppress(SettingsError):
        return load(HttpSettings)
    return load(Settings)


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
    return reka_key(None, settings), seconds_ahead(date, now())
