"""The modal: every way that opens it, what is restated while it is filled, errors at their fields, one slot a *Make*."""

from typing import Any

import pytest

from bot import follow, polls
from bot.jobs import JobState
from bot.render import sentences
from bot.render.form import IDEAS
from tests.scenarios.people import People, said, standing
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import CLIP, Answer, Wire, as_json, cut, generation
from tests.scenarios.wire import stream as events

LINK = "https://cdn.test/talk.mp4"
UNDER_WAY = events("queued", ending="silence")


def done(reka_id: str) -> Answer:
    """A job of its own that is completed at once."""
    return as_json(generation("completed", id=reka_id, output=[CLIP]))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "POLL_SECONDS", (0.01,))
    monkeypatch.setattr(polls, "GONE_SECONDS", 0.05)


def summary(view: dict[str, Any]) -> str:
    """The ask and its price."""
    return str(view["blocks"][-1]["elements"][0]["text"])


async def opened(people: People, text: str = "") -> dict[str, Any]:
    """Robin types `/reel` (and text); the modal."""
    answer = await people.reel(text)
    assert answer["acked"]
    return await people.view("robin")


async def test_bare_reel_opens_it_and_make_makes_a_card_in_the_channel(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", "completed", output=[CLIP])]
    async with stage(wire.address) as app:
        view = await opened(people)
        assert summary(view) == "3 clips · uses 1 of 10 slots left"
        assert wire.posts == []
        await people.submits(links=LINK, prompt="the goals", clips="2", shape="16:9")
        links = await people.links()
        root = await people.sees(lambda message: "asked for 2 clips · 16:9" in said(message))
        [job] = await app.jobs()
    assert links["thread_ts"] == root["ts"]
    assert job.delivery_key == f"view:{view['id']}"
    [body] = wire.posts
    assert body["generation_config"] == {"num_generations": 2}
    assert body["rendering_config"] == {"aspect_ratio": "16:9"}


async def test_what_is_wrong_is_told_at_its_field_and_can_be_mended_there(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        await opened(people)
        await people.presses("form_more", links="the funniest minute", prompt="x" * 2_001)
        wrong = {"start": "25:00", "end": "10:00", "shortest": "60", "longest": "30"}
        answer = await people.submits(**wrong)
        assert answer["response_action"] == "errors"
        assert set(answer["errors"]) == {"links", "prompt", "end", "longest"}
        assert "not a valid web address" in answer["errors"]["links"]
        assert await app.jobs() == []

        mended = {"links": LINK, "prompt": "goals", "start": "soon", "longest": "90"}
        assert set((await people.submits(**mended))["errors"]) == {"start"}
        assert (await people.submits(start="10:00", end="25:00"))["acked"]
        await people.card("Making 3 clips: queued")
    assert wire.posts[0]["generation_config"] == {
        "num_generations": 3,
        "min_duration_seconds": 60,
        "max_duration_seconds": 90,
        "source_start_time": 600,
        "source_end_time": 1500,
    }


async def test_a_fault_of_ours_in_make_keeps_the_form_and_what_was_typed(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        before = await opened(people)
        database = app.runner.jobs.database
        await database.write(
            "CREATE TRIGGER broken BEFORE INSERT ON jobs BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END"
        )
        answer = await people.submits(links=LINK, prompt="the goals", clips="2")
        assert answer["errors"] == {"links": sentences.FORM_FAULT}
        assert await app.jobs() == []
        await database.write("DROP TRIGGER broken")
        assert (await people.view("robin"))["id"] == before["id"]
        assert (await people.submits())["acked"]
        await people.card("Making 2 clips: queued")
    [body] = wire.posts
    assert body["prompt"] == "the goals"


async def test_make_delivered_twice_spends_once(stage: Start, people: People, wire: Wire) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        await opened(people)
        await people.submits(links=LINK, deliveries=2)
        await people.card("Making 3 clips: queued")
        assert len(await app.jobs()) == 1
    assert len(wire.posts) == 1


async def test_the_same_ask_while_the_first_is_under_way_spends_nothing_and_says_so(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        await people.reel(f"{LINK} the goals")
        await people.card("Making 3 clips: queued")
        await opened(people)
        answer = await people.submits(links=f"{LINK}#t=1", prompt=" the goals ")
        assert answer["response_action"] == "update"
        assert "still under way" in str(answer["view"]["blocks"])
        assert len(await app.jobs()) == 1
    assert len(wire.posts) == 1


async def test_an_idea_fills_the_prompt_and_keeps_the_rest(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        await opened(people)
        view = await people.presses(
            "form_suggest", value=IDEAS[0], links=LINK, prompt="my own", clips="2"
        )
        assert standing(view)["prompt_1"] == IDEAS[0]
        assert "prompt" not in standing(view)
        view = await people.presses("form_suggest", value=IDEAS[1])
        assert standing(view)["prompt_2"] == IDEAS[1]
        await people.submits()
        await people.card("Making 2 clips: queued")
    assert wire.posts[0]["prompt"] == IDEAS[1]
    assert wire.posts[0]["video_urls"] == [LINK]


async def test_more_options_keep_what_was_entered(stage: Start, people: People, wire: Wire) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        few = await opened(people)
        assert "start" not in standing(few)
        view = await people.presses("form_more", links=LINK, prompt="the goals", shape="4:5")
        assert {"shortest", "longest", "start", "end", "template"} <= set(standing(view))
        assert "form_more" not in str(view["blocks"])
        await people.submits(resolution="1080", subtitles="off", template="compilation", clips="1")
        await people.card("Making 1 clip: queued")
    [body] = wire.posts
    assert body["prompt"] == "the goals"
    assert body["rendering_config"] == {
        "aspect_ratio": "4:5",
        "resolution": 1080,
        "subtitles": False,
    }
    assert body["generation_config"] == {"template": "compilation", "num_generations": 1}


async def test_each_change_restates_the_ask_and_its_price(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address, reel_slot_limit=2):
        await opened(people)
        await people.presses("form_more", links=LINK)
        changed = {"value": "1", "clips": "1", "block_id": "clips"}
        assert summary(await people.presses("form_changed", **changed)) == (
            "1 clip · uses 1 of 2 slots left"
        )
        changed = {"value": "60", "longest": "60", "block_id": "longest"}
        assert "1 clip · up to 60 s · " in summary(await people.presses("form_changed", **changed))
        changed = {"value": "9:16", "shape": "9:16", "block_id": "shape"}
        shown = summary(await people.presses("form_changed", **changed))
        assert shown == "1 clip · 9:16 · up to 60 s · uses 1 of 2 slots left"
        await people.submits()
        await people.card("Making 1 clip: queued")
        assert summary(await opened(people)) == "3 clips · uses 1 of 1 slot left"
        await people.submits(links="https://cdn.test/other.mp4")
        await people.sees(lambda message: "0 of 2 slots left" in said(message))
        assert (
            summary(await opened(people))
            == "3 clips · uses 1 slot, and waits for it: none is left now"
        )


async def test_a_modal_that_was_closed_meanwhile_stays_closed(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        await opened(people)
        for error in ("not_found", "hash_conflict"):
            await people.act("fault", method="views.update", error=error)
            await people.presses("form_more", links=LINK)
        assert "start" not in standing(await people.view("robin"))
        await people.presses("form_more")
        assert "start" in standing(await people.view("robin"))
    opened_views = await people.calls("views.open")
    assert len(opened_views) == 1


@pytest.mark.parametrize(
    "fault",
    [{"drop": True}, {"status": 500}, {"error": "fatal_error"}, {"error": "hash_conflict"}],
    ids=lambda fault: str(*fault.values()),
)
async def test_a_redraw_that_fails_loses_nothing_that_was_typed(
    fault: dict[str, object], stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        await opened(people)
        await people.act("fault", method="views.update", **fault)
        view = await people.presses(
            "form_changed", value="2", block_id="clips", clips="2", links=LINK, prompt="the goals"
        )
        assert view["callback_id"] == "make_reel"  # no sentence in its place, nor on top of it
        await people.submits()
        await people.card("Making 2 clips: queued")
    assert wire.posts[0]["prompt"] == "the goals"
    assert wire.posts[0]["generation_config"] == {"num_generations": 2}


async def failed(app: Stage, people: People, wire: Wire, message: str) -> dict[str, Any]:
    """A job of Robin's that failed so; its card."""
    wire.on_post = [
        events("queued", "failed", error_message=message),
        done("second"),
        done("third"),
    ]
    await people.reel(f"{LINK} the goals clips:2 16:9 15-60s from:0 1080p no-subtitles")
    await app.settled()
    return await people.card("No clips this time")


WISH = {
    "links": LINK,
    "prompt": "the goals",
    "clips": "2",
    "shape": "16:9",
    "shortest": "15",
    "longest": "60",
    "start": "0:00",
    "end": None,
    "template": "reka",
    "subtitles": "off",
    "resolution": "1080",
}


async def test_cut_anew_opens_it_prefilled_and_the_child_knows_its_parent_and_shares_its_thread(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        card = await failed(app, people, wire, "HTTP Error 503: Service Unavailable")
        await people.click(card, "cut_anew", user="sam")
        view = await people.view("sam")
        assert view["title"]["text"] == "Cut anew"
        assert standing(view) == WISH
        await people.submits(user="sam")
        await people.links()
        await app.settled()
        parent, child = await app.jobs()

        await people.click(card, "cut_anew")
        answer = await people.submits(prompt="something else")
        assert "cut anew before" in str(answer["view"]["blocks"])
        assert len(await app.jobs()) == 2
    assert (child.parent_id, child.thread_ts) == (parent.id, parent.thread_ts)
    assert child.request == parent.request
    assert child.user_id == "U0SAM000002"
    assert child.card_ts != parent.card_ts
    assert wire.posts[0] == wire.posts[1]


async def test_change_the_ask_opens_it_prefilled_and_may_be_done_again_and_again(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        card = await failed(app, people, wire, "This video is private")
        assert "cut_anew" not in str(card["blocks"])
        for number in (1, 2):
            await people.click(card, "change_ask")
            assert standing(await people.view("robin")) == WISH
            await people.submits(links=f"https://cdn.test/{number}.mp4", start=None, shape="reka")
            await app.settled()
        parent, *children = await app.jobs()
    assert [child.parent_id for child in children] == [parent.id] * 2
    assert {child.thread_ts for child in children} == {parent.thread_ts}
    assert {child.state for child in children} == {JobState.COMPLETED}
    assert parent.state is JobState.FAILED
    assert wire.posts[1]["video_urls"] == ["https://cdn.test/1.mp4"]
    assert wire.posts[1]["rendering_config"] == {"subtitles": False, "resolution": 1080}


async def test_the_card_of_a_changed_ask_from_a_message_stays_in_its_thread(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [done("first"), UNDER_WAY]
    async with stage(wire.address):
        message = await people.writes(LINK, user="sam")
        await people.makes_a_reel(message)
        await people.submits()
        await people.click(await people.card("1 clip is ready"), "change_ask")
        await people.submits(prompt="something else")
        card = await people.card("Making 3 clips: queued")
    assert card["thread_ts"] == message["ts"]


async def test_an_unsure_job_that_is_cut_anew_is_replaced(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [cut(), events("completed", output=[CLIP])]
    wire.on_get = [as_json({"error": {"type": "not_found_error"}}, 404)]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await app.settled()
        await people.click(await people.card("Unsure whether Reka took the job"), "cut_anew")
        await people.submits(prompt="now with words", deliveries=2)
        await people.links()
        await app.settled()
        parent, child = await app.jobs()
    assert (parent.state, child.state) == (JobState.REPLACED, JobState.COMPLETED)
    assert child.request.prompt == "now with words"
    assert len(wire.posts) == 2
