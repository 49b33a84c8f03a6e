"""The blocks.

Limits: https://docs.slack.dev/reference/block-kit/blocks/. The rules of `plan` and `task_card`
are those a live workspace enforced; its documentation differs (a plan's title is a bare string).
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block as SdkBlock

from local.slack.blockkit.elements import Accessory, ActionElement, Button, Image, InputElement
from local.slack.blockkit.objects import (
    Identifier,
    Part,
    Plain150,
    Plain2000,
    Text150,
    Text200,
    Text2000,
    Text3000,
    Url,
)
from local.slack.blockkit.rich_text import RichText


class _Block(Part):
    block_id: Identifier | None = None


class Section(_Block):
    type: Literal["section"]
    text: Text3000 | None = None
    fields: Annotated[list[Text2000], Field(min_length=1, max_length=10)] | None = None
    accessory: Accessory | None = None
    expand: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.text is None and self.fields is None:
            raise PydanticCustomError("section", "must have text or fields")
        return self


class Divider(_Block):
    type: Literal["divider"]


class Header(_Block):
    type: Literal["header"]
    text: Plain150


class Context(_Block):
    type: Literal["context"]
    elements: Annotated[
        list[Annotated[Text3000 | Image, Field(discriminator="type")]],
        Field(min_length=1, max_length=10),
    ]


class Actions(_Block):
    type: Literal["actions"]
    elements: Annotated[list[ActionElement], Field(min_length=1, max_length=25)]


class ImageBlock(Image):
    block_id: Identifier | None = None
    title: Plain2000 | None = None


class Input(_Block):
    type: Literal["input"]
    label: Plain2000
    element: InputElement
    hint: Plain2000 | None = None
    optional: bool | None = None
    dispatch_action: bool | None = None


class Markdown(_Block):
    type: Literal["markdown"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=12_000)]


class UrlSource(Part):
    type: Literal["url"]
    url: Url
    text: Annotated[str, StringConstraints(min_length=1)]


class _Task(Part):
    task_id: Annotated[str, StringConstraints(min_length=1)]
    title: Annotated[str, StringConstraints(min_length=1)]
    details: RichText | None = None
    output: RichText | None = None
    sources: list[UrlSource] | None = None


class PlanTask(_Task):
    """A task inside a plan; the `type` may be left out."""

    type: Literal["task_card"] = "task_card"
    block_id: Identifier | None = None
    status: Literal["pending", "in_progress", "complete", "error"]


class TaskCard(_Task):
    """A task on its own, where Slack refuses `pending`."""

    type: Literal["task_card"]
    block_id: Identifier | None = None
    status: Literal["in_progress", "complete", "error"]


class Plan(_Block):
    type: Literal["plan"]
    title: Annotated[str, StringConstraints(min_length=1)]
    tasks: Annotated[list[PlanTask], Field(max_length=50)] | None = None
    status: Any = None  # accepted and ignored

    @field_validator("tasks")
    @classmethod
    def _ids_differ(cls, tasks: list[PlanTask] | None) -> list[PlanTask] | None:
        ids = [task.task_id for task in tasks or []]
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("task_id", "task_id must be unique")
        return tasks


class Card(_Block):
    type: Literal["card"]
    hero_image: Image | None = None
    icon: Image | None = None
    title: Text150 | None = None
    subtitle: Text150 | None = None
    body: Text200 | None = None
    subtext: Text200 | None = None
    actions: Annotated[list[Button], Field(min_length=1, max_length=3)] | None = None

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if not (self.hero_image or self.title or self.actions or self.body):
            raise PydanticCustomError(
                "card", "must have at least one of hero_image, title, actions or body"
            )
        return self


class Carousel(_Block):
    type: Literal["carousel"]
    elements: Annotated[list[Card], Field(min_length=1, max_length=10)]


class Alert(_Block):
    type: Literal["alert"]
    text: Text200
    level: Literal["default", "info", "warning", "error", "success"] | None = None


class Video(_Block):
    """Refused always: the local app claims no unfurl domain, and Slack wants one for a video."""

    type: Literal["video"]
    video_url: Url
    thumbnail_url: Url
    alt_text: str
    title: Any
    title_url: Url | None = None
    description: Any = None
    author_name: str | None = None
    provider_name: str | None = None
    provider_icon_url: Url | None = None

    @model_validator(mode="after")
    def _domain(self) -> Self:
        raise PydanticCustomError(
            "video",
            "Video validation failed: Domain is not a valid unfurl domain claimed by your app",
        )


class SdkChecked(Part, extra="allow"):
    """The rarer blocks, checked by Slack's own SDK alone."""

    type: Literal["table", "container", "context_actions", "file", "call"]

    @model_validator(mode="before")
    @classmethod
    def _check(cls, block: Any) -> Any:
        try:
            parsed = SdkBlock.parse(block)
            if parsed is not None:
                parsed.to_dict()
        except (SlackObjectFormationError, TypeError) as problem:
            raise PydanticCustomError("sdk", "{why}", {"why": str(problem)}) from problem
        return block


Block = Annotated[
    Section
    | Divider
    | Header
    | Context
    | Actions
    | ImageBlock
    | Input
    | Markdown
    | RichText
    | Plan
    | TaskCard
    | Card
    | Carousel
    | Alert
    | Video
    | SdkChecked,
    Field(discriminator="type"),
]
