"""The Clip API's objects, read leniently: unknown fields and statuses pass, absent, null and [] are alike."""

import json
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

COMPLETED = "completed"
FAILED = "failed"
TERMINAL = frozenset({COMPLETED, FAILED})
"""The only terminal statuses; every other word, known or not, means "still running"."""


def from_json(content: bytes | str) -> object:
    """What Reka wrote; half a surrogate pair passes, as pydantic's own parser would not let it. Raises `ValueError`."""
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def storable(text: str) -> str:
    """Without what JSON can say and no database can keep: half a surrogate pair, and NUL."""
    return text.encode(errors="ignore").decode().replace("\0", "")


def _list(value: object) -> object:
    return [] if value is None else value


# What is odd in a detail is left out: it must not hide that a job has ended.


def _objects(value: object) -> list[object]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return storable(value).split()
    return (
        [storable(item) for item in value if isinstance(item, str)]
        if isinstance(value, list)
        else []
    )


def _string(value: object) -> str | None:
    return None if value is None else storable(str(value))


def _text(value: object) -> str:
    return _string(value) or ""


def _address(value: object) -> str | None:
    return storable(value) or None if isinstance(value, str) else None


def _mapping(value: object) -> dict[object, object] | None:
    return value if isinstance(value, dict) else None


def _score(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**31:
        return None
    return round(value)


def _date(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


Text = Annotated[str, BeforeValidator(_text)]
Word = Annotated[str, AfterValidator(storable), Field(min_length=1)]
Count = Annotated[int, Field(ge=0, lt=2**31)]
Config = Annotated[dict[str, object] | None, BeforeValidator(_mapping)]
OptionalText = Annotated[str | None, BeforeValidator(_string)]
Address = Annotated[str | None, BeforeValidator(_address)]
Strings = Annotated[tuple[str, ...], BeforeValidator(_strings)]


class Output(_Lenient):
    """One clip (`ClipOutput`). `video_url` may be null; `signed_s3_video_url` is short-lived, never store or post it."""

    title: Text = ""
    video_url: Address = None
    signed_s3_video_url: Address = None
    caption: Text = ""
    hashtags: Strings = ()
    ai_score: Annotated[int | None, BeforeValidator(_score)] = None


class Generation(_Lenient):
    """A job as Reka sees it (`ClipResponse`): the same object in the POST's answer, each event, and GET."""

    id: Word
    status: Word
    output: Annotated[tuple[Output, ...], BeforeValidator(_objects)] = ()
    error_message: OptionalText = None
    created_at: Annotated[datetime | None, BeforeValidator(_date)] = None
    video_urls: Strings = ()
    prompt: OptionalText = None
    generation_config: Config = None
    rendering_config: Config = None

    @property
    def ended(self) -> bool:
        """True for `completed` and `failed`."""
        return self.status in TERMINAL


class Listing(_Lenient):
    """A page of the newer dialect's list (`ClipListResponse`); items carry no output and no dates."""

    items: Annotated[tuple[Generation, ...], BeforeValidator(_list)] = ()


class RateLimit(_Lenient):
    """The rate-limit headers: requests in the window, requests left, seconds until the reset."""

    limit: Count
    remaining: Count
    reset: int | None = None


class Receipt(_Lenient):
    """An answer's HTTP status, and what its headers said: `X-Request-ID` and the key's rate limit, where present."""

    status: int
    request_id: str | None = None
    rate_limit: RateLimit | None = None
