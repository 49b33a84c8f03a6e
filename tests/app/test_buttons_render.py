"""Buttons and modals: the right ones for each state, valid for Slack, and nothing but text made of what strangers wrote."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot import videos
from bot.draft import Draft
from bot.jobs import Job, JobState, Reason
from bot.render import answers, blocks, buttons, card, clips, form, modal, sentences, share
from bot.render.blocks import Block
from bot.render.buttons import Action
from bot.slots import Standing
from local.slack.blockkit.check import check_message, check_view, too_large
from tests.app.job import LINK, NOW, clip, job
from tests.app.test_hostile_text import HOSTILE, mrkdwn_in

CHANGE = Action.CHANGE_ASK
CANCEL, LOOK, ANEW, HAVE = Action.CANCEL, Action.LOOK_AGAIN, Action.CUT_ANEW, Action.HAVE_ID
URL = "https://team.slack.test/"


FAILED = {"state": JobState.FAILED, "reason": Reason.GENERATION_FAILED}


def offered(shown: Block | None) -> list[Any]:
    """The buttons of an actions block."""
    found: Any = shown["elements"] if shown else []
    return list(found)


def actions_of(kept: Job, *, can_look: bool = True) -> list[str]:
    return [button["action_id"] for button in offered(buttons.of(kept, can_look=can_look))]


@pytest.mark.parametrize(
    ("changes", "actions"),
    [
        ({"state": JobState.WAITING}, [CANCEL]),
        ({"state": JobState.SUBMITTING}, [CANCEL]),
        ({"state": JobState.SUBMITTING, "cancel_requested_at": 1}, []),
        ({"state": JobState.RUNNING}, [CANCEL]),
        ({"state": JobState.RUNNING, "cancel_requested_at": 1}, []),
        ({"state": JobState.COMPLETED, "clips": (clip(),)}, [CHANGE]),
        ({"state": JobState.COMPLETED}, [CHANGE]),
        ({"state": JobState.CANCELLED}, [CHANGE]),
        ({"state": JobState.EXPIRED}, [ANEW, CHANGE]),
        ({"state": JobState.UNSURE}, [LOOK, HAVE, ANEW]),
        ({"state": JobState.NO_ANSWER}, [LOOK, ANEW]),
        ({"state": JobState.REPLACED}, []),
        ({"state": JobState.FAILED, "reason": Reason.GENERATION_FAILED}, [ANEW, CHANGE]),
        ({**FAILED, "error_message": "This video is private"}, [CHANGE]),
        ({**FAILED, "error_message": "HTTP Error 503"}, [ANEW, CHANGE]),
        ({"state": JobState.FAILED, "reason": Reason.GONE}, [ANEW, CHANGE]),
        ({"state": JobState.FAILED, "reason": Reason.REQUEST_REFUSED}, [CHANGE]),
        ({"state": JobState.FAILED, "reason": Reason.DUPLICATE}, [CHANGE]),
        ({"state": JobState.FAILED}, [CHANGE]),
    ],
    ids=str,
)
def test_a_job_offers_what_makes_sense_as_it_stands(
    changes: dict[str, Any], actions: list[str]
) -> None:
    kept = job(**changes)
    assert actions_of(kept) == actions
    shown = card.card(kept, Standing(), NOW).blocks
    last = shown[-1] if shown[-1]["type"] == "actions" else None
    assert [button["action_id"] for button in offered(last)] == actions
    assert all(button["value"] == kept.id for button in offered(last))


def test_buttons_are_in_the_same_block_for_as_long_as_they_are_the_same() -> None:
    seen = {
        stage: card.card(job(state=JobState.RUNNING, stage=stage), Standing(), NOW).blocks[-1]
        for stage in ("queued", "indexing")
    }
    assert seen["queued"]["block_id"] == seen["indexing"]["block_id"]
    done = card.card(job(state=JobState.COMPLETED), Standing(), NOW).blocks[-1]
    assert done["block_id"] != seen["queued"]["block_id"]


def test_what_costs_a_slot_says_so_on_its_label_where_slots_are_counted() -> None:
    done = job(state=JobState.NO_ANSWER)
    shown = [buttons.of(done, can_look=True), buttons.free(done), buttons.paid(done)]
    labels = [button["text"]["text"] for row in shown for button in offered(row)]
    assert labels == [
        *("Look again", "Cut anew… (1 slot)", "Share to a channel…", "Copy text"),
        *("Other moments… (1 slot)", "Shorter… (1 slot)", "Square… (1 slot)"),
        "Change the ask… (1 slot)",
    ]
    assert "(1 slot)" in str(answers.asked_again(done, URL).blocks)
    assert "(1 slot)" in str(card.card(done, Standing(10, 3), NOW).blocks)


def test_an_account_without_a_limit_names_no_price_on_its_labels() -> None:
    done = job(state=JobState.NO_ANSWER, clips=(clip(),))
    for message in (
        card.card(done, Standing(), NOW),
        clips.links(done, limited=False),
        answers.asked_again(done, URL, limited=False),
    ):
        assert "1 slot" not in str(message.blocks)


def test_every_state_is_in_a_row_of_that_table() -> None:
    mark: Any = test_a_job_offers_what_makes_sense_as_it_stands
    [table] = [mark.args[1] for mark in mark.pytestmark]
    assert {changes["state"] for changes, _ in table} == set(JobState)


def test_where_no_list_can_be_looked_at_the_id_is_asked_for_instead() -> None:
    assert actions_of(job(state=JobState.UNSURE), can_look=False) == [HAVE, ANEW]
    assert actions_of(job(state=JobState.NO_ANSWER), can_look=False) == [LOOK, ANEW]


def test_only_what_costs_a_slot_for_nothing_is_asked_about_twice() -> None:
    for state in JobState:
        for button in offered(buttons.of(job(state=state), can_look=True)):
            assert ("confirm" in button) == (state is JobState.RUNNING)


@pytest.mark.parametrize("can_look", [True, False])
@pytest.mark.parametrize("state", JobState)
def test_slack_accepts_every_set_of_buttons(state: JobState, can_look: bool) -> None:
    for reason in (None, *Reason):
        if shown := buttons.of(job(state=state, reason=reason), can_look=can_look):
            assert check_message([shown]) == []


@pytest.mark.parametrize(
    ("standing", "price"),
    [
        (Standing(10, 4), "uses 1 of 4 slots left"),
        (Standing(10, 1), "uses 1 of 1 slot left"),
        (Standing(10, 0, NOW), "uses 1 slot, and waits for it: none is left now"),
        (Standing(), "uses one request of the key"),
    ],
)
def test_the_modal_says_the_price_before_it_is_paid(standing: Standing, price: str) -> None:
    assert sentences.price(standing) == price
    shown = form.make(Draft("C1"), job().request, standing)
    assert f"3 clips · {price}" in list(mrkdwn_in(shown))


def test_the_modal_for_the_id_remembers_the_job() -> None:
    assert modal.have_id(job())["private_metadata"] == job().id


def test_the_field_for_the_id_is_where_the_handler_reads_it() -> None:
    body: Any = modal.have_id(job())["blocks"]
    assert body[0]["block_id"] == modal.ID_BLOCK
    assert body[0]["element"]["action_id"] == modal.ID_ACTION


def texts(view: Block) -> list[str]:
    """The text of every rich text element."""
    return [element["text"] for element in elements(view)]


def elements(view: Block) -> Iterator[dict[str, Any]]:
    shown: Any = view["blocks"]
    for block in shown:
        if block["type"] == "rich_text":
            for section in block["elements"]:
                yield from section["elements"]


def views(text: str) -> Iterator[Block]:
    """Every modal with a stranger's text wherever it may stand."""
    links = (LINK, f"https://{text}", *[f"http://{text}"] * 3)
    asked = job(prompt=text, video_urls=links).request
    for more in (True, False):
        yield form.make(Draft("C1", more=more), asked, Standing(10, 3))
        found = videos.found({"text": " ".join(links)}).links
        yield form.make(Draft(found=found, more=more), asked, Standing())
    yield modal.have_id(job(prompt=text))
    yield share.modal(job(clips=(clip(text, url=text),) * 14))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_slack_accepts_every_modal_with_a_strangers_text_and_shows_it_as_text(text: str) -> None:
    for view in views(text):
        assert check_view(view, "modal") == []
        assert not too_large(view)
        assert not any(set("<>&") & set(parsed) for parsed in mrkdwn_in(view))
        for element in elements(view):
            assert element["type"] == "text"
            assert element["text"]
            assert element["text"].encode()
            assert element["text"].isprintable() or element["text"] == "\n" or "\u200d" in text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_text_to_copy_is_text_line_by_line(text: str) -> None:
    kept = job(clips=(clip(text, caption=text, hashtags=(text,)),) * 12)
    view: Any = modal.copy_text(clips.as_text(kept))
    assert check_view(view, "modal") == []
    assert not too_large(view)
    [shown] = view["blocks"][0]["elements"][0]["elements"]
    assert shown["type"] == "text"
    assert all(line.isprintable() or "\u200d" in line for line in shown["text"].split("\n"))


@pytest.mark.parametrize(
    "sentence", [*sentences.OUTCOMES.values(), sentences.CUT_ALREADY, answers.fault().text]
)
def test_every_notice_is_a_modal_that_slack_accepts(sentence: str) -> None:
    view = modal.notice(sentence)
    assert check_view(view, "modal") == []
    assert list(mrkdwn_in(view)) == [sentence]
    assert "submit" not in view
    assert not set("<>") & set(sentence)
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({"card_ts": "2.5", "thread_ts": "1.0"}, "archives/C1/p25?thread_ts=1.0&amp;cid=C1"),
        ({"card_ts": "2.5"}, "archives/C1/p25"),
        ({}, None),
    ],
)
def test_asking_again_is_answered_with_the_card_there_is_and_the_way_to_another(
    changes: dict[str, str], address: str | None
) -> None:
    kept = job(**changes)
    message = answers.asked_again(kept, URL)
    assert check_message(message.blocks) == []
    assert "Nothing more is spent" in message.text
    link = f"<{URL}{address}|its card>" if address else "its card"
    assert f"see {link}." in message.text
    assert list(mrkdwn_in(message.blocks)) == [message.text]
    [again] = offered(message.blocks[-1])
    assert (again["action_id"], again["value"]) == (ANEW, kept.id)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_asking_again_repeats_nothing_that_a_stranger_wrote(text: str) -> None:
    plain = answers.asked_again(job(card_ts="2.5"), URL)
    assert answers.asked_again(job(card_ts="2.5", prompt=text, error_message=text), URL) == plain


def test_an_odd_workspace_address_breaks_out_of_no_link() -> None:
    message = answers.asked_again(job(card_ts="2.5"), "https://x.test/><!channel>")
    assert "<!channel>" not in message.text
    assert blocks.permalink("https://x.test//", "C1", "2.5", None).startswith("https://x.test/a")
