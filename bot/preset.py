"""A channel's preset: what its requests begin with, and how it meets what a person asks for. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from bot.captions import CaptionStyle
from bot.request import ReelRequest, Template


@dataclass(frozen=True, slots=True)
class Preset:
    """Fields are named as in `ReelRequest`; None means "not set". `prompt` is what is looked for when nobody says.

    `set_by` and `set_at` (epoch ms): whose word it is, and since when.
    """

    prompt: str | None = None
    num_generations: int | None = None
    min_duration_seconds: int | None = None
    max_duration_seconds: int | None = None
    subtitles: bool | None = None
    aspect_ratio: str | None = None
    resolution: int | None = None
    caption_style: CaptionStyle | None = None
    translated_subtitles_target_language: str | None = None
    set_by: str = ""
    set_at: int = 0

    def options(self) -> dict[str, object]:
        """What is set, by the names of `ReelRequest`."""
        chosen = {name: getattr(self, name) for name in OPTIONS}
        return {name: value for name, value in chosen.items() if value is not None}

    def kept_in(self, request: ReelRequest) -> tuple[str, ...]:
        """The options that a request has as they are set here."""
        return tuple(
            name for name, value in self.options().items() if getattr(request, name) == value
        )


OPTIONS = tuple(each.name for each in fields(Preset) if each.name not in {"set_by", "set_at"})


def merged(chosen: Mapping[str, object], preset: Preset | None) -> dict[str, object]:
    """The options of a request: what the person chose wins, then what is set; the rest is left to Reka.

    Where both together make no sense, what is set gives way.
    """
    options = {**(preset.options() if preset else {}), **chosen}
    for name in set(_senseless(options)) - chosen.keys():
        options.pop(name, None)
    return options


def _senseless(options: Mapping[str, object]) -> Iterator[str]:
    if options.get("subtitles") is False:
        yield from ("caption_style", "translated_subtitles_target_language")
    if options.get("template") is Template.COMPILATION:
        yield "num_generations"  # it counts moments; a compilation is one
    shortest, longest = (options.get(name) for name in _BOUNDS)
    if isinstance(shortest, int) and isinstance(longest, int) and shortest > longest:
        yield from _BOUNDS


_BOUNDS = ("min_duration_seconds", "max_duration_seconds")


def begun(video_urls: tuple[str, ...], preset: Preset | None) -> ReelRequest:
    """A request of which nothing but the links is known."""
    return ReelRequest(video_urls, **merged({}, preset))  # type: ignore[arg-type]
