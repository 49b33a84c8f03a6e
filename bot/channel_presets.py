"""The presets of channels, as they are read, set and cleared; those set them who may spend slots."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.outcome import Outcome
from bot.preset import Preset
from storage.glance import Glance
from storage.preferences import PresetStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ChannelPresets:
    """What is set for channels. `spenders` None: anybody may set it; `translates`: Reka's dialect takes a translation of
    subtitles; `now` in epoch ms.
    """

    store: PresetStore
    spenders: frozenset[str] | None
    translates: bool
    now: Callable[[], int]

    def may_set(self, user_id: str) -> bool:
        """Whether this person may set what a channel's requests begin with."""
        return self.spenders is None or user_id in self.spenders

    async def of(self, team_id: str, channel_id: str) -> Preset | None:
        """What is set for a channel."""
        return await self.store.of(team_id, channel_id)

    async def among(self, team_id: str, channel_ids: Sequence[str]) -> dict[str, Preset]:
        """Channel id → preset, of these channels; the one that was set last comes first."""
        found = await self.store.all(team_id)
        return {name: preset for name, preset in found.items() if name in set(channel_ids)}

    async def in_force(
        self, team_id: str, channel_id: str | None, glance: Glance | None = None
    ) -> Preset | None:
        """What a request made in a channel begins with: what is set there, without what this dialect does not take.

        None where nothing is set, and where there is no channel yet.
        """
        preset = await self.store.of(team_id, channel_id, glance) if channel_id else None
        if preset is None or self.translates:
            return preset
        return replace(preset, translated_subtitles_target_language=None)

    async def set(self, team_id: str, channel_id: str, user_id: str, preset: Preset) -> Outcome:
        """Set what a channel's requests begin with; nothing at all is the same as to clear it."""
        if not self.may_set(user_id):
            return Outcome.MAY_NOT_SET
        if not preset.options():
            return await self.clear(team_id, channel_id, user_id)
        preset = replace(preset, set_by=user_id, set_at=self.now())
        await self.store.set(team_id, channel_id, preset)
        log.info("preset_set", channel_id=channel_id, options=sorted(preset.options()))
        return Outcome.DONE

    async def clear(self, team_id: str, channel_id: str, user_id: str) -> Outcome:
        """Let a channel's requests begin with nothing again."""
        if not self.may_set(user_id):
            return Outcome.MAY_NOT_SET
        await self.store.clear(team_id, channel_id)
        log.info("preset_cleared", channel_id=channel_id)
        return Outcome.DONE
