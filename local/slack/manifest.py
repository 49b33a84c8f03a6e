"""What the app asked for in its manifest: scopes, events, and that people can write to it; what it offers them.

Reference: https://docs.slack.dev/reference/app-manifest
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field

from local.slack.platform import BOT_EVENTS, BOT_SCOPES, MessagesTab

MANIFEST = Path(__file__).parents[2] / "manifest.yml"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a workspace grants and sends to the app; everything, when no manifest says so.

    `offers` are its name, commands, shortcuts and tabs, as `GET /state` has them under `app`.
    """

    scopes: Sequence[str] = BOT_SCOPES
    bot_events: Collection[str] = BOT_EVENTS
    messages_tab: MessagesTab = "open"
    offers: Mapping[str, Any] = field(default_factory=dict, compare=False)


class _Display(BaseModel):
    name: str = ""
    description: str = ""


class _SlashCommand(BaseModel):
    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


class _Shortcut(BaseModel):
    name: str
    type: Literal["message", "global"]
    callback_id: str
    description: str = ""


class _AppHome(BaseModel):
    home_tab_enabled: bool = False
    messages_tab_enabled: bool = False
    messages_tab_read_only_enabled: bool = True


class _Features(BaseModel):
    app_home: _AppHome = Field(default_factory=_AppHome)
    slash_commands: list[_SlashCommand] = Field(default_factory=list)
    shortcuts: list[_Shortcut] = Field(default_factory=list)


class _Scopes(BaseModel):
    bot: list[str] = Field(default_factory=list)


class _OAuth(BaseModel):
    scopes: _Scopes = Field(default_factory=_Scopes)


class _Subscriptions(BaseModel):
    bot_events: list[str] = Field(default_factory=list)


class _Settings(BaseModel):
    event_subscriptions: _Subscriptions = Field(default_factory=_Subscriptions)


class _File(BaseModel):
    display_information: _Display = Field(default_factory=_Display)
    features: _Features = Field(default_factory=_Features)
    oauth_config: _OAuth = Field(default_factory=_OAuth)
    settings: _Settings = Field(default_factory=_Settings)


def this_manifest() -> Manifest:
    """The manifest of this repository, where there is one. Raises OSError and ValueError."""
    return read_manifest(MANIFEST) if MANIFEST.exists() else Manifest()


def read_manifest(path: Path) -> Manifest:
    """The manifest in a YAML file. Raises OSError and ValueError."""
    try:
        content: Any = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {error}") from None
    said = _File.model_validate(content or {})
    return Manifest(
        said.oauth_config.scopes.bot,
        said.settings.event_subscriptions.bot_events,
        _messages_tab(said.features.app_home),
        said.display_information.model_dump() | said.features.model_dump(),
    )


def _messages_tab(home: _AppHome) -> MessagesTab:
    if not home.messages_tab_enabled:
        return "off"
    return "read_only" if home.messages_tab_read_only_enabled else "open"
