"""Settings from the environment or `.env`. Every problem is reported at once; secrets never print."""

import hashlib
import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BeforeValidator,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.postgres_url import PostgresUrl, is_postgres

REKA_URL = "https://vision-agent.api.reka.ai"
SLACK_URL = "https://slack.com/api/"


class SettingsError(Exception):
    """Settings that the app cannot start with. The message has a line for each problem."""


def _url(value: str) -> str:
    url = value.strip()
    TypeAdapter(AnyHttpUrl).validate_python(url)
    return url


def _database(value: object) -> object:
    if not isinstance(value, str):
        return value
    if is_postgres(value.strip()):
        return PostgresUrl(value.strip())
    if "://" in value:  # Path makes one slash of two
        raise ValueError(
            "takes the path of an SQLite file, e.g. reel.db, or the URL of PostgreSQL, e.g. postgresql://reel@db/reel"
        )
    return Path(value)


def _address(value: str) -> str:
    match = _ADDRESS.fullmatch(value.strip())
    if not match or not 1 <= int(match["port"]) <= 65535:
        raise ValueError("takes a host and a port, e.g. temporal.internal:7233")
    return value.strip()


def _secret(value: SecretStr) -> SecretStr:
    """Without the white space that comes along when one copies; an HTTP header takes visible ASCII only."""
    secret = value.get_secret_value().strip()
    if not secret:
        raise ValueError("is empty")
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ValueError("has characters that no key or token has; copy it again")
    return SecretStr(secret)


def _token(prefix: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if not secret.startswith(prefix) or secret == prefix:
            raise ValueError(f"a token of this kind starts with {prefix} and goes on")
        return value

    return AfterValidator(check)


def _window(value: object) -> object:
    match = _SPAN.fullmatch(str(value).strip().lower())
    if not match:
        raise ValueError("takes a span such as 24h, 90m or 3600s")
    return int(match[1]) * _SECONDS[match[2] or "s"]


def _names(value: object) -> object:
    if not isinstance(value, str):
        return value
    names = frozenset(filter(None, re.split(r"[\s,]+", value)))
    if not names:
        raise ValueError("names nobody; leave it out where everybody may")
    return names


def _user_id(value: str) -> str:
    user_id = value.strip()
    if not _USER_ID.fullmatch(user_id):
        raise ValueError(
            f"“{user_id[:40]}” is no member id such as U012AB3CD4E; "
            "copy it from the person's profile in Slack: ⋮, Copy member ID"
        )
    return user_id


_USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")
_ADDRESS = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\]):(?P<port>\d{1,5})")
_SPAN = re.compile(r"(\d{1,9})([smhd]?)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

Window = Annotated[int, BeforeValidator(_window), Field(gt=0, description="in seconds")]
UserId = Annotated[str, AfterValidator(_user_id)]
Names = Annotated[frozenset[UserId] | None, NoDecode, BeforeValidator(_names)]
Url = Annotated[str, AfterValidator(_url)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
AppToken = Annotated[Secret, _token("xapp-")]
Address = Annotated[str, AfterValidator(_address)]
Port = Annotated[int, Field(ge=1, le=65535)]


class _Books(BaseSettings):
    """Where the jobs are kept, and how the slots are counted."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
    )

    reka_base_url: Url = REKA_URL
    reel_database: Annotated[Path | PostgresUrl, BeforeValidator(_database)] = Path("reel.db")
    reel_slot_limit: Annotated[int, Field(ge=0, le=100_000)] = 10
    reel_slot_window: Window = 24 * 3600


class DatabaseSettings(_Books):
    """What it takes to look into the database. Without the key it is not known whose slots to count."""

    reka_api_key: Secret | None = None

    @property
    def fingerprint(self) -> str | None:
        """As `Settings.fingerprint`; None without a key."""
        return _fingerprint(self.reka_base_url, self.reka_api_key) if self.reka_api_key else None


class Settings(_Books):
    """One field per setting, named as in the environment. The README's table lists them all.

    What only one way of hearing Slack needs may be missing here; `SocketModeSettings`, `HttpSettings` and `WorkerSettings` demand it.
    """

    slack_bot_token: Annotated[Secret, _token("xoxb-")] = Field(
        description="starts with xoxb-; OAuth & Permissions page"
    )
    slack_app_token: AppToken | None = None
    slack_signing_secret: Secret | None = None
    slack_api_url: Url = SLACK_URL
    reka_api_key: Secret = Field(description="from platform.reka.ai")
    reka_dialect: Literal["reels", "clips"] = "reels"
    reel_log_level: Literal["debug", "info", "warning", "error"] = "info"
    reel_log_format: Literal["text", "json"] = "text"
    reel_spenders: Names = None
    reel_files: bool = True
    reel_operator: Names = None
    reel_keep_days: Annotated[int, Field(ge=1, le=3650)] = 90
    reel_grace_seconds: Annotated[float, Field(ge=0, le=300)] = 10
    reel_edits_per_minute: Annotated[int, Field(ge=1, le=1200)] = 50
    reel_http_host: str = "127.0.0.1"
    reel_http_port: Port = 3000
    reel_health_host: str = "127.0.0.1"
    reel_health_port: Port = 3001
    reel_temporal: Address | None = None
    reel_temporal_namespace: Annotated[str, Field(min_length=1)] = "default"
    reel_temporal_task_queue: Annotated[str, Field(min_length=1)] = "reel"
    reel_temporal_heartbeat: Annotated[Window, Field(ge=2, le=3600)] = 60

    @model_validator(mode="after")
    def _shared(self) -> Self:
        if self.reel_temporal is not None and isinstance(self.reel_database, Path):
            raise ValueError(
                "REEL_TEMPORAL is for several processes, which cannot share an SQLite file; "
                "set REEL_DATABASE to postgresql://…, or leave REEL_TEMPORAL out"
            )
        return self

    @property
    def fingerprint(self) -> str:
        """Names the API key without telling it; slots belong to it."""
        return _fingerprint(self.reka_base_url, self.reka_api_key)

    @property
    def insecure_host(self) -> str | None:
        """The host whose clips may be linked over plain http: that of REKA_BASE_URL, if it is http itself."""
        parts = urlsplit(self.reka_base_url)
        return parts.hostname if parts.scheme == "http" else None

    @property
    def reka_is_afar(self) -> bool:
        """Whether Reka itself cuts the clips, and no service of one's own, which may be in the same private network."""
        return f".{urlsplit(self.reka_base_url).hostname}".endswith(".reka.ai")


def _fingerprint(base_url: str, key: SecretStr) -> str:
    identity = f"{base_url.rstrip('/')} {key.get_secret_value()}"
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


class SocketModeSettings(Settings):
    """For `reel run`."""

    slack_app_token: AppToken = Field(description="starts with xapp-; Basic Information page")


class HttpSettings(Settings):
    """For `reel serve`. An app-level token may stand there, whatever it is: nobody looks at it."""

    slack_app_token: SecretStr | None = None
    slack_signing_secret: Secret = Field(description="Basic Information page, App Credentials")


class WorkerSettings(Settings):
    """For `reel work`. Nothing is heard from Slack there."""

    reel_temporal: Address = Field(description="host:port of Temporal's server")


Kind = TypeVar("Kind", bound=_Books)


def load(kind: type[Kind]) -> Kind:
    """Read the settings. Raises `SettingsError` naming everything that is missing or wrong."""
    try:
        return kind()
    except ValidationError as error:
        raise SettingsError("\n".join(_lines(error, kind))) from None
    except UnicodeDecodeError:
        raise SettingsError("The file .env is not in UTF-8; save it again as UTF-8.") from None


def _lines(error: ValidationError, kind: type[BaseSettings]) -> list[str]:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        name = str(problem["loc"][0]).upper() if problem["loc"] else ""
        described = kind.model_fields.get(name.lower())
        if problem["type"] == "missing" and described is not None:
            lines.append(f"{name} is missing ({described.description}).")
        else:
            message = str(problem["msg"]).removeprefix("Value error, ")
            lines.append(f"{name}: {message}." if name else f"{message}.")
    return lines


def variables(prefix: str) -> dict[str, str]:
    """What the environment, and else `.env`, has under names that a library reads by itself, without white space around.

    Empty is as not there.
    """
    found = {**dotenv_values(".env", encoding="utf-8"), **os.environ}
    stripped = {name: (value or "").strip() for name, value in found.items()}
    return {name: value for name, value in stripped.items() if value and name.startswith(prefix)}


def ignored_oauth_variables() -> list[str]:
    """Take what Bolt would read by itself out of the environment; name what the app will not use.

    With SLACK_CLIENT_ID and SLACK_CLIENT_SECRET there, Bolt would silently switch to OAuth and drop the bot token.
    """
    os.environ.pop("SLACK_BOT_TOKEN", None)  # ours by now; Bolt would warn that there are two
    names = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")
    return [name for name in names if os.environ.pop(name, None) is not None]
