"""The interactive elements, and the image element.

Limits: https://docs.slack.dev/reference/block-kit/block-elements/
"""

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from local.slack.blockkit.objects import (
    Confirm,
    Identifier,
    MarkedOption,
    Option,
    OptionGroup,
    Part,
    Plain75,
    Plain150,
    SlackFile,
    Url,
)

ActionId = Identifier
Options = Annotated[list[Option], Field(min_length=1, max_length=100)]
OptionGroups = Annotated[list[OptionGroup], Field(min_length=1, max_length=100)]
MarkedOptions = Annotated[list[MarkedOption], Field(min_length=1, max_length=10)]
AtLeastOne = Annotated[int, Field(ge=1)]
Ids = list[str]
PartT = TypeVar("PartT", bound=Part)


class Image(Part):
    """Also an image inside a card, a section or a context block."""

    type: Literal["image"]
    alt_text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    image_url: Url | None = None
    slack_file: SlackFile | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.image_url is None) == (self.slack_file is None):
            raise PydanticCustomError("image_source", "must have either image_url or slack_file")
        return self


class Interactive(Part):
    action_id: ActionId | None = None
    confirm: Confirm | None = None


class Focusable(Interactive):
    focus_on_load: bool | None = None
    placeholder: Plain150 | None = None


class Button(Interactive):
    type: Literal["button"]
    text: Plain75
    url: Url | None = None
    value: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = None
    style: Literal["primary", "danger"] | None = None
    accessibility_label: Annotated[str, StringConstraints(max_length=75)] | None = None
    visible_to_user_ids: Ids | None = None


class Overflow(Interactive):
    type: Literal["overflow"]
    options: Annotated[list[Option], Field(min_length=1, max_length=5)]


class Checkboxes(Interactive):
    type: Literal["checkboxes"]
    options: MarkedOptions
    initial_options: Annotated[list[MarkedOption], Field(min_length=1)] | None = None
    focus_on_load: bool | None = None

    @model_validator(mode="after")
    def _initial_is_offered(self) -> Self:
        return _offered(self, self.initial_options or [], self.options)


class RadioButtons(Interactive):
    type: Literal["radio_buttons"]
    options: MarkedOptions
    initial_option: MarkedOption | None = None
    focus_on_load: bool | None = None

    @model_validator(mode="after")
    def _initial_is_offered(self) -> Self:
        return _offered(self, [self.initial_option] if self.initial_option else [], self.options)


class _Menu(Focusable):
    options: Options | None = None
    option_groups: OptionGroups | None = None

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if (self.options is None) == (self.option_groups is None):
            raise PydanticCustomError("options", "must have either options or option_groups")
        return self

    def offered(self) -> list[Option]:
        grouped = [option for group in self.option_groups or [] for option in group.options]
        return (self.options or []) + grouped


class StaticSelect(_Menu):
    type: Literal["static_select"]
    initial_option: Option | None = None

    @model_validator(mode="after")
    def _initial_is_offered(self) -> Self:
        initial = [self.initial_option] if self.initial_option else []
        return _offered(self, initial, self.offered())


class MultiStaticSelect(_Menu):
    type: Literal["multi_static_select"]
    initial_options: list[Option] | None = None
    max_selected_items: AtLeastOne | None = None

    @model_validator(mode="after")
    def _initial_is_offered(self) -> Self:
        return _offered(self, self.initial_options or [], self.offered())


class ExternalSelect(Focusable):
    type: Literal["external_select", "multi_external_select"]
    initial_option: Option | None = None
    initial_options: list[Option] | None = None
    min_query_length: int | None = None
    max_selected_items: AtLeastOne | None = None


class UsersSelect(Focusable):
    type: Literal["users_select", "multi_users_select"]
    initial_user: str | None = None
    initial_users: Ids | None = None
    max_selected_items: AtLeastOne | None = None


class ChannelsSelect(Focusable):
    type: Literal["channels_select", "multi_channels_select"]
    initial_channel: str | None = None
    initial_channels: Ids | None = None
    response_url_enabled: bool | None = None
    max_selected_items: AtLeastOne | None = None


class ConversationsSelect(Focusable):
    type: Literal["conversations_select", "multi_conversations_select"]
    initial_conversation: str | None = None
    initial_conversations: Ids | None = None
    default_to_current_conversation: bool | None = None
    response_url_enabled: bool | None = None
    filter: dict[str, Any] | None = None
    max_selected_items: AtLeastOne | None = None


class DatePicker(Focusable):
    type: Literal["datepicker"]
    initial_date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] | None = None


class TimePicker(Focusable):
    type: Literal["timepicker"]
    initial_time: Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d$")] | None = None
    timezone: str | None = None


class DateTimePicker(Interactive):
    type: Literal["datetimepicker"]
    initial_date_time: int | None = None
    focus_on_load: bool | None = None


class Typed(Part):
    """What the inputs that are typed into share."""

    action_id: ActionId | None = None
    placeholder: Plain150 | None = None
    focus_on_load: bool | None = None
    dispatch_action_config: dict[str, Any] | None = None


class PlainTextInput(Typed):
    type: Literal["plain_text_input"]
    initial_value: Annotated[str, StringConstraints(max_length=3000)] | None = None
    multiline: bool | None = None
    min_length: Annotated[int, Field(ge=0, le=3000)] | None = None
    max_length: Annotated[int, Field(ge=1, le=3000)] | None = None


class AddressInput(Typed):
    type: Literal["email_text_input", "url_text_input"]
    initial_value: str | None = None


class NumberInput(Typed):
    """`min_value`, `max_value` and `initial_value` are strings on the wire."""

    type: Literal["number_input"]
    is_decimal_allowed: bool
    initial_value: str | None = None
    min_value: str | None = None
    max_value: str | None = None


class RichTextInput(Typed):
    type: Literal["rich_text_input"]
    initial_value: dict[str, Any] | None = None


class FileInput(Part):
    type: Literal["file_input"]
    action_id: ActionId | None = None
    filetypes: list[str] | None = None
    max_files: Annotated[int, Field(ge=1, le=10)] | None = None


Clickable = (
    Button
    | Overflow
    | Checkboxes
    | RadioButtons
    | StaticSelect
    | MultiStaticSelect
    | ExternalSelect
    | UsersSelect
    | ChannelsSelect
    | ConversationsSelect
    | DatePicker
    | TimePicker
)
Enterable = (
    Checkboxes
    | RadioButtons
    | StaticSelect
    | MultiStaticSelect
    | ExternalSelect
    | UsersSelect
    | ChannelsSelect
    | ConversationsSelect
    | DatePicker
    | TimePicker
    | DateTimePicker
    | PlainTextInput
    | AddressInput
    | NumberInput
    | RichTextInput
    | FileInput
)
Accessory = Annotated[Clickable | Image, Field(discriminator="type")]
ActionElement = Annotated[Clickable | DateTimePicker | RichTextInput, Field(discriminator="type")]
InputElement = Annotated[Enterable, Field(discriminator="type")]


def _offered(element: PartT, initial: list[Any], options: list[Any]) -> PartT:
    if any(choice not in options for choice in initial):
        raise PydanticCustomError("initial_option", "initial options must be among the options")
    return element
