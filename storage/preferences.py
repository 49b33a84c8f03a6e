"""What channels prefer: one preset for each."""

import dataclasses
import json
from dataclasses import dataclass

from bot.preset import Preset
from storage.database import Database, Row, Statement
from storage.glance import Glance
from storage.rows import style_of


@dataclass(frozen=True, slots=True)
class PresetStore:
    """The presets table."""

    database: Database

    def query(self, team_id: str, channel_id: str) -> Statement:
        """For a glance: what `of` asks."""
        return "SELECT * FROM presets WHERE team_id = ? AND channel_id = ?", (team_id, channel_id)

    async def of(
        self, team_id: str, channel_id: str, glance: Glance | None = None
    ) -> Preset | None:
        """A channel's preset, or None."""
        rows = await (glance or self.database.read)(*self.query(team_id, channel_id))
        return _preset_of(rows[0]) if rows else None

    async def all(self, team_id: str) -> dict[str, Preset]:
        """Channel id → preset, of a workspace; the one that was set last comes first."""
        rows = await self.database.read(
            "SELECT * FROM presets WHERE team_id = ? ORDER BY set_at DESC, channel_id", (team_id,)
        )
        return {row["channel_id"]: _preset_of(row) for row in rows}

    async def set(self, team_id: str, channel_id: str, preset: Preset) -> None:
        """Set a channel's preset, in place of an older one."""
        await self.database.write(
            "INSERT INTO presets (team_id, channel_id, options, set_by, set_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (team_id, channel_id) DO UPDATE "
            "SET options = excluded.options, set_by = excluded.set_by, set_at = excluded.set_at",
            (team_id, channel_id, _options_json(preset), preset.set_by, preset.set_at),
        )

    async def clear(self, team_id: str, channel_id: str) -> None:
        """Forget a channel's preset."""
        await self.database.write(
            "DELETE FROM presets WHERE team_id = ? AND channel_id = ?", (team_id, channel_id)
        )


def _options_json(preset: Preset) -> str:
    values = dataclasses.asdict(preset)
    return json.dumps({name: values[name] for name in preset.options()})


def _preset_of(row: Row) -> Preset:
    options = json.loads(row["options"])
    style = style_of(options.pop("caption_style", None))
    return Preset(**options, caption_style=style, set_by=row["set_by"], set_at=row["set_at"])
