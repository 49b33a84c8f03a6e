"""Modals in the browser, with a small app that has every input."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import Open, opened
from tests.browser.house import House, until
from tests.browser.person import Person


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A workspace with the small app."""
    with opened(tmp_path_factory.mktemp("inputs")) as house:
        house.open_workspace()
        house.open_other_app("tests.browser.every_input")
        yield house


@pytest.fixture
def robin(inputs: House, visit: Open) -> Iterator[Person]:
    """Robin, with the modal open; afterwards every modal is closed."""
    robin = visit(inputs, "general")
    robin.write("/reel")
    try:
        expect(robin.modal.get_by_label("Link")).to_be_focused()
        yield robin
    finally:
        for view in reversed(inputs.state()["views"]):
            inputs.act("close", user="robin", view_id=view["id"])


def submitted(house: House) -> dict[str, Any]:
    """What the last submission says, by block id."""
    view = house.payloads("view_submission")[-1]["view"]
    return {block: entry["a"] for block, entry in view["state"]["values"].items()}


def test_everything_that_was_entered_reaches_the_app(inputs: House, robin: Person) -> None:
    modal = robin.modal
    modal.get_by_label("Link").fill("https://youtu.be/abc")
    modal.get_by_label("Wish").fill("the price\nand the joke")
    modal.get_by_label("Count").fill("3")
    modal.get_by_role("group", name="Several").get_by_label("Option 1").check()
    modal.get_by_role("group", name="Several").get_by_label("Option 3").check()
    modal.get_by_role("radiogroup", name="One").get_by_label("Option 2").check()
    modal.get_by_role("group", name="Boxes").get_by_label("Option 3").uncheck()
    modal.get_by_label("Time").fill("10:30")
    modal.get_by_label("Moment").fill("2026-11-24T12:00")
    modal.get_by_label("Who").select_option(label="Sam Okafor")
    modal.get_by_role("group", name="Everybody").get_by_label("Kim Tanaka").check()
    modal.get_by_label("Where").select_option(label="#random")
    modal.get_by_label("Public").select_option(label="#general")
    modal.get_by_label("Mail").fill("a@b.example")
    modal.get_by_label("Rich").fill("in words")
    modal.get_by_role("button", name="Send it").click()
    expect(modal).to_have_count(0)

    entered = submitted(inputs)
    assert entered["link"]["value"] == "https://youtu.be/abc"
    assert entered["wish"]["value"] == "the price\nand the joke"
    assert entered["count"]["value"] == "3"
    assert entered["shape"]["selected_option"]["value"] == "o2"
    assert [each["value"] for each in entered["several"]["selected_options"]] == ["o1", "o3"]
    assert entered["one"]["selected_option"]["value"] == "o2"
    assert entered["boxes"]["selected_options"] == []
    assert entered["day"]["selected_date"] == "2026-11-24"
    assert entered["time"]["selected_time"] == "10:30"
    assert isinstance(entered["moment"]["selected_date_time"], int)
    assert entered["who"]["selected_user"] == "U0SAM000002"
    assert entered["everybody"]["selected_users"] == ["U0KIM000004"]
    assert entered["where"]["selected_conversation"] == "C0RANDOM002"
    assert entered["public"]["selected_channel"] == "C0GENERAL01"
    assert entered["mail"]["value"] == "a@b.example"
    assert entered["rich"]["rich_text_value"]["type"] == "rich_text"


def test_errors_stand_at_their_fields(robin: Person) -> None:
    modal = robin.modal
    send = modal.get_by_role("button", name="Send it")
    send.click()
    expect(modal.locator('[data-block="link"]')).to_contain_text("Please complete this required")
    link = modal.get_by_label("Link")
    expect(link).to_be_focused()
    link.fill("not an address")
    modal.get_by_label("Count").fill("7")
    send.click()
    expect(modal.locator('[data-block="link"]')).to_contain_text("valid URL")
    expect(modal.locator('[data-block="count"]')).to_contain_text("at most 3")
    link.fill("https://example.com/x")
    modal.get_by_label("Count").fill("1")
    send.click()
    expect(modal.locator('[data-block="link"]')).to_contain_text("That is an example.")
    expect(modal.locator(".input-error")).to_have_count(1)
    described = link.get_attribute("aria-describedby") or ""
    assert modal.locator(f"#{described}").inner_text() == "That is an example."


def test_what_was_entered_survives_an_update_of_the_view(inputs: House, robin: Person) -> None:
    modal = robin.modal
    modal.get_by_label("Wish").fill("kept")
    modal.get_by_role("radiogroup", name="One").get_by_label("Option 3").check()
    modal.get_by_label("Shape").select_option(label="Option 3")
    expect(modal.get_by_text("You chose o3")).to_be_visible()
    expect(modal.get_by_label("Wish")).to_have_value("kept")
    expect(modal.get_by_role("radiogroup", name="One").get_by_label("Option 3")).to_be_checked()
    click = inputs.payloads("block_actions")[-1]
    assert click["view"]["state"]["values"]["wish"]["a"]["value"] == "kept"


def test_three_modals_are_stacked_and_the_focus_stays_inside(robin: Person) -> None:
    def titles() -> str:
        return robin.modal.get_by_role("heading").first.inner_text()

    robin.modal.get_by_role("button", name="Another one").click()
    until(lambda: titles() == "On top", "the second modal")
    robin.modal.get_by_role("button", name="Another one").click()
    until(lambda: titles() == "Topmost", "the third modal")
    for _ in range(12):
        robin.page.keyboard.press("Tab")
        inside = robin.page.evaluate(
            "() => document.activeElement === document.body"
            " || Boolean(document.activeElement.closest('dialog'))"
        )
        assert inside
    robin.page.keyboard.press("Escape")
    robin.modal.get_by_role("button", name="Back").click()
    until(lambda: titles() == "Every input", "the first modal again")
    robin.page.keyboard.press("Escape")
    expect(robin.modal).to_have_count(0)
    expect(robin.composer).to_be_focused()


def test_who_leaves_two_modals_quickly_is_where_they_meant_to_be(robin: Person) -> None:
    held: list[Route] = []

    def heading(title: str) -> Locator:
        return robin.modal.get_by_role("heading", name=title)

    for title in ("On top", "Topmost"):
        robin.modal.get_by_role("button", name="Another one").click()
        expect(heading(title)).to_be_visible()
    robin.page.route("**/act/close", lambda route: held.append(route))  # noqa: PLW0108  it takes no builtin
    robin.page.keyboard.press("Escape")
    expect(heading("On top")).to_be_visible()
    robin.modal.get_by_role("button", name="Back").click()
    expect(heading("Every input")).to_be_visible()
    assert len(held) == 2
    for closing in held:
        with robin.page.expect_response("**/act/close"):
            closing.continue_()
    expect(heading("Every input")).to_be_visible()


def test_a_submission_that_is_not_answered_says_so_and_keeps_what_was_entered(
    inputs: House, robin: Person
) -> None:
    robin.modal.get_by_label("Link").fill("https://youtu.be/abc")
    inputs.act("lose_ack", times=1)
    robin.modal.get_by_role("button", name="Send it").click()
    expect(robin.modal.locator("form")).to_have_attribute("aria-busy", "true")
    expect(robin.modal.get_by_role("alert")).to_contain_text("trouble connecting")
    expect(robin.modal.get_by_label("Link")).to_have_value("https://youtu.be/abc")
