"""What may be asked for: the body of a POST, checked, or a sentence about what is wrong with it.

Field names, defaults and bounds are those of Reka's OpenAPI document (`ClipRequest`). Unknown
members are ignored and `null` means "not given", as lenient as the API is known to be.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from local.reka.errors import ApiError, invalid

DEFAULT_PROMPT = "Create an engaging short video highlighting the best moments"
# `num_generations` while an automatic count waits for the videos' length (OpenAPI document).
UNRESOLVED = 0
MAX_LINKS = 10
MAX_LINK_LENGTH = 2048

Locale = Literal[
    "ar_SA", "cs_CZ", "da_DK", "de_DE", "el_GR", "en_GB", "en_US", "es_ES", "es_MX", "fi_FI",
    "fil_PH", "fr_CA", "fr_FR", "he_IL", "hi_IN", "hu_HU", "id_ID", "it_IT", "ja_JP", "ko_KR",
    "ms_MY", "nl_NL", "no_NO", "pl_PL", "pt_BR", "pt_PT", "ro_RO", "ru_RU", "sv_SE", "th_TH",
    "tr_TR", "uk_UA", "vi_VN", "zh_CN", "zh_TW",
]  # fmt: skip


def _link(text: str) -> str:
    link = text.strip()
    try:
        parts = urlsplit(link)
        host = parts.hostname
        _ = parts.port  # a port that is no number raises here
    except ValueError:
        host = None
    if host is None or parts.scheme.lower() not in {"http", "https"}:
        raise PydanticCustomError(
            "link", "must be a full link that begins with https:// or http://"
        )
    if parts.username is not None or parts.password is not None:
        raise PydanticCustomError("link", "must not carry a user name or a password")
    if not link.isprintable() or " " in link:
        raise PydanticCustomError("link", "must not contain spaces or control characters")
    if len(link) > MAX_LINK_LENGTH:
        raise PydanticCustomError("link", f"must not be longer than {MAX_LINK_LENGTH} characters")
    return link


def _height(value: Any) -> Any:
    # The guide sends an integer, the OpenAPI document a string; both occur in the wild.
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Link = Annotated[str, AfterValidator(_link)]
Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
Resolution = Annotated[Literal[240, 360, 480, 720, 1080], BeforeValidator(_height)]


# By pydantic's error types; the names in braces are those of the error's context.
_SENTENCES = {
    "json_invalid": "The body is not valid JSON: {error}.",
    "missing": "{named} is required.",
    "link": "{named} {msg}.",
    "span": "{msg}.",
    "literal_error": "{named} must be {expected}.",
    "greater_than_equal": "{named} must be {ge} or more.",
    "less_than_equal": "{named} must be {le} or less.",
    "too_short": "{named} must contain at least one URL.",
    "too_long": "{named} must not contain more than {max_length} URLs.",
    "string_pattern_mismatch": "{named} must be a colour such as #FF7E4F.",
    "string_type": "{named} must be a string.",
    "list_type": "{named} must be a list.",
    "model_type": "{named} must be a JSON object.",
    "model_attributes_type": "{named} must be a JSON object.",
}


class _Given(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_not_given(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


class GenerationConfig(_Given):
    """`generation_config` of /v1/clips; without a number the count follows from the length."""

    template: Literal["moments", "compilation", "voiceover", "trailer", "caption_only"] = "moments"
    num_generations: int = Field(default=UNRESOLVED, ge=1, le=3)
    min_duration_seconds: int = Field(default=0, ge=0)
    max_duration_seconds: int = Field(default=90, ge=1, le=600)
    source_start_time: int | None = Field(default=None, ge=0)
    source_end_time: int | None = Field(default=None, ge=0)
    translated_subtitles_target_language: Locale | None = None
    translated_subtitles_group_length: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _spans_are_spans(self) -> Self:
        if self.min_duration_seconds > self.max_duration_seconds:
            raise PydanticCustomError(
                "span", "`min_duration_seconds` must not be above `max_duration_seconds`"
            )
        start, end = self.source_start_time or 0, self.source_end_time
        if end is not None and start >= end:
            raise PydanticCustomError(
                "span", "`source_start_time` must be before `source_end_time`"
            )
        return self


class ReelGenerationConfig(GenerationConfig):
    """The older dialect makes one clip unless told otherwise."""

    num_generations: int = Field(default=1, ge=1, le=3)


class CaptionStyle(_Given):
    """`caption_style`: every member may be left out."""

    desired_font_size: float | None = Field(default=None, ge=60, le=120)
    text_transform: Literal["initial", "uppercase", "lowercase"] | None = None
    text_color: Colour | None = None
    highlight_color: Colour | None = None
    stroke_color: Colour | None = None
    position: Literal["top", "middle", "bottom"] | None = None
    font_family: (
        Literal["BebasNeue", "Bangers", "RobotoCondensed", "Lato", "CaptionFont"] | None
    ) = None


class RenderingConfig(_Given):
    """`rendering_config`; `resolution` counts the pixels of the shorter side."""

    show_watermark: bool = False
    subtitles: bool = True
    aspect_ratio: Literal["9:16", "16:9", "4:5", "1:1", "9:16-split"] = "9:16"
    resolution: Resolution = 720
    caption_style: CaptionStyle | None = None
    layout: Literal["ai", "fit"] = "ai"


class ClipRequest(_Given):
    """The body of POST /v1/clips."""

    video_urls: list[Link] = Field(min_length=1, max_length=MAX_LINKS)
    prompt: str = DEFAULT_PROMPT
    generation_config: GenerationConfig = Field(default_factory=GenerationConfig)
    rendering_config: RenderingConfig = Field(default_factory=RenderingConfig)
    stream: bool = False


class ReelRequest(ClipRequest):
    """The body of POST /v1/creator/reels, where the guide makes `prompt` required."""

    prompt: str = Field(min_length=1, pattern=r"\S")
    generation_config: GenerationConfig = Field(default_factory=ReelGenerationConfig)

    @model_validator(mode="before")
    @classmethod
    def _one_clip_unless_told(cls, data: Any) -> Any:
        config = data.get("generation_config") if isinstance(data, dict) else None
        if isinstance(config, dict) and config.get("num_generations") is None:
            return {**data, "generation_config": {**config, "num_generations": 1}}
        return data


def read_request(body: bytes, model: type[ClipRequest]) -> ClipRequest:
    """The request in `body`; raises ApiError (400) that names the member and says what it needs."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise refusal(error) from error


def refusal(error: ValidationError) -> ApiError:
    """The first problem as the message; every one of them in `details` when there are several."""
    problems = [
        {"param": _param(problem["loc"]), "message": _sentence(problem)}
        for problem in error.errors(include_url=False, include_input=False)
    ]
    first = problems[0]
    return invalid(first["message"], first["param"] or None, problems if problems[1:] else [])


def _param(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def _sentence(problem: ErrorDetails) -> str:
    param, kind = _param(problem["loc"]), problem["type"]
    if param == "prompt" and kind.startswith("string_") and kind != "string_type":
        return "`prompt` must not be empty."
    sentence = _SENTENCES.get(kind, "{named}: {msg}.")
    named = f"`{param}`" if param else "The body"
    return sentence.format(named=named, msg=problem["msg"], **problem.get("ctx", {}))
