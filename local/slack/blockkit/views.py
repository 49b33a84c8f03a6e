"""Views: modals and Home tabs. Reference: https://docs.slack.dev/reference/views/"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from local.slack.blockkit.blocks import Block
from local.slack.blockkit.objects import Part, Plain24

Blocks = Annotated[list[Block], Field(min_length=0, max_length=100)]
_Short = Annotated[str, StringConstraints(max_length=255)]


class _View(Part):
    blocks: Blocks
    private_metadata: Annotated[str, StringConstraints(max_length=3000)] | None = None
    callback_id: _Short | None = None
    external_id: _Short | None = None


class Modal(_View):
    type: Literal["modal"]
    title: Plain24
    submit: Plain24 | None = None
    close: Plain24 | None = None
    clear_on_close: bool | None = None
    notify_on_close: bool | None = None
    submit_disabled: bool | None = None


class Home(_View):
    type: Literal["home"]


View = Annotated[Modal | Home, Field(discriminator="type")]
