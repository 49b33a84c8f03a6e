"""The other ways in: `/reel jobs`, `again` and `help`, the button of an answer, a mention, a direct message."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot import follow
from tests.scenarios.people import Message, People, said, standing, urls
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire, as_json, generation
from tests.scenarios.wire import stream as events

LINK = "https://cdn.test/talk.mp4"
DIRECT = "D0ROBINBOT5"
UNDER_WAY = events("queued", ending="silence")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "POLL_SECONDS", (0.01,))


def whispered(text: str) -> Callable[[Message], bool]:
    """Fits what one person alone reads."""
    return lambda message: bool(message.get("ephemeral_for")) and text in said(message)


def answered(text: str) -> Callable[[Message], bool]:
    """Fits what the app says to everybody."""
    return lambda message: "bot_id" in message and text in said(message)


async def test_jobs_lists_ones_own_in_this_channel_each_with_its_link(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [
        as_json(generation("completed", id="first", output=[CLIP])),
        as_json(generation("failed", id="second")),
        as_json(generation("completed", id="third", output=[CLIP])),
        as_json(generation("completed", id="fourth", output=[CLIP])),
    ]
    async with stage(wire.address) as app:
        empty = await people.reel("jobs")
        assert "asked for nothing in this channel" in empty["ack"]["text"]
        await people.reel(f"{LINK} the goals")
        await app.settled()
        await people.reel(f"{LINK} the saves <!channel>")
        await app.settled()
        await people.act(
            "command", user="sam", channel="general", command="/reel", text=f"{LINK} of Sam"
        )
        await people.reel(f"{LINK} elsewhere", channel=DIRECT)
        await app.settled()
        answer = await people.reel("JOBS ")
        saves, goals = (await app.jobs())[1::-1]
    shown = answer["ack"]
    assert "Yours in this channel: 2 jobs" in shown["text"]
    text = said(shown)
    assert text.index("the saves") < text.index("the goals")
    assert "1 clip is ready" in text
    assert "No clips this time" in text
    assert "of Sam" not in text
    assert "elsewhere" not in text
    for job, url in zip((saves, goals), urls(shown), strict=True):
        assert f"/archives/C0GENERAL01/p{(job.card_ts or '').replace('.', '')}?" in url
    assert all(url.startswith(people.address) and "thread_ts=" in url for url in urls(shown))


async def test_again_opens_the_form_with_what_was_asked_for_last(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY, as_json(generation("queued", id="second"))]
    wire.on_get = [as_json(generation("processing", id="second"))]
    async with stage(wire.address) as app:
        nothing = await people.reel("again")
        assert "not asked for anything yet" in nothing["ack"]["text"]
        await people.reel(f"{LINK} the goals clips:2 from:10:00")
        await people.card("Making 2 clips: queued")
        assert (await people.reel("again", channel=DIRECT))["ack"] is None
        view = await people.view("robin")
        fields = {name: standing(view)[name] for name in ("links", "prompt", "clips", "start")}
        assert fields == {"links": LINK, "prompt": "the goals", "clips": "2", "start": "10:00"}
        await people.submits(prompt="the saves")
        await people.card("Making 2 clips", channel=DIRECT)
        first, second = await app.jobs()
    assert second.parent_id is None
    assert (first.channel_id, second.channel_id) == ("C0GENERAL01", DIRECT)


@pytest.mark.parametrize("text", ["help", " HELP "])
async def test_help_names_every_way_in(text: str, stage: Start, people: People, wire: Wire) -> None:
    async with stage(wire.address):
        answer = (await people.reel(text))["ack"]["text"]
    for way in ("`/reel` alone", "*Make a reel*", "`/reel jobs`", "`/reel again`", "clips:2"):
        assert way in answer


async def test_a_misunderstood_command_can_be_mended_in_the_form_without_typing_it_again(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        await people.reel(f"{LINK} the funniest & <b>best</b> minute clips:9 4:5 from:10:00 zzz:2")
        answer = await people.sees(whispered("`clips:` takes 1 to 3"))
        assert "I don't know the option `zzz:`" in said(answer)
        await people.click(answer, "open_form")
        fields = standing(await people.view("robin"))
        assert fields["links"] == LINK
        assert fields["prompt"] == "the funniest & <b>best</b> minute"
        assert (fields["shape"], fields["start"], fields["clips"]) == ("4:5", "10:00", "3")
        assert await app.jobs() == []
        await people.submits(clips="2")
        await people.card("Making 2 clips: queued")
    assert wire.posts[0]["prompt"] == "the funniest & <b>best</b> minute"


@pytest.mark.parametrize(
    "text",
    [f"{'word ' * 380} clips:9 {LINK}?{'a' * 500}", f"{LINK}?{'a' * 2_500} goals"],
    ids=["behind a long prompt", "too long itself"],
)
async def test_a_link_that_does_not_fit_into_a_button_is_left_out_and_never_cut(
    text: str, stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        await people.reel(text)
        answer = await people.sees(whispered("Nothing was started"))
        await people.click(answer, "open_form")
        assert standing(await people.view("robin"))["links"] is None


async def ways(people: People) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Every way to spend a slot that Sam has, by its name."""
    link = await people.writes(LINK)
    await people.act("command", user="sam", channel="general", command="/reel", text="no link")
    misunderstood = await people.sees(whispered("I found no video link"))
    card = await people.card("1 clip is ready")

    def types(text: str) -> Callable[[], Awaitable[Any]]:
        typed = {"channel": "general", "command": "/reel", "text": text}
        return lambda: people.act("command", user="sam", **typed)

    return {
        "a message's menu": lambda: people.makes_a_reel(link, user="sam"),
        "from anywhere": lambda: people.makes_a_reel(user="sam"),
        "bare /reel": types(""),
        "/reel with a link": types(LINK),
        "the form's button": lambda: people.click(misunderstood, "open_form", user="sam"),
        "change the ask": lambda: people.click(card, "change_ask", user="sam"),
    }


async def test_who_may_not_spend_is_told_so_in_each_way_in(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [as_json(generation("completed", output=[CLIP]))]
    async with stage(wire.address, reel_spenders=frozenset({"U0ROBIN0001"})) as app:
        await people.reel(LINK)
        await app.settled()
        for name, act in (await ways(people)).items():
            seen = len(await people.changes("view_opened"))
            answer = await act()
            if name == "/reel with a link":
                assert "named people" in answer["ack"]["text"]
                continue
            assert len(await people.changes("view_opened")) == seen + 1, name
            view = await people.view("sam")
            assert "named people" in str(view["blocks"]), name
            assert "submit" not in view or view["submit"] is None, name
        assert len(await app.jobs()) == 1
    assert len(wire.posts) == 1


async def test_a_form_that_was_opened_before_is_refused_when_its_person_may_not_spend(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        await people.makes_a_reel(user="sam")
    async with stage(wire.address, reel_spenders=frozenset({"U0ROBIN0001"})) as app:
        answer = await people.submits(user="sam", links=LINK, channel="C0GENERAL01")
        assert "named people" in str(answer["view"]["blocks"])
        assert await app.jobs() == []


async def test_a_mention_is_answered_in_its_thread_with_the_form_filled_in(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        message = await people.writes(f"@reel {LINK} the goals, please", user="sam")
        answer = await people.sees(answered("when you say how"))
        assert answer["thread_ts"] == message["ts"]
        await people.click(answer, "open_form", user="sam")
        fields = standing(await people.view("sam"))
        assert (fields["links"], fields["prompt"]) == (LINK, "the goals, please")
        await people.submits(user="sam")
        card = await people.card("Making 3 clips: queued")
    assert card["thread_ts"] == message["ts"]


async def test_what_a_mention_forwards_is_filled_in_too(
    stage: Start, people: People, wire: Wire
) -> None:
    forwarded = {"is_msg_unfurl": True, "text": f"our talk: <{LINK}>"}
    async with stage(wire.address):
        await people.writes("@reel the goals", attachments=[forwarded])
        answer = await people.sees(answered("when you say how"))
        await people.click(answer, "open_form")
        fields = standing(await people.view("robin"))
    assert (fields["links"], fields["prompt"]) == (LINK, "the goals")


async def test_a_mention_in_a_thread_is_answered_there_and_one_without_a_link_is_told_how(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        root = await people.writes("a talk")
        await people.writes("@reel hello", thread_ts=root["ts"])
        answer = await people.sees(answered("Type `/reel` and a link"))
    assert answer["thread_ts"] == root["ts"]


async def test_a_direct_message_is_answered_once_and_nothing_is_said_to_the_answer(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        await people.writes("@reel what can you do?", channel=DIRECT)
        first = await people.sees(answered("Type `/reel` and a link"), channel=DIRECT)
        await people.writes(f"cut {LINK}", channel=DIRECT)
        second = await people.sees(answered("when you say how"), channel=DIRECT)
        assert first.get("thread_ts") is None
        await people.click(second, "open_form")
        assert standing(await people.view("robin"))["links"] == LINK
    everything = await people.messages(DIRECT)
    assert len([each for each in everything if "bot_id" in each]) == 2


async def test_a_file_in_a_direct_message_is_told_to_be_out_of_reach(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        await people.shares("talk.mp4", channel=DIRECT)
        await people.sees(answered("lives in Slack"), channel=DIRECT)


async def test_an_answer_that_slack_refuses_is_no_fault(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        await people.act("fault", method="chat.postMessage", error="restricted_action")
        await people.writes("@reel hello")
        await people.writes("@reel hello again")
        await people.sees(answered("Type `/reel` and a link"))
    acks = await people.changes("ack")
    assert [ack["acked"] for ack in acks] == [True, True]
