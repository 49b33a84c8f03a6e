"""The whole way in a browser: a command, a card, clips that play; nothing faked but the account."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.house import House, until


@pytest.mark.video
def test_a_command_on_the_sample_talk_ends_in_a_clip_that_plays(
    empty_house: House, visit: Open
) -> None:
    pytest.importorskip("numpy", reason="the clip service's models are not installed")
    empty_house.open_workspace()
    empty_house.open_clip_service()
    empty_house.open_app()
    robin = visit(empty_house, "general")
    robin.write(f"/reel {empty_house.talk} clips:1 10-40s")
    robin.open_thread()
    expect(robin.card("1 clip is ready")).to_be_visible(timeout=150_000)

    in_thread = robin.thread.locator("video")
    in_thread.evaluate("film => film.play()")
    until(lambda: in_thread.evaluate("film => film.currentTime") > 1, "the file that plays")

    talk = robin.messages.get_by_role("link", name=empty_house.talk)
    talk.click()
    film = robin.page.locator("dialog video")
    until(lambda: film.evaluate("film => film.currentTime") > 1, "a linked film that plays")
    robin.page.keyboard.press("Escape")
    expect(film).to_have_count(0)
    expect(talk).to_be_focused()


def test_a_card_edits_itself_from_stage_to_stage(house: House, visit: Open) -> None:
    room, _ = house.channel()
    robin = visit(house, room)
    robin.composer.press_sequentially("/re")
    expect(robin.page.get_by_role("option", name="/reel")).to_be_visible()
    robin.composer.press("Enter")
    expect(robin.page.locator(".composer-hint")).to_contain_text("/reel https://")
    robin.composer.press_sequentially(f"{house.talk} clips:2")
    robin.composer.press("Enter")
    expect(robin.messages.first).to_contain_text("Only visible to you")
    robin.open_thread()

    card = robin.thread.locator(".message", has=robin.page.locator(".plan"))
    expect(card.locator(".plan-title")).to_contain_text("downloading")
    expect(card.locator(".task-complete")).to_have_count(2)
    expect(card.locator(".task-in_progress .task-title")).to_contain_text("downloading")
    ts = card.get_attribute("data-ts")
    expect(robin.card("2 clips are ready").locator(".task-complete")).to_have_count(6)
    expect(card).to_have_count(1)
    assert card.get_attribute("data-ts") == ts
    expect(robin.page.locator("#news")).to_contain_text("Reel: 2 clips are ready.")
    expect(robin.messages.last.locator(".door")).to_contain_text(re.compile(r"[2-9] replies"))


def test_cancel_asks_first_and_then_the_card_says_so(slow_house: House, visit: Open) -> None:
    room, _ = slow_house.channel()
    robin = visit(slow_house, room)
    robin.write(f"/reel {slow_house.talk} cancelled in the browser")
    robin.open_thread()
    expect(robin.card("Making 3 clips")).to_be_visible()
    cancel = robin.thread.get_by_role("button", name="Cancel", exact=True)
    cancel.click()
    question = robin.page.get_by_role("dialog", name="Stop following this job?")
    question.get_by_role("button", name="Keep following").click()
    expect(question).to_have_count(0)
    cancel.click()
    question.get_by_role("button", name="Stop following").click()
    expect(robin.card("Cancelled")).to_contain_text("The slot is spent")
    expect(cancel).to_have_count(0)


def test_a_question_may_be_answered_after_the_card_has_moved_on(
    empty_house: House, visit: Open
) -> None:
    empty_house.open_workspace()
    empty_house.open_clip_service("--fast", "--stage-seconds", "3")
    empty_house.open_app()
    room, _ = empty_house.channel()
    robin = visit(empty_house, room)
    robin.write(f"/reel {empty_house.talk} cancelled late")
    robin.open_thread()
    card = robin.card("Making 3 clips")
    expect(card).to_be_visible()  # before, Cancel asks nothing
    robin.thread.get_by_role("button", name="Cancel", exact=True).click()
    asked_at = card.locator(".task-complete").count()
    question = robin.page.get_by_role("dialog", name="Stop following this job?")
    expect(card.locator(".task-complete")).not_to_have_count(asked_at)
    question.get_by_role("button", name="Stop following").click()
    expect(robin.card("Cancelled")).to_contain_text("The slot is spent")


def test_a_shortcut_opens_the_modal_whose_error_is_mended_into_a_card(
    house: House, visit: Open
) -> None:
    room, _ = house.channel()
    house.act("message", user="sam", channel=room, text=f"Look: {house.talk}")
    robin = visit(house, room)
    robin.more_actions(robin.messages.first)
    robin.page.get_by_role("menuitem", name="Make a reel").click()
    expect(robin.modal.get_by_role("heading", name="Make a reel")).to_be_visible()
    link = robin.modal.get_by_label("Video")
    expect(link).to_have_value(house.talk)
    link.fill("no address at all")
    robin.modal.get_by_role("button", name="Make", exact=True).click()
    expect(robin.modal.get_by_role("alert")).to_be_visible()
    expect(link).to_be_focused()
    assert link.get_attribute("aria-invalid") == "true"
    link.fill(house.talk)
    robin.modal.get_by_label("What to look for").fill("what breaks")
    robin.modal.get_by_role("button", name="Make", exact=True).click()
    expect(robin.modal).to_have_count(0)
    robin.open_thread()
    expect(robin.card("3 clips are ready")).to_be_visible()


def test_what_was_cut_before_stands_above_the_form_that_keeps_what_was_typed(
    house: House, visit: Open
) -> None:
    room, _ = house.channel()
    robin = visit(house, room)
    robin.write(f"/reel {house.talk} what lasts clips:1")
    robin.open_thread()
    expect(robin.card("1 clip is ready")).to_be_visible()
    robin.write("/reel")
    wish = robin.modal.get_by_label("What to look for")
    robin.modal.get_by_label("Video").fill(house.talk)
    wish.fill("What lasts!")
    make = robin.modal.get_by_role("button", name="Make", exact=True)
    make.click()
    expect(robin.modal).to_contain_text("in another form")
    expect(robin.modal).to_contain_text("1 clip instead of 3 clips")
    expect(robin.modal.get_by_role("link", name="Watch")).to_be_visible()
    expect(wish).to_have_value("What lasts!")
    make.click()
    expect(robin.modal).to_have_count(0)
    expect(robin.messages.last).to_contain_text("asked for 3 clips")
