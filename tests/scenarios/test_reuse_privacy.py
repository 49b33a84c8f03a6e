"""A result is offered where it may be shown, and nowhere else; whatever cannot be found out is a border."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot import follow
from bot.render.reuse import NOTHING_SPENT
from handlers import offers
from tests.scenarios.people import People
from tests.scenarios.reuse import ASK, BOARD, OPEN, Act, asks, channel, cut_before, done, is_offer
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire

DIRECT, BETWEEN_PEOPLE = "D0ROBINBOT5", "D0ROBINSAM6"


@pytest.fixture(autouse=True)
def _two_jobs(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "POLL_SECONDS", (0.01,))
    wire.on_post = [done("first"), done("second")]


HALL = channel("hall", members=["robin"])
ANNEX = channel("annex", kind="private", members=["robin", "sam"])
CONNECT = channel("connect", members=["robin", "sam"], shared=True)
KIM_IS_A_GUEST: Act = ("account", {"user": "kim", "guest": True})
CLOSED: Act = ("channel", {"channel": "open-house", "kind": "private"})
NOT_TOLD: Act = ("fault", {"method": "conversations.info", "error": "internal_error", "times": 9})
NO_SCOPE: Act = ("fault", {"method": "users.info", "error": "missing_scope", "times": 9})


@dataclass(frozen=True, slots=True)
class Case:
    """Robin's result of `origin` is there when `viewer` asks in `here`. `before` and `then`: what is done in Slack."""

    origin: str
    here: str
    viewer: str
    offered: bool
    before: Sequence[Act] = ()
    then: Sequence[Act] = field(default=())


CASES = {
    "a public channel, elsewhere": Case("open-house", "general", "alex", True, OPEN),
    "a public channel, where the app is not": Case("open-house", "random", "sam", True, OPEN),
    "a public channel, into a private one": Case(
        "open-house", "board", "sam", True, (*OPEN, *BOARD)
    ),
    "a public channel, into the app's direct message": Case("general", DIRECT, "robin", True, ()),
    "a public channel, into a direct message between people": Case(
        "general", BETWEEN_PEOPLE, "sam", False, ()
    ),
    "a private channel, there": Case("board", "board", "sam", True, BOARD),
    "a private channel, elsewhere": Case("board", "general", "sam", False, BOARD),
    "a private channel, elsewhere, to the one who asked": Case(
        "board", "general", "robin", False, BOARD
    ),
    "a private channel, in another": Case("board", "annex", "sam", False, (*BOARD, *ANNEX)),
    "a private channel, in the app's direct message": Case("board", DIRECT, "robin", False, BOARD),
    "a direct message, there": Case(DIRECT, DIRECT, "robin", True, ()),
    "a direct message, elsewhere": Case(DIRECT, "general", "robin", False, ()),
    "a public channel that became private since": Case(
        "open-house", "general", "sam", False, OPEN, (CLOSED,)
    ),
    "a public channel that became private since, there": Case(
        "open-house", "open-house", "sam", True, OPEN, (CLOSED,)
    ),
    "a shared channel, there": Case("connect", "connect", "sam", True, CONNECT),
    "a shared channel, elsewhere": Case("connect", "general", "sam", False, CONNECT),
    "a public channel, into a shared one": Case(
        "open-house", "connect", "sam", False, (*OPEN, *CONNECT)
    ),
    "a channel that was shared since": Case(
        "open-house", "general", "sam", False, OPEN, channel("open-house", shared=True)
    ),
    "a guest who is not in it": Case("hall", "general", "kim", False, (*HALL, KIM_IS_A_GUEST)),
    "a guest who is in it": Case("open-house", "general", "kim", True, (*OPEN, KIM_IS_A_GUEST)),
    "a guest, in the same channel": Case("general", "general", "kim", True, (KIM_IS_A_GUEST,)),
    "a member who is not in it": Case("hall", "general", "kim", True, HALL),
    "of whom it is not known, who is not in it": Case(
        "hall", "general", "kim", False, HALL, (NO_SCOPE,)
    ),
    "of whom it is not known, who is in it": Case(
        "open-house", "general", "kim", True, OPEN, (NO_SCOPE,)
    ),
    "of what it is not known": Case("open-house", "general", "sam", False, OPEN, (NOT_TOLD,)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_a_result_is_offered_where_it_may_be_shown_and_else_the_request_goes_on(
    case: Case, stage: Start, people: People, wire: Wire
) -> None:
    for verb, details in case.before:
        await people.act(verb, **details)
    async with stage(wire.address) as app:
        await cut_before(app, people, channel=case.origin)
        for verb, details in case.then:
            await people.act(verb, **details)
        told = await asks(people, ASK, user=case.viewer, channel=case.here)
        await app.settled()
        jobs = await app.jobs()
    assert (NOTHING_SPENT in told) is case.offered
    assert ("On it" in told) is not case.offered
    assert len(jobs) == (1 if case.offered else 2)
    if case.offered:
        assert len(wire.posts) == 1
    else:  # not a word of it
        shown = [str(each) for each in await people.changes("ephemeral")]
        assert not any(str(CLIP["title"]) in each for each in shown)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "OPEN_SECONDS", 0.3)


FAILURES: dict[str, dict[str, Any]] = {
    "refused": {"error": "channel_not_found"},
    "limited": {"status": 429},
    "broken": {"status": 502},
    "cut": {"drop": True},
    "slow": {"delay": 60},
}


@pytest.mark.parametrize("how", FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize("method", ["conversations.info", "users.info"])
@pytest.mark.usefixtures("_impatient")
async def test_a_question_that_fails_or_is_slow_lets_the_request_go_on(
    method: str, how: dict[str, Any], stage: Start, people: People, wire: Wire
) -> None:
    for verb, details in HALL:
        await people.act(verb, **details)
    async with stage(wire.address) as app:
        await cut_before(app, people, channel="hall")
        await people.act("fault", method=method, times=9, **how)
        assert "On it" in await asks(people, ASK)
        await app.settled()
    assert len(wire.posts) == 2


async def test_what_is_here_is_offered_though_nothing_can_be_asked_about_the_rest(
    stage: Start, people: People, wire: Wire
) -> None:
    for verb, details in OPEN:
        await people.act(verb, **details)
    async with stage(wire.address) as app:
        await cut_before(app, people, channel="open-house")
        await people.act("fault", method="conversations.info", status=503, times=9)
        await cut_before(app, people)
        assert "was cut before" in await asks(people, ASK)
        [elsewhere, _] = await app.jobs()
        offer = await people.sees(is_offer)
    assert elsewhere.channel_id not in str(offer["blocks"])
