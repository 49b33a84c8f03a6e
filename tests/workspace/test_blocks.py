"""Block Kit as strictly as Slack: a table of what is accepted and what is refused, and where."""

from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.blockkit.check import check_message, check_view
from local.slack.visitor import Visitor

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str = "Hello", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str = "go", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def rich(*elements: Json, kind: str = "rich_text_section") -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements)}]}


def plan(title: Any = "Making clips: 2 of 4", **task: Any) -> Json:
    first = {"task_id": "a", "title": "Download", "status": "complete"}
    return {"type": "plan", "title": title, "tasks": [first, first | {"task_id": "b"} | task]}


def select(count: int, length: int = 5) -> Json:
    options = [{"text": plain("x" * length), "value": str(n)} for n in range(count)]
    return {"type": "static_select", "action_id": "pick", "options": options}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


TEXT = {"type": "plain_text_input", "action_id": "text"}
BOXES = {
    "type": "checkboxes",
    "action_id": "boxes",
    "options": [{"text": mrkdwn(str(n)), "value": str(n)} for n in range(10)],
}
IMAGE = {"type": "image", "image_url": "https://a.b/c.png", "alt_text": "A picture"}
CARD = {"type": "card", "title": plain("Clip 1"), "hero_image": IMAGE, "actions": [button()]}

VALID = {
    "section": section("x" * 3000),
    "section with fields": {"type": "section", "fields": [mrkdwn("x" * 2000)] * 10},
    "section with an accessory": section(accessory=select(100, 75)),
    "context": {"type": "context", "elements": [mrkdwn("x"), IMAGE, plain("y")]},
    "actions": actions(*(button(str(n)) for n in range(25))),
    "button with a link": actions(button(url="https://a.b/c?d=e", style="primary", value="1")),
    "header": {"type": "header", "text": plain("x" * 150)},
    "divider": {"type": "divider"},
    "image": IMAGE | {"title": plain("Title")},
    "markdown": {"type": "markdown", "text": "**x**"},
    "input": field(TEXT | {"multiline": True, "max_length": 3000}, optional=True),
    "checkboxes": field(BOXES),
    "plan": plan(
        status="in_progress",
        details=rich({"type": "text", "text": "42 %"}),
        sources=[{"type": "url", "url": "https://a.b", "text": "Clip"}],
    ),
    "task card": {"type": "task_card", "task_id": "a", "title": "A", "status": "in_progress"},
    "card": CARD,
    "carousel": {"type": "carousel", "elements": [CARD] * 2},
    "rich text": rich(
        {"type": "text", "text": "Bold", "style": {"bold": True}},
        {"type": "link", "url": "https://a.b", "text": "here"},
        {"type": "user", "user_id": "U1"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "emoji", "name": "tada"},
        {"type": "date", "timestamp": 1763866800, "format": "{time}", "fallback": "3 pm"},
        {"type": "broadcast", "range": "here"},
    ),
    "quote": rich({"type": "text", "text": "x"}, kind="rich_text_quote"),
    "preformatted": rich({"type": "text", "text": "x"}, kind="rich_text_preformatted"),
    "list": {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": rich({"type": "text", "text": "x"})["elements"],
            }
        ],
    },
    "table": {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]},
}

INVALID: dict[str, tuple[list[Any], str]] = {
    "no type": ([{"text": mrkdwn("x")}], "missing required field: type [json-pointer:/blocks/0]"),
    "unknown type": ([{"type": "status"}], "unsupported type: status [json-pointer:/blocks/0]"),
    "not an object": (["x"], "[json-pointer:/blocks/0]"),
    "unknown property": ([section(color="red")], "invalid additional property: color"),
    "empty text": ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    "long text": ([section("x" * 3001)], "must be less than 3001 characters"),
    "bare section": ([{"type": "section"}], "must have text or fields"),
    "long field": ([{"type": "section", "fields": [mrkdwn("x" * 2001)]}], "/blocks/0/fields/0/text"),
    "eleven fields": ([{"type": "section", "fields": [plain("x")] * 11}], "no more than 10 items"),
    "marked header": ([{"type": "header", "text": mrkdwn("x")}], "/blocks/0/text/type"),
    "long header": ([{"type": "header", "text": plain("x" * 151)}], "must be less than 151"),
    "bare string": ([{"type": "header", "text": "x"}], "must provide an object"),
    "empty actions": ([actions()], "no fewer than 1 items"),
    "26 buttons": ([actions(*(button(str(n)) for n in range(26)))], "no more than 25 items"),
    "eleven in context": ([{"type": "context", "elements": [plain("x")] * 11}], "no more than 10"),
    "marked button": ([actions(button(text=mrkdwn("x")))], "/blocks/0/elements/0/text/type"),
    "long button": ([actions(button(text=plain("x" * 76)))], "must be less than 76 characters"),
    "long value": ([actions(button(value="x" * 2001))], "must be less than 2001 characters"),
    "style": ([actions(button(style="warning"))], "must be a valid enum value"),
    "relative url": ([actions(button(url="/clip"))], "invalid url [json-pointer:/blocks/0/elements/0/url]"),
    "url without host": ([actions(button(url="https://"))], "invalid url"),
    "url with a space": ([actions(button(url="https://a.b/c d"))], "invalid url"),
    "other scheme": ([actions(button(url="javascript:alert(1)"))], "invalid url"),
    "long url": ([actions(button(url="https://a.b/" + "x" * 3000))], "must be less than 3001"),
    "long action_id": ([actions(button("x" * 256))], "must be less than 256 characters"),
    "long block_id": ([section(block_id="x" * 256)], "must be less than 256 characters"),
    "same block_id": ([section(block_id="a"), section(block_id="a")], "block_id must be unique"),
    "same action_id": ([actions(button("a"), button("a"))], "action_id must be unique"),
    "51 blocks": ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    "101 options": ([actions(select(101))], "no more than 100 items"),
    "long option": ([actions(select(1, 76))], "must be less than 76 characters"),
    "no options": ([actions({"type": "static_select", "action_id": "a"})], "must have either options"),
    "initial not offered": (
        [actions(select(2) | {"initial_option": {"text": plain("?"), "value": "?"}})],
        "initial options must be among",
    ),
    "eleven boxes": ([field(BOXES | {"options": [*BOXES["options"], BOXES["options"][0]]})], "no more than 10"),
    "no alt text": ([{"type": "image", "image_url": "https://a.b/c.png"}], "missing required field: alt_text"),
    "image without source": ([{"type": "image", "alt_text": "x"}], "image_url or slack_file"),
    "long markdown": ([{"type": "markdown", "text": "x" * 12001}], "must be less than 12001"),
    "much markdown": ([{"type": "markdown", "text": "x" * 7000}] * 2, "characters in all"),
    "plan with a text object": ([plan(plain("x"))], "must provide a string [json-pointer:/blocks/0/title]"),
    "plan status completed": ([plan(status="completed")], "json-pointer:/blocks/0/tasks/1/status"),
    "plan with one task twice": ([plan(task_id="a")], "task_id must be unique"),
    "plan with text details": ([plan(details="42 %")], "json-pointer:/blocks/0/tasks/1/details"),
    "pending card": (
        [{"type": "task_card", "task_id": "a", "title": "A", "status": "pending"}],
        "json-pointer:/blocks/0/status",
    ),
    "plan beside a card": ([plan(), VALID["task card"]], "cannot be used together"),
    "rich text with mrkdwn": ([rich(mrkdwn("x"))], "unsupported type: mrkdwn"),
    "empty rich text": ([rich({"type": "text", "text": ""})], "json-pointer:/blocks/0/elements/0/elements/0/text"),
    "fractional date": ([rich({"type": "date", "timestamp": 1.5, "format": "{time}"})], "timestamp"),
    "bare card": ([{"type": "card", "subtitle": plain("x")}], "must have at least one of"),
    "card with a bare title": ([CARD | {"title": "x"}], "must provide an object"),
    "eleven cards": ([{"type": "carousel", "elements": [CARD] * 11}], "no more than 10 items"),
    "video": (
        [
            {
                "type": "video",
                "video_url": "https://a.b/c",
                "thumbnail_url": "https://a.b/c.png",
                "alt_text": "x",
                "title": plain("x"),
            }
        ],
        "Domain is not a valid unfurl domain",
    ),
    "alert in a message": ([{"type": "alert", "text": plain("x")}], "not allowed in a message"),
}  # fmt: skip


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **more}


INVALID_VIEWS = {
    "no title": ({"type": "modal", "blocks": []}, "missing required field: title"),
    "long title": (modal(title=plain("x" * 25)), "must be less than 25 characters"),
    "long submit": (modal(submit=plain("x" * 25)), "json-pointer:/view/submit/text"),
    "input without submit": (modal(field(TEXT)), "must have a submit button"),
    "plan in a modal": (modal(plan()), "not allowed in a modal"),
    "101 blocks": (modal(*[{"type": "divider"}] * 101), "no more than 100 items"),
    "long callback_id": (modal(callback_id="x" * 256), "must be less than 256 characters"),
    "home as a modal": ({"type": "home", "blocks": []}, "must be a modal view"),
}


@pytest.mark.parametrize("block", VALID.values(), ids=VALID.keys())
def test_a_valid_block_is_accepted_here_and_by_slacks_sdk(block: Json) -> None:
    assert check_message([block]) == []
    parsed = Block.parse(block)
    assert parsed is not None
    parsed.to_dict()


@pytest.mark.parametrize(("blocks", "sentence"), INVALID.values(), ids=INVALID.keys())
def test_an_invalid_block_is_refused_with_a_pointer(blocks: list[Any], sentence: str) -> None:
    sentences = [problem.sentence() for problem in check_message(blocks)]
    assert any(sentence in said for said in sentences), sentences


@pytest.mark.parametrize(("view", "sentence"), INVALID_VIEWS.values(), ids=INVALID_VIEWS.keys())
def test_an_invalid_view_is_refused(view: Json, sentence: str) -> None:
    sentences = [problem.sentence() for problem in check_view(view, "modal")]
    assert any(sentence in said for said in sentences), sentences


def test_a_modal_with_inputs_and_a_submit_button_is_accepted() -> None:
    view = modal(field(TEXT), section(), {"type": "alert", "text": plain("x")}, submit=plain("Go"))
    assert check_view(view, "modal") == []


def test_a_home_tab_needs_no_title() -> None:
    assert check_view({"type": "home", "blocks": [section(), actions(button())]}, "home") == []


async def test_blocks_validate_needs_no_token_and_lists_what_is_wrong(
    client: AsyncWebClient,
) -> None:
    client.token = None
    good = await client.api_call("blocks.validate", json={"blocks": [section()]})
    assert good["ok"]
    bad = await client._request(
        http_verb="POST",
        api_url=f"{client.base_url}blocks.validate",
        req_args={"json": {"blocks": [section("")]}, "headers": {}},
    )
    assert bad["data"]["errors"] == [
        {
            "code": "string_too_short",
            "message": "must be more than 0 characters",
            "pointer": "/blocks/0/text/text",
            "constraint": {"type": "string_too_short", "expected": 1},
        }
    ]


async def test_a_person_cannot_send_invalid_blocks_either(robin: Visitor) -> None:
    answer = await robin.act("message", channel="general", text="x", blocks=[section("")])
    assert not answer["ok"]
