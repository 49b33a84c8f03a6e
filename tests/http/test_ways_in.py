"""Everything that people do, told over HTTP: the same app, the same clips."""

import asyncio

import pytest

from tests.http.slack import JSON, Ports, mention, signed
from tests.scenarios.people import PATIENCE, Message, People, urls
from tests.scenarios.stage import Start
from tests.scenarios.wire import Wire
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
UNDER_WAY = events("queued", ending="silence")


def way_in(message: Message) -> bool:
    """Fits the answer to a mention or a direct message."""
    return "bot_id" in message and "open_form" in str(message.get("blocks"))


async def test_a_command_makes_clips(stage: Start, people: People, clip_service: str) -> None:
    async with stage(clip_service):
        answer = await people.reel(f"{LINK} clips:2")
        links = await people.links()
        await people.card("2 clips are ready")
        envelopes = await people.changes("envelope")
        [ack] = await people.changes("ack")
    assert "On it: 2 clips" in answer["ack"]["text"]
    assert len(urls(links)) == 2
    assert [each["kind"] for each in envelopes] == ["slash_commands"]
    assert envelopes[0]["url"] == people.platform.settings.deliver_to
    assert (ack["acked"], ack["status"]) == (True, 200)
    assert await people.changes("socket") == []


async def test_a_shortcut_opens_the_form_and_make_makes_the_job_and_cancel_ends_it(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        message = await people.writes(f"our talk: {LINK}", user="sam")
        await people.makes_a_reel(message)
        refused = await people.submits(links="no link at all")
        made = await people.submits(links=LINK, prompt="the goals")
        card = await people.card("Making 3 clips: queued")
        await people.click(card, "cancel_job")
        await people.card("Cancelled")
        [job] = await app.jobs()
    assert refused["response_action"] == "errors"
    assert (made["acked"], made["response_action"]) == (True, None)
    assert card["thread_ts"] == message["ts"] == job.thread_ts
    assert job.request.prompt == "the goals"


async def test_the_home_tab_is_drawn_and_a_mention_answered(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        assert (await people.act("home", user="robin"))["acked"]
        asked = await people.writes("@reel hello")
        answer = await people.sees(way_in)
    assert answer["thread_ts"] == asked["ts"]
    assert len(await people.changes("home_published")) == 1


async def test_an_event_whose_ack_is_lost_is_told_again_and_answered_once(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        await people.connected()
        await people.act("lose_ack", times=2)
        await people.writes("@reel hello")
        async with asyncio.timeout(PATIENCE):
            while not any(ack["acked"] for ack in await people.changes("ack")):
                pass
        answers = [message for message in await people.messages() if way_in(message)]
    told = await people.changes("envelope")
    assert [each["retry_attempt"] for each in told] == [0, 1, 2]
    assert len({each["payload"]["event_id"] for each in told}) == 1
    assert len(answers) == 1


async def test_an_event_that_is_told_again_after_a_restart_is_answered_once(
    stage: Start, people: People, wire: Wire, ports: Ports
) -> None:
    message = await people.writes("look")
    body = mention("Ev1", message["ts"])
    again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    async with stage(wire.address):
        assert (await ports.post(body, signed(body, JSON)))[0] == 200
    async with stage(wire.address):
        assert (await ports.post(body, signed(body, JSON) | again))[0] == 200
        other = mention("Ev2", message["ts"])
        assert (await ports.post(other, signed(other, JSON)))[0] == 200
    assert sum(way_in(each) for each in await people.messages()) == 2


@pytest.mark.parametrize("times", [2, 5])
async def test_a_command_that_comes_several_times_at_once_is_one_job(
    times: int, stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        await people.reel(LINK, deliveries=times)
        await people.card("Making 3 clips: queued")
        assert len(await app.jobs()) == 1
    assert len(wire.posts) == 1


async def test_make_that_comes_several_times_at_once_is_one_job(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        await people.makes_a_reel(await people.writes(LINK))
        await people.submits(deliveries=4)
        await people.card("Making 3 clips: queued")
        assert len(await app.jobs()) == 1
    assert len(wire.posts) == 1


async def test_a_press_that_comes_several_times_at_once_opens_one_form(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", "failed", error_message="No video there")]
    async with stage(wire.address):
        await people.reel(LINK)
        card = await people.card("No clips this time")
        await people.click(card, "change_ask", deliveries=3)
    opened = [call["answer"]["ok"] for call in await people.calls("views.open")]
    assert opened.count(True) == 1
