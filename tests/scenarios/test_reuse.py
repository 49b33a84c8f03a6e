"""What was cut before is offered before a slot is spent, and the way to have it cut anew all the same."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot import follow
from bot.jobs import JobState
from bot.render.reuse import NOTHING_SPENT
from tests.scenarios.people import Message, People, elements, said, standing, urls
from tests.scenarios.reuse import ASK, BOARD, LINK, OPEN, asks, cut_before, done, is_offer
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire, as_json, generation
from tests.scenarios.wire import stream as events

UNDER_WAY = events("queued", ending="silence")


@pytest.fixture(autouse=True)
def _two_jobs(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "POLL_SECONDS", (0.01,))
    wire.on_post = [done("first"), done("second")]


def links_in(view: dict[str, Any]) -> list[str]:
    return urls({"blocks": view["blocks"]})


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
        assert "was asked for already" in await asks(people, ASK)
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


async def test_what_is_asked_instead_after_an_offer_is_compared_with_what_there_is_too(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await cut_before(app, people)
        await cut_before(app, people, f"{LINK} the saves clips:1")
        assert (await filled(people))["response_action"] == "update"
        view = await people.view("sam")
        prompt = next(block for block in standing(view) if block.startswith("prompt"))
        answer = await people.submits(user="sam", **{prompt: "the saves"})
        assert answer["response_action"] == "update", "the other one was cut before, too"
        assert len(await app.jobs()) == 2
        await people.submits(user="sam", deliveries=2)
        await app.settled()
        assert len(await app.jobs()) == 3
    assert len(wire.posts) == 3


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
