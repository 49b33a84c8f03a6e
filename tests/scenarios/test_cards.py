"""The card when Slack misbehaves."""

import asyncio
from itertools import pairwise

import pytest

from bot import card, delivery
from tests.scenarios.people import Message, People, said, urls
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire, as_json, generation
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "RETRY_SECONDS", (0.05,))


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "retry_after": 1},
        {"status": 500},
        {"drop": True, "when": "before"},
        {"drop": True, "when": "after"},
        {"error": "internal_error"},
    ],
    ids=["429", "500", "lost before", "lost after", "internal_error"],
)
async def test_the_final_form_is_repeated_until_it_holds(
    fault: dict[str, object], stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", "completed", output=[CLIP])]
    await people.act("fault", method="chat.update", times=3, **fault)
    async with stage(wire.address):
        await people.reel(LINK)
        assert urls(await people.card("1 clip is ready"))
        await people.links()


async def test_after_a_429_nothing_is_edited_before_the_time_that_slack_names(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", "completed", output=[CLIP])]
    await people.act("fault", method="chat.update", status=429, retry_after=1, times=1)
    async with stage(wire.address):
        await people.reel(LINK)
        await people.card("1 clip is ready")
    refused, *later = [call["at"] for call in await people.calls("chat.update")]
    assert (
        later[0] - refused > 950
    )  # both by the clock of the workspace, which reads it when it has answered


async def test_a_picture_that_stands_there_already_takes_no_edit(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await people.card("Making 3 clips: queued")
        [job] = await app.jobs()
        for _ in range(6):  # more often than the seconds change that it counts
            app.runner.refresh(job.id)
            await asyncio.sleep(0.1)
    shown = [_picture(change["message"]) for change in await people.changes("message_changed")]
    assert all(before != after for before, after in pairwise(shown))


def _picture(message: Message) -> list[object]:
    """Without the ids that Slack gives to blocks."""
    return [{**block, "block_id": ""} for block in message["blocks"]]


async def test_a_refused_plan_block_falls_back_to_sections_for_good(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", "completed", output=[CLIP])]
    async with stage(wire.address):
        await people.act("fault", method="chat.update", error="invalid_blocks", times=1)
        await people.reel(LINK)
        await people.links()
        final = await people.card("1 clip is ready")
    assert {block["type"] for block in final["blocks"]} == {"rich_text", "context", "actions"}
    assert "✓ queued at Reka" in said(final)


async def test_a_deleted_card_is_replaced_by_a_fresh_reply_that_carries_the_links(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", "completed", output=[CLIP])]
    async with stage(wire.address) as app:
        await people.act("fault", method="chat.update", error="message_not_found", times=99)
        await people.reel(LINK)
        links = await people.links()
        cards = [m for m in await people.messages() if "1 clip is ready" in said(m)]
        [job] = await app.jobs()
    assert len(cards) == 1
    assert urls(cards[0]) == urls(links)
    assert cards[0]["ts"] == job.card_ts


async def test_a_ping_that_may_have_been_posted_is_not_posted_again(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [events("queued", ending="silence")]
    wire.on_get = [as_json(generation("completed", output=[CLIP]))]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        await people.card("Making 3 clips: queued")
        await people.act("fault", method="chat.postMessage", drop=True, when="after", times=1)
    async with stage(
        wire.address
    ) as app:  # started again, it polls, and loses the answer to its ping
        await people.card("1 clip is ready")
        await people.links()
        await app.settled()
    async with stage(wire.address) as app:
        await app.settled()
    assert sum("here you go" in said(message) for message in await people.messages()) == 1


async def test_a_post_that_slack_limits_is_posted_once_when_it_may(
    stage: Start, people: People, clip_service: str
) -> None:
    await people.act("fault", method="chat.postMessage", status=429, retry_after=1, times=1)
    async with stage(clip_service):
        await people.reel(LINK)
        await people.links()
    roots = [m for m in await people.messages() if "asked for" in said(m)]
    assert len(roots) == 1


async def test_a_burst_in_one_channel_is_served_in_order_and_nobody_starves(
    stage: Start, people: People, clip_service: str
) -> None:
    for _ in range(3):
        await people.act("fault", method="chat.postMessage", status=429, retry_after=1, times=2)
    async with stage(clip_service, reel_slot_limit=0) as app:
        for number in range(8):
            await people.reel(f"https://example.com/{number}.mp4")
        await app.settled()
        jobs = await app.jobs()
    pings = [message for message in await people.messages() if "here you go" in said(message)]
    assert len(pings) == 8
    placed = [job.thread_ts or "" for job in jobs]
    assert placed == sorted(placed)


async def test_a_ping_that_comes_too_late_is_not_posted_but_the_card_is_edited(
    stage: Start, people: People, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert delivery.PING_BEFORE_MS == 24 * 3600 * 1000
    monkeypatch.setattr(delivery, "PING_BEFORE_MS", -1)
    wire.on_post = [events("completed", output=[CLIP])]
    async with stage(wire.address) as app:
        await people.reel(LINK)
        assert urls(await people.card("1 clip is ready"))
        await app.settled()
    assert not any("here you go" in said(message) for message in await people.messages())
