"""What a modal was opened for comes back from it whole, however long the links were that a message held."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import videos
from bot.captions import CaptionStyle
from bot.draft import Draft, Note, drafted
from bot.render import form
from bot.slots import Standing
from local.slack.blockkit.check import check_view, too_large
from tests.app.job import job

ROOM = 3_000
"""Slack's limit for private_metadata. Source: docs.slack.dev, "Modal views"."""
FULL = Draft(
    channel_id="C0123456789AB",
    thread_ts="1790000000.123456",
    response_url="https://hooks.slack.com/app-actions/" + "x" * 250,
    parent_id="0b6f2c1e6f0d4a579a0b3f5a3f1f7c11",
    anew=True,
    found=("https://a.test/1.mp4", "https://a.test/2.mp4"),
    note=Note.ONE_LIVES_IN_SLACK,
    more=True,
    taken=99,
    preset=True,
    offered="0123456789abcdef",
    caption_style=CaptionStyle(
        "RobotoCondensed", 120, "uppercase", "#FFFFFF", "#FF7E4F", "#000000", "bottom"
    ),
    translation="fil_PH",
)

DRAFTS = st.builds(
    Draft,
    channel_id=st.none() | st.from_regex(r"C[A-Z0-9]{8,12}", fullmatch=True),
    thread_ts=st.none() | st.just("1790000000.123456"),
    response_url=st.none() | st.just(FULL.response_url),
    parent_id=st.none() | st.uuids().map(str),
    anew=st.booleans(),
    found=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=50), max_size=10).map(
        tuple
    ),
    note=st.none() | st.sampled_from(Note),
    more=st.booleans(),
    taken=st.integers(0, 99),
    preset=st.booleans(),
    offered=st.none() | st.just("0123456789abcdef"),
    caption_style=st.sampled_from([None, CaptionStyle("Lato"), FULL.caption_style]),
    translation=st.sampled_from([None, "es_ES"]),
)


@given(DRAFTS)
def test_a_draft_comes_back_as_it_went_in(draft: Draft) -> None:
    assert drafted(draft.metadata()) == draft


def test_nothing_is_written_of_what_is_unset() -> None:
    assert Draft().metadata() == "{}"


def test_a_full_draft_sets_every_field() -> None:
    assert all(getattr(FULL, each.name) != each.default for each in fields(Draft))


@pytest.mark.parametrize("char", ["a", '"', "\\", "é", "看", "🎬"])
@pytest.mark.parametrize("length", [150, 190, 600, 1_900])
def test_the_links_of_a_message_fit_whatever_they_are_made_of(char: str, length: int) -> None:
    typed = " ".join(f"<https://a.test/{number}/{char * length}/.mp4>" for number in range(20))
    found = videos.found({"text": typed}).links
    found = found if len(found) > 1 else ()  # one alone stands in the field
    draft = Draft(
        **{each.name: getattr(FULL, each.name) for each in fields(Draft)} | {"found": found}
    )
    assert len(draft.metadata()) <= ROOM
    assert drafted(draft.metadata()) == draft
    view = form.make(draft, job().request, Standing())
    assert check_view(view, "modal") == []
    assert not too_large(view)
