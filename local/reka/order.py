"""What one job is asked to cut, and the clips it hands back."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from local.reka.captions import Look

AspectRatio = Literal["9:16", "16:9", "4:5", "1:1"]


class Order(BaseModel):
    """One job, as the server writes it to ORDER.json. All times are seconds of the source."""

    model_config = ConfigDict(frozen=True)

    sources: Annotated[list[Path], Field(min_length=1)]
    directory: Path
    prompt: str | None = None
    template: Literal["moments", "compilation"] = "moments"
    num_generations: Annotated[int, Field(ge=1, le=12)] = 1
    min_duration_seconds: Annotated[float, Field(ge=0)] = 0
    max_duration_seconds: Annotated[float, Field(ge=1, le=600)] = 90
    subtitles: bool = True
    look: Look = Look()
    aspect_ratio: AspectRatio = "9:16"
    resolution: Literal[240, 360, 480, 720, 1080] = 720
    threads: Annotated[int, Field(ge=1)] = 2
    source_start_time: Annotated[float, Field(ge=0)] | None = None
    source_end_time: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _ranges_are_not_upside_down(self) -> Self:
        if self.min_duration_seconds > self.max_duration_seconds:
            raise ValueError("min_duration_seconds must not be above max_duration_seconds")
        end = self.source_end_time
        if end is not None and end <= (self.source_start_time or 0):
            raise ValueError("source_end_time must be after source_start_time")
        return self

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the clips in pixels: `resolution` is the shorter side, both even."""
        across, down = (int(side) for side in self.aspect_ratio.split(":"))
        unit = self.resolution / min(across, down)
        return 2 * round(across * unit / 2), 2 * round(down * unit / 2)


@dataclass(frozen=True, slots=True)
class Clip:
    """One finished clip. `start` and `end` are seconds of source number `source`."""

    file: str
    title: str
    caption: str
    hashtags: list[str]
    ai_score: int
    start: float
    end: float
    source: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
