"""The objects blocks are composed of: text, options, confirmation dialogs.

Limits: https://docs.slack.dev/reference/block-kit/composition-objects/
"""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError


class Part(BaseModel):
    """A part of a payload: strictly typed, and with no property Slack does not know."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _absolute_http(url: str) -> str:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid or re.search(r"\s", url):
        raise PydanticCustomError("invalid_url", "invalid url")
    return url


def _limited(limit: int, minimum: int = 1) -> Any:
    return StringConstraints(min_length=minimum, max_length=limit)


Identifier = Annotated[str, _limited(255)]
Url = Annotated[str, _limited(3000), AfterValidator(_absolute_http)]


class PlainText(Part):
    type: Literal["plain_text"]
    text: Annotated[str, _limited(3000)]
    emoji: bool | None = None


class Mrkdwn(Part):
    type: Literal["mrkdwn"]
    text: Annotated[str, _limited(3000)]
    verbatim: bool | None = None


class Plain24(PlainText):
    text: Annotated[str, _limited(24)]


class Plain30(PlainText):
    text: Annotated[str, _limited(30)]


class Plain75(PlainText):
    text: Annotated[str, _limited(75)]


class Plain100(PlainText):
    text: Annotated[str, _limited(100)]


class Plain150(PlainText):
    text: Annotated[str, _limited(150)]


class Plain2000(PlainText):
    text: Annotated[str, _limited(2000)]


class Mrkdwn75(Mrkdwn):
    text: Annotated[str, _limited(75)]


class Mrkdwn150(Mrkdwn):
    text: Annotated[str, _limited(150)]


class Mrkdwn200(Mrkdwn):
    text: Annotated[str, _limited(200)]


class Plain200(PlainText):
    text: Annotated[str, _limited(200)]


class Mrkdwn300(Mrkdwn):
    text: Annotated[str, _limited(300)]


class Plain300(PlainText):
    text: Annotated[str, _limited(300)]


class Mrkdwn2000(Mrkdwn):
    text: Annotated[str, _limited(2000)]


Text3000 = Annotated[PlainText | Mrkdwn, Field(discriminator="type")]
Text2000 = Annotated[Plain2000 | Mrkdwn2000, Field(discriminator="type")]
Text300 = Annotated[Plain300 | Mrkdwn300, Field(discriminator="type")]
Text200 = Annotated[Plain200 | Mrkdwn200, Field(discriminator="type")]
Text150 = Annotated[Plain150 | Mrkdwn150, Field(discriminator="type")]
Text75 = Annotated[Plain75 | Mrkdwn75, Field(discriminator="type")]


class Confirm(Part):
    title: Plain100
    text: Text300
    confirm: Plain30
    deny: Plain30
    style: Literal["primary", "danger"] | None = None


class Option(Part):
    """An option of a select or overflow menu: plain text only."""

    text: Plain75
    value: Annotated[str, _limited(150)]
    description: Plain75 | None = None
    url: Url | None = None


class MarkedOption(Part):
    """An option of checkboxes or radio buttons, which may use mrkdwn."""

    text: Text75
    value: Annotated[str, _limited(150)]
    description: Text75 | None = None


class OptionGroup(Part):
    label: Plain75
    options: Annotated[list[Option], Field(min_length=1, max_length=100)]


class SlackFile(Part):
    id: str | None = None
    url: str | None = None
