"""A valid request, as Reka takes it. Data only."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from bot.captions import CaptionStyle

DEFAULT_PROMPT = "Create an engaging short video highlighting the best moments"
"""Reka's own default sentence; sent when the person gave none, since the older dialect demands one."""

DEFAULT_CLIPS = 3
"""What Reka's newer server makes of videos up to 45 minutes when it is left the choice."""


class Template(StrEnum):
    """Reka's `template`: separate moments, or moments joined into one clip."""

    MOMENTS = "moments"
    COMPILATION = "compilation"


@dataclass(frozen=True, slots=True)
class ReelRequest:
    """A valid request. Fields are named as in Reka's body; None means "not chosen"."""

    video_urls: tuple[str, ...]
    prompt: str | None = None
    num_generations: int = DEFAULT_CLIPS
    template: Template | None = None
    min_duration_seconds: int | None = None
    max_duration_seconds: int | None = None
    source_start_time: int | None = None
    source_end_time: int | None = None
    subtitles: bool | None = None
    aspect_ratio: str | None = None
    resolution: int | None = None
    caption_style: CaptionStyle | None = None
    #: Documented in the newer dialect only; whoever accepts a request leaves it out in the older one.
    translated_subtitles_target_language: str | None = None

    def body(self) -> dict[str, object]:
        """Reka's JSON body. Only what the person chose, so that a new server default is never fought;

        `prompt` and `num_generations` always (left out, the newer server makes 3 to 12 clips).
        """
        generation = {
            "template": self.template,
            "num_generations": self.num_generations,
            "min_duration_seconds": self.min_duration_seconds,
            "max_duration_seconds": self.max_duration_seconds,
            "source_start_time": self.source_start_time,
            "source_end_time": self.source_end_time,
            "translated_subtitles_target_language": self.translated_subtitles_target_language,
        }
        rendering = {
            "subtitles": self.subtitles,
            "aspect_ratio": self.aspect_ratio,
            "resolution": self.resolution,
            "caption_style": self._caption_style(),
        }
        body: dict[str, object] = {
            "video_urls": list(self.video_urls),
            "prompt": self.prompt or DEFAULT_PROMPT,
            "generation_config": _chosen(generation),
        }
        if chosen := _chosen(rendering):
            body["rendering_config"] = chosen
        return body

    def _caption_style(self) -> dict[str, object] | None:
        return _chosen(asdict(self.caption_style)) or None if self.caption_style else None

    def fingerprint(self) -> str:
        """The same for equal requests."""
        return hashlib.sha256(json.dumps(self.body(), sort_keys=True).encode()).hexdigest()[:16]

    def key(self) -> str:
        """The same for the same links and prompt, whatever the options."""
        told_apart_by = json.dumps([sorted(self.video_urls), self.prompt or DEFAULT_PROMPT])
        return hashlib.sha256(told_apart_by.encode()).hexdigest()[:32]


def _chosen(config: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in config.items() if value is not None}
