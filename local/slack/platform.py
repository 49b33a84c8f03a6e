"""Everything a handler may reach: the workspace and the services around it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from local.slack.background import Background
from local.slack.changes import ChangeLog
from local.slack.contents import Contents
from local.slack.deliveries import Deliveries
from local.slack.envelopes import ACK_TIMEOUT_S, EVENT_RETRIES_S
from local.slack.faults import Faults
from local.slack.limits import RateLimits
from local.slack.mint import Clock, Mint
from local.slack.request_url import RequestUrl
from local.slack.response_urls import ResponseUrls
from local.slack.sockets import SocketMode
from local.slack.triggers import Triggers
from local.slack.workspace import Workspace

BOT_TOKEN = "xoxb-local"  # noqa: S105  made up, for this machine only
APP_TOKEN = "xapp-local"  # noqa: S105
SIGNING_SECRET = "signing-secret-local"  # noqa: S105
BOT_SCOPES = (
    "commands", "chat:write", "app_mentions:read", "files:read", "files:write",
    "channels:read", "channels:join", "channels:history", "groups:read", "groups:history",
    "im:read", "im:write", "im:history", "users:read", "team:read",
    "reactions:read", "reactions:write",
)  # fmt: skip
BOT_EVENTS = ("app_home_opened", "app_mention", "message.im")
MessagesTab = Literal["open", "read_only", "off"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a workspace is started. Times are in seconds; `rate_limit_factor` 0 means no limits.

    `bot_events` are the events the app subscribed to, `messages_tab` says whether people can
    write to it, `offers` what it has for them; `scan_seconds` pass between the completion of an upload and its message;
    `deliver_to` is the request URL of an app that does not use Socket Mode.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 0
    bot_token: str = field(default=BOT_TOKEN, repr=False)
    app_token: str = field(default=APP_TOKEN, repr=False)
    scopes: Sequence[str] = BOT_SCOPES
    rate_limit_factor: float = 1.0
    ack_timeout: float = ACK_TIMEOUT_S
    event_retries: Sequence[float] = EVENT_RETRIES_S
    bot_events: Collection[str] = BOT_EVENTS
    messages_tab: MessagesTab = "open"
    offers: Mapping[str, Any] = field(default_factory=dict)
    scan_seconds: float = 0.0
    deliver_to: str | None = None
    signing_secret: str = field(default=SIGNING_SECRET, repr=False)


@dataclass(frozen=True, slots=True)
class Platform:
    """One running workspace. `address` is its base URL, without a slash at the end."""

    settings: Settings
    address: str
    clock: Clock
    mint: Mint
    changes: ChangeLog
    workspace: Workspace
    contents: Contents
    background: Background
    sockets: SocketMode
    request_url: RequestUrl | None
    deliveries: Deliveries
    triggers: Triggers
    response_urls: ResponseUrls
    limits: RateLimits
    faults: Faults
