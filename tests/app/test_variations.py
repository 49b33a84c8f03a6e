"""What is offered to ask for next is always something that can be asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import bounds
from bot.request import ReelRequest
from bot.variations import Variation, varied
from tests.app.job import LINK, clip, job


def shorter(shortest: int | None, longest: int | None) -> tuple[int | None, int | None]:
    """The lengths that *Shorter…* fills the form with, after an ask with these."""
    asked = ReelRequest((LINK,), min_duration_seconds=shortest, max_duration_seconds=longest)
    request = varied(job(request=asked), Variation.SHORTER)
    return request.min_duration_seconds, request.max_duration_seconds


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ((None, None), (None, 45)),  # Reka's own longest is 90 s
        ((15, 60), (15, 30)),
        ((40, 60), (None, 30)),  # the shortest would be above the longest
        ((None, 15), (None, 10)),  # not below what is a clip
        ((5, 10), (5, 10)),  # as short as it gets
        ((2, 6), (2, 6)),  # a very short ask is never made longer
        ((None, 1), (None, 1)),
        ((0, 3), (0, 3)),
    ],
)
def test_shorter_is_half_as_long_and_never_longer(
    asked: tuple[int | None, int | None], offered: tuple[int | None, int | None]
) -> None:
    assert shorter(*asked) == offered


SECONDS = st.none() | st.integers(0, bounds.MAX_DURATION)


@given(SECONDS, SECONDS, st.sampled_from(Variation), st.text(max_size=3_000), st.text(max_size=300))
def test_whatever_was_asked_for_its_variations_can_be_asked_for(
    shortest: int | None, longest: int | None, variation: Variation, prompt: str, title: str
) -> None:
    asked = ReelRequest(
        (LINK,),
        prompt[: bounds.MAX_PROMPT] or None,
        min_duration_seconds=shortest,
        max_duration_seconds=longest,
    )
    if not bounds.problems_of(asked):
        request = varied(job(request=asked, clips=(clip(title),) * 3), variation)
        assert bounds.problems_of(request) == []
