"""What the app's manifest says about events and about writing to the app.

Reference: https://docs.slack.dev/reference/app-manifest
"""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from local.slack.platform import MessagesTab

MANIFEST = Path(__file__).parents[2] / "manifest.yml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _AppHome(_Part):
    messages_tab_enabled: bool = False
    messages_tab_read_only_enabled: bool = True


class _Features(_Part):
    app_home: _AppHome = Field(default_factory=_AppHome)


class _Subscriptions(_Part):
    bot_events: list[str] = Field(default_factory=list)


class _Settings(_Part):
    event_subscriptions: _Subscriptions = Field(default_factory=_Subscriptions)


class Manifest(_Part):
    """The parts of a manifest that decide what a workspace sends to the app."""

    features: _Features = Field(default_factory=_Features)
    settings: _Settings = Field(default_factory=_Settings)

    @property
    def bot_events(self) -> list[str]:
        """The events the app subscribed to."""
        return self.settings.event_subscriptions.bot_events

    @property
    def messages_tab(self) -> MessagesTab:
        """Whether people can write to the app."""
        home = self.features.app_home
        if not home.messages_tab_enabled:
            return "off"
        return "read_only" if home.messages_tab_read_only_enabled else "open"


def read_manifest(path: Path) -> Manifest:
    """The manifest in a YAML file. Raises OSError and ValueError."""
    try:
        return Manifest.model_validate(yaml.safe_load(path.read_text()) or {})
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {error}") from None
