"""What was cut before is offered before a slot is spent: to whom it may be shown, and never to anybody else."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot import follow
from bot.jobs import JobState
from bot.render.reuse import NOTHING_SPENT
from handlers import offers
from tests.scenarios.people import Message, People, elements, said, standing, urls
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import CLIP, Answer, Wire, as_json, generation
from tests.scenarios.wire import stream as events

LINK = "https://cdn.test/talk.mp4"
ASK = f"{LINK} the goals clips:1"
DIRECT, BETWEEN_PEOPLE = "D0ROBINBOT5", "D0ROBINSAM6"
UNDER_WAY = events("queued", ending="silence")
Act = tuple[str, dict[str, Any]]


def done(reka_id: str, **clip: object) -> Answer:
    """A job of its own that is completed at once."""
    return as_json(generation("completed", id=reka_id, output=[{**CLIP, **clip}]))


@pytest.fixture(autouse=True)
def _two_jobs(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "POLL_SECONDS", (0.01,))
    wire.on_post = [done("first"), done("second")]


def is_offer(message: Message) -> bool:
    """Fits an offer, which one person alone reads."""
    return bool(message.get("ephemeral_for")) and NOTHING_SPENT in said(message)


def links_in(view: dict[str, Any]) -> list[str]:
    return urls({"blocks": view["blocks"]})


async def asks(people: People, text: str, *, user: str = "sam", channel: str = "general") -> str:
    """Somebody types `/reel text`; what is answered."""
    answer = await people.act("command", user=user, channel=channel, command="/reel", text=text)
    assert answer["acked"]
    return str(answer["ack"]["text"])


async def cut_before(app: Stage, people: People, text: str = ASK, channel: str = "general") -> None:
    """Robin has asked, and the clips are there."""
    await people.reel(text, channel=channel)
    await app.settled()


async def test_who_asks_for_the_same_is_offered_it_and_nothing_is_spent(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people)
        told = await asks(people, f"{LINK}  The GOALS.  clips:1")
        [job] = await app.jobs()
    assert len(wire.posts) == 1
    assert "was cut before" in told
    offer = await people.sees(is_offer)
    names = [element.get("user_id") for element in elements(offer) if element["type"] == "user"]
    assert names == [job.user_id]
    dates = [element["timestamp"] for element in elements(offer) if element["type"] == "date"]
    assert dates == [job.created_at // 1000]
    card = f"{people.address}/archives/{job.channel_id}/p{str(job.card_ts).replace('.', '')}"
    assert urls(offer) == [
        f"{card}?thread_ts={job.thread_ts}&cid={job.channel_id}",
        CLIP["video_url"],
    ]
    assert str(CLIP["title"]) in said(offer)


async def test_in_the_same_channel_slack_is_asked_nothing(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people)
        assert NOTHING_SPENT in await asks(people, ASK, user="robin")
        assert len(await app.jobs()) == 1
    for method in ("conversations.info", "users.info", "users.conversations"):
        assert await people.calls(method) == []


async def test_without_a_result_slack_is_asked_nothing(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people)
        assert "On it" in await asks(people, f"{LINK} the fouls", channel="random")
    assert await people.calls("conversations.info") == []


# --- the privacy border


@dataclass(frozen=True, slots=True)
class Case:
    """Robin's result of `origin` is there when `viewer` asks in `here`. `before` and `then`: what is done in Slack."""

    origin: str
    here: str
    viewer: str
    offered: bool
    before: Sequence[Act] = ()
    then: Sequence[Act] = field(default=())


def channel(name: str, **changes: object) -> tuple[Act, Act]:
    """It is opened or changed, and the app is in it."""
    return ("channel", {"channel": name, **changes}), ("member", {"channel": name, "join": True})


HALL = channel("hall", members=["robin"])
OPEN = channel("open-house", members=["robin", "sam", "kim"])
BOARD = channel("board", kind="private", members=["robin", "sam"])
ANNEX = channel("annex", kind="private", members=["robin", "sam"])
CONNECT = channel("connect", members=["robin", "sam"], shared=True)
KIM_IS_A_GUEST: Act = ("account", {"user": "kim", "guest": True})
CLOSED: Act = ("channel", {"channel": "open-house", "kind": "private"})
NOT_TOLD: Act = ("fault", {"method": "conversations.info", "error": "internal_error", "times": 9})
NO_SCOPE: Act = ("fault", {"method": "users.info", "error": "missing_scope", "times": 9})

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


# --- near, and under way


async def test_a_near_miss_is_offered_as_such(stage: Start, people: People, wire: Wire) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people, f"{ASK} 9:16")
        assert "in another form" in await asks(people, f"{ASK} 16:9")
        assert "9:16 instead of 16:9" in said(await people.sees(is_offer))
        assert len(await app.jobs()) == 1


@pytest.mark.parametrize(
    "other", ["the fouls clips:1", "the goals clips:1 from:1:00", "compilation"]
)
async def test_another_wish_or_part_is_another_ask(
    other: str, stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people)
        assert "On it" in await asks(people, f"{LINK} {other}")


async def test_what_somebody_else_has_under_way_is_offered_with_its_card(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        await people.reel(ASK)
        await people.card("Making 1 clip: queued")
        assert "is being cut right now" in await asks(people, ASK)
        offer = await people.sees(is_offer)
        [job] = await app.jobs()
    assert "Making 1 clip: queued" in said(offer)
    assert str(job.card_ts).replace(".", "") in urls(offer)[0]
    assert len(wire.posts) == 1


async def test_ones_own_that_is_under_way_is_answered_as_before(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        await people.reel(ASK)
        await people.card("Making 1 clip: queued")
        assert "You asked for exactly this" in await asks(people, ASK, user="robin")


async def test_what_came_to_nothing_is_not_offered(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [as_json(generation("failed", id="first")), done("second")]
    async with stage(wire.address) as app:
        await cut_before(app, people)
        assert "On it" in await asks(people, ASK)


# --- the way on


async def test_cut_anew_opens_the_form_with_all_that_was_typed_and_makes_one_job(
    stage: Start, people: People, wire: Wire
) -> None:
    wish = "word " * 380 + "the end"
    typed = f"{LINK} {wish} clips:2 16:9 15-60s from:1:00"
    async with stage(wire.address) as app:
        await cut_before(app, people, typed)
        assert NOTHING_SPENT in await asks(people, typed)
        await people.click(await people.sees(is_offer), "offer_anew", user="sam")
        fields = standing(await people.view("sam"))
        assert (fields["links"], fields["prompt"]) == (LINK, wish)
        assert (fields["clips"], fields["shape"], fields["start"]) == ("2", "16:9", "1:00")
        assert (fields["shortest"], fields["longest"]) == ("15", "60")
        assert len(await app.jobs()) == 1
        answer = await people.submits(user="sam", deliveries=2)
        assert not answer.get("response_action")
        await app.settled()
        first, second = await app.jobs()
    assert first.request == second.request
    assert (first.user_id, second.user_id) == ("U0ROBIN0001", "U0SAM000002")
    assert len(wire.posts) == 2


async def test_the_clips_can_be_shared_from_the_offer(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people)
        await asks(people, ASK)
        await people.click(await people.sees(is_offer), "share_clip", user="sam")
        view = await people.view("sam")
        [job] = await app.jobs()
    assert (view["callback_id"], view["private_metadata"]) == ("share_clip", job.id)


async def test_a_command_that_is_delivered_twice_is_offered_twice_and_accepted_never(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people)
        await people.reel(ASK, deliveries=3)
        await app.settled()
        assert len(await app.jobs()) == 1
    assert len(wire.posts) == 1


async def filled(people: People, **fields: object) -> dict[str, Any]:
    """Sam fills in the form and presses *Make*; the workspace's answer."""
    await people.act("command", user="sam", channel="general", command="/reel", text="")
    return await people.submits(user="sam", links=LINK, prompt="the goals", clips="1", **fields)


async def test_the_form_says_what_there_is_keeps_what_was_typed_and_makes_it_at_the_second_make(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people)
        answer = await filled(people)
        assert answer["response_action"] == "update"
        view = await people.view("sam")
        assert "was cut before" in said({"blocks": view["blocks"]})
        assert "press Make again" in said({"blocks": view["blocks"]})
        assert CLIP["video_url"] in links_in(view)
        fields = standing(view)
        assert (fields["links"], fields["prompt"], fields["clips"]) == (LINK, "the goals", "1")
        assert len(await app.jobs()) == 1
        await people.submits(user="sam", deliveries=2)
        await app.settled()
        assert [job.state for job in await app.jobs()] == [JobState.COMPLETED] * 2
    assert len(wire.posts) == 2


async def test_from_the_form_a_clip_can_be_shared_and_the_form_stays(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people)
        await filled(people)
        assert (await people.presses("share_clip", user="sam"))["callback_id"] == "share_clip"
        await people.closes(user="sam")
        assert (await people.view("sam"))["callback_id"] == "make_reel"
        await people.submits(user="sam")
        await app.settled()
        assert len(await app.jobs()) == 2


async def test_from_anywhere_the_chosen_channel_decides_and_is_kept(
    stage: Start, people: People, wire: Wire
) -> None:
    for verb, details in (*BOARD, *OPEN):
        await people.act(verb, **details)
    chosen = next(
        each.id for each in people.platform.workspace.channels.values() if each.name == "board"
    )
    async with stage(wire.address) as app:
        await cut_before(app, people, channel="open-house")
        await people.makes_a_reel(user="sam")
        entered = {"links": LINK, "prompt": "the goals", "clips": "1", "channel": chosen}
        answer = await people.submits(user="sam", **entered)
        assert answer["response_action"] == "update"
        await people.submits(user="sam")
        await app.settled()
        assert [job.channel_id for job in await app.jobs()][1:] == [chosen]


async def test_whose_ask_is_changed_has_just_seen_it_and_is_not_offered_it(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people)
        for action, made in (("change_ask", 2), ("square", 3)):
            wire.on_post = [done(f"number {made}")]
            await people.click(await people.sees(with_button(action)), action)
            answer = await people.submits()
            if action == "square":  # of the other one that was made meanwhile it is told
                assert "instead of 1:1" in str(answer["view"]["blocks"])
                await people.submits()
            await app.settled()
            assert len(await app.jobs()) == made


def with_button(action_id: str) -> Callable[[Message], bool]:
    return lambda message: action_id in str(message.get("blocks"))


async def test_two_who_ask_at_the_same_moment_make_no_more_jobs_than_they_confirmed(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        told = await asyncio.gather(*(asks(people, ASK, user=name) for name in ("robin", "sam")))
        await app.settled()
        jobs = await app.jobs()
    assert len(wire.posts) == len(jobs) == sum("On it" in each for each in told)


async def test_hostile_titles_and_wishes_stay_text(
    stage: Start, people: People, wire: Wire
) -> None:
    title = "<!channel> <@U0ROBIN0001> *bold* <https://evil.test|click>"
    wire.on_post = [done("first", title=title)]
    asked = f'{LINK} "{title}"'
    async with stage(wire.address) as app:
        await cut_before(app, people, asked)
        told = await asks(people, asked)
        offer = await people.sees(is_offer)
    assert "<" not in told
    assert title in said(offer)
    kinds = {element["type"] for element in elements(offer)}
    assert kinds == {"text", "user", "date", "link"}
    assert not any("evil" in url for url in urls(offer))
