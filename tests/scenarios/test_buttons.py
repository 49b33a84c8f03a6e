"""What people can do about a job: cancel, look again, tell its id, cut it anew."""

import asyncio
from typing import Any

import pytest

import bot.app
from bot import follow, polls
from bot.jobs import JobState
from tests.scenarios.people import People, said
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import CLIP, ID, Wire, as_html, as_json, cut, generation, held
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
DONE = as_json(generation("completed", output=[CLIP]))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "POLL_SECONDS", (0.01,))
    monkeypatch.setattr(polls, "GONE_SECONDS", 0.05)


async def unsure(app: Stage, people: People, wire: Wire) -> dict[str, Any]:
    """A job whose POST was cut; its card."""
    wire.on_post = [cut(), events("completed", output=[CLIP])]
    wire.on_get = [as_json({"error": {"type": "not_found_error"}}, 404)]
    await people.reel(LINK)
    await app.settled()
    return await people.card("Unsure whether Reka took the job")


def buttons(message: dict[str, Any]) -> list[str]:
    return [
        element["action_id"]
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


async def test_cancelling_while_it_waits_is_free(stage: Start, people: People, wire: Wire) -> None:
    wire.on_post = [as_json({"error": {"code": "rate_limit_exceeded"}}, 429)]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Waiting: Reka has no slot free")
        await people.click(card, "cancel_job")
        final = await people.card("Cancelled")
        await app.settled()
        [job] = await app.jobs()
    assert "Nothing was spent" in said(final)
    assert job.state is JobState.CANCELLED
    assert buttons(final) == ["change_ask"]


async def test_cancelling_while_it_runs_says_that_the_slot_is_spent(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Making 3 clips: queued")
        await people.click(card, "cancel_job")
        final = await people.card("Cancelled")
        await app.settled()
    assert "The slot is spent" in said(final)
    assert len(wire.posts) == 1


async def test_cancelling_on_the_way_to_reka_never_tears_the_post(
    stage: Start, people: People, wire: Wire
) -> None:
    answered = asyncio.Event()
    wire.on_post = [held(answered)]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Asking Reka")
        await people.click(card, "cancel_job")
        assert [job.state for job in await app.jobs()] == [JobState.SUBMITTING]
        assert "decided when Reka has answered" in said(
            await people.sees(lambda message: "Cancelling" in said(message))
        )
        answered.set()
        final = await people.card("Cancelled")
        [job] = await app.jobs()
    assert "The slot is spent" in said(final)
    assert job.reka_id == ID
    assert len(wire.posts) == 1


async def test_a_press_that_is_delivered_twice_is_one_press(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        card = await unsure(app, people, wire)
        await people.click(card, "cut_anew", deliveries=2)
        await people.view("robin")
        wire.on_post = [events("queued", ending="silence")]
        await people.reel(f"{LINK} again")
        running = await people.card("Making 3 clips: queued")
        await people.click(running, "cancel_job", deliveries=2)
        await people.card("Cancelled")
    opened = [call["answer"]["ok"] for call in await people.calls("views.open")]
    assert opened.count(True) == 1


async def test_somebody_else_cannot_cancel_and_is_told_so_alone(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        card = await people.card("Making 3 clips: queued")
        await people.click(card, "cancel_job", user="sam")
        view = await people.view("sam")
        [job] = await app.jobs()
    assert "Only the person who asked" in str(view["blocks"])
    assert job.state is JobState.RUNNING


async def test_an_unsure_job_is_cut_anew_once_however_often_it_is_confirmed(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        card = await unsure(app, people, wire)
        assert buttons(card) == ["have_id", "cut_anew"]
        await people.click(card, "cut_anew")
        view = await people.view("robin")
        assert "uses 1 of 9 slots left" in str(view["blocks"])
        assert len(wire.posts) == 1

        await people.click(card, "cut_anew", user="sam")
        other = await people.view("sam")
        await people.act("submit", user="robin", view_id=view["id"], values={}, deliveries=2)
        await people.act("submit", user="sam", view_id=other["id"], values={})
        await people.links()
        await app.settled()
        parent, child = await app.jobs()
    assert (parent.state, child.state) == (JobState.REPLACED, JobState.COMPLETED)
    assert child.parent_id == parent.id
    assert child.thread_ts == parent.thread_ts
    assert len(wire.posts) == 2
    assert "Cut anew" in said(await people.card("Cut anew"))


async def test_a_job_that_was_to_be_cut_anew_is_back_when_slack_refuses_the_new_card(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.app, "RESUME_SECONDS", 0.05)
    async with stage(wire.address) as app:
        card = await unsure(app, people, wire)
        await people.click(card, "cut_anew")
        view = await people.view("robin")
        await people.act("fault", method="chat.postMessage", error="not_in_channel", times=1)
        await people.act("submit", user="robin", view_id=view["id"], values={})
        await people.sees(lambda message: "nothing is spent" in message["text"])
        await people.card("Unsure whether Reka took the job")
        await app.settled()
        parent, child = await app.jobs()
        assert (parent.state, child.state) == (JobState.UNSURE, JobState.CANCELLED)

        await people.click(card, "cut_anew")
        view = await people.view("robin")
        await people.act("submit", user="robin", view_id=view["id"], values={})
        await people.links()
        await app.settled()
        parent = (await app.jobs())[0]
    assert parent.state is JobState.REPLACED
    assert len(wire.posts) == 2


async def test_a_job_that_was_to_be_cut_anew_is_back_when_the_new_one_is_cancelled_at_rekas_door(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.app, "RESUME_SECONDS", 0.05)
    asked = asyncio.Event()
    async with stage(wire.address) as app:
        card = await unsure(app, people, wire)
        wire.on_post = [held(asked, as_json({"error": {"message": "daily limit"}}, 429))]
        await people.click(card, "cut_anew")
        view = await people.view("robin")
        await people.act("submit", user="robin", view_id=view["id"], values={})
        door = await people.card("Asking Reka")
        await people.click(door, "cancel_job")
        await people.closes()
        asked.set()
        await people.card("Cancelled")
        await people.card("Unsure whether Reka took the job")
        await app.settled()
        parent, child = await app.jobs()
        assert (parent.state, child.state) == (JobState.UNSURE, JobState.CANCELLED)
        await people.click(card, "cut_anew")
        assert (await people.view("robin"))["title"]["text"] == "Cut anew"


async def test_an_unsure_job_is_followed_by_the_id_that_a_person_knows(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        card = await unsure(app, people, wire)
        await people.click(card, "have_id")
        view = await people.view("robin")
        values = {"reka_id": {"id": "not an id!"}}
        answer = await people.act("submit", user="robin", view_id=view["id"], values=values)
        assert "That is no id" in str(answer)
        wire.on_get = [DONE]
        values = {"reka_id": {"id": f" {ID} "}}
        await people.act("submit", user="robin", view_id=view["id"], values=values)
        await people.links()
        [job] = await app.jobs()
    assert (job.state, job.reka_id) == (JobState.COMPLETED, ID)
    assert len(wire.posts) == 1


async def test_a_job_without_an_answer_is_looked_at_again_for_nothing(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polls, "NO_ANSWER_MS", 20)
    wire.on_post = [events("queued")]
    wire.on_get = [as_json(generation("processing"))]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await app.settled()
        card = await people.card("No answer from Reka")
        assert buttons(card) == ["look_again", "cut_anew"]
        wire.on_get = [DONE]
        await people.click(card, "look_again")
        await people.links()
    assert len(wire.posts) == 1


async def test_a_lost_id_is_found_in_the_list_and_the_slot_is_used(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [wire.accepts_and_cuts()]
    async with stage(wire.address, reka_dialect="clips") as app:
        await people.reel(f"{LINK} the goals 16:9")
        await people.links()
        [job] = await app.jobs()
    assert job.reka_id == ID
    assert len(wire.posts) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "something else"},
        {"rendering_config": {"aspect_ratio": "1:1"}},
        {"created_at": "2020-01-01T00:00:00Z"},
        {"created_at": None},
    ],
    ids=["another prompt", "another shape", "older", "of unknown age"],
)
async def test_a_job_that_may_be_somebody_elses_is_not_adopted(
    change: dict[str, object],
    stage: Start,
    people: People,
    wire: Wire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follow, "LOOK_MS", 100)
    wire.on_post = [wire.accepts_and_cuts(**change)]
    async with stage(wire.address, reka_dialect="clips"):
        await people.reel(f"{LINK} the goals 16:9")
        card = await people.card("Unsure whether Reka took the job")
    assert buttons(card) == ["look_again", "have_id", "cut_anew"]
    assert len(wire.posts) == 1


async def test_looking_again_finds_what_was_not_there_at_first(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LOOK_MS", 50)
    late = wire.accepts_and_cuts()
    wire.on_post = [late]
    wire.on_get = [as_html(502)]
    async with stage(wire.address, reka_dialect="clips") as app:
        await people.reel(f"{LINK} the goals")
        await app.settled()
        card = await people.card("Unsure whether Reka took the job")
        wire.serve_list()
        await people.click(card, "look_again")
        await people.links()
    assert len(wire.posts) == 1


async def test_a_press_takes_effect_even_when_no_modal_can_be_opened(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address):
        await people.reel(LINK)
        card = await people.card("Making 3 clips: queued")
        await people.act("fault", method="views.open", status=500, times=9)
        await people.click(card, "cancel_job", user="sam")
        await people.click(card, "cancel_job")
        await people.card("Cancelled")
    acks = await people.changes("ack")
    assert len(acks) == 3
