"""Rich text: sections, lists, quotes and preformatted text, made of literal elements.

Reference: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block/
"""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from local.slack.blockkit.objects import Identifier, Part

_Text = Annotated[str, StringConstraints(min_length=1)]


class Style(Part):
    bold: bool | None = None
    italic: bool | None = None
    strike: bool | None = None
    code: bool | None = None
    underline: bool | None = None
    highlight: bool | None = None
    client_highlight: bool | None = None
    unlink: bool | None = None


class _Styled(Part):
    style: Style | None = None


class Text(_Styled):
    type: Literal["text"]
    text: _Text


class Link(_Styled):
    type: Literal["link"]
    url: _Text
    text: str | None = None
    unsafe: bool | None = None


class UserMention(_Styled):
    type: Literal["user"]
    user_id: _Text


class UsergroupMention(_Styled):
    type: Literal["usergroup"]
    usergroup_id: _Text


class TeamMention(_Styled):
    type: Literal["team"]
    team_id: _Text


class ChannelMention(_Styled):
    type: Literal["channel"]
    channel_id: _Text


class Emoji(_Styled):
    type: Literal["emoji"]
    name: _Text
    unicode: str | None = None
    skin_tone: int | None = None


class Date(_Styled):
    """A moment in the reader's zone; `timestamp` is in whole epoch seconds."""

    type: Literal["date"]
    timestamp: int
    format: _Text
    url: str | None = None
    fallback: str | None = None


class Broadcast(_Styled):
    type: Literal["broadcast"]
    range: Literal["here", "channel", "everyone"]


class Color(_Styled):
    type: Literal["color"]
    value: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


Inline = Annotated[
    Text
    | Link
    | UserMention
    | UsergroupMention
    | TeamMention
    | ChannelMention
    | Emoji
    | Date
    | Broadcast
    | Color,
    Field(discriminator="type"),
]


class Section(Part):
    type: Literal["rich_text_section"]
    elements: list[Inline]


class RichList(Part):
    type: Literal["rich_text_list"]
    style: Literal["bullet", "ordered"]
    elements: list[Section]
    indent: Annotated[int, Field(ge=0, le=8)] | None = None
    offset: Annotated[int, Field(ge=0)] | None = None
    border: Literal[0, 1] | None = None


class Quote(Part):
    type: Literal["rich_text_quote"]
    elements: list[Inline]
    border: Literal[0, 1] | None = None


class Preformatted(Part):
    type: Literal["rich_text_preformatted"]
    elements: list[Annotated[Text | Link, Field(discriminator="type")]]
    border: Literal[0, 1] | None = None
    language: str | None = None


class RichText(Part):
    """A `rich_text` block, also as a task's `details` and `output`."""

    type: Literal["rich_text"]
    block_id: Identifier | None = None
    elements: list[
        Annotated[Section | RichList | Quote | Preformatted, Field(discriminator="type")]
    ]


def section(elements: list[dict[str, Any]]) -> dict[str, Any]:
    """One paragraph as a `rich_text` block."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
