"""The slots are everybody's: who holds which, who spent them to what end, and never a word of where one is not."""

import asyncio
import csv
import io
from typing import Any

import aiohttp
import pytest

from handlers import readers
from local.slack.blockkit.check import check_message
from tests.scenarios.people import Message, People, elements, said, urls
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire, as_json, generation, held
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
BEGIN = "files.getUploadURLExternal"
COMPLETE = "files.completeUploadExternal"
WISH = "the board's numbers"


@pytest.fixture
def done(wire: Wire) -> Wire:
    wire.on_post = [events("completed", output=[CLIP])]
    return wire


async def answered(
    people: People, text: str, *, user: str = "robin", channel: str = "general"
) -> Message:
    """What `/reel text` says to the person who types it."""
    await people.act("command", user=user, channel=channel, command="/reel", text=text)
    shown = [m for m in await people.messages(channel) if m.get("ephemeral_for")]
    assert check_message(shown[-1]["blocks"]) == []
    return shown[-1]


def id_of(people: People, user: str) -> str:
    return next(u.id for u in people.platform.workspace.users.values() if u.name == user)


async def joined(people: People, channel: str, kind: str, *members: str) -> None:
    """A channel with these members and the app."""
    await people.act("channel", channel=channel, kind=kind, members=list(members))
    await people.act("member", channel=channel, join=True)


async def direct(people: People, user: str) -> str:
    """The direct messages of the app with somebody; its id."""
    bot = people.platform.workspace.team.bot_user
    return people.platform.workspace.direct(id_of(people, user), bot).id


async def test_the_window_shows_each_slot_with_its_holder_and_what_is_left(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address) as app:
        assert "*10 of 10* slots are left" in said(await answered(people, "slots"))
        await people.reel(f"{LINK} the goals")
        await app.settled()
        shown = await answered(people, "slots", user="sam")
    assert "*9 of 10* slots are left" in said(shown)
    assert "24 h" in said(shown)
    assert "taken by Reka" in said(shown)
    assert f"{'·' * 23}1" in said(shown)
    assert [e["user_id"] for e in elements(shown) if e["type"] == "user"] == [
        id_of(people, "robin")
    ]
    assert len([e for e in elements(shown) if e["type"] == "date"]) == 2


async def test_a_short_window_has_a_bar_of_its_own_length(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address, reel_slot_limit=2, reel_slot_window=7 * 86_400) as app:
        await people.reel(LINK)
        await app.settled()
        assert "7 d" in said(await answered(people, "slots"))


async def test_an_account_without_a_limit_says_so_and_its_labels_name_no_price(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address, reel_slot_limit=0) as app:
        await people.reel(LINK)
        await app.settled()
        assert "Clips are not limited here." in said(await answered(people, "slots"))
        assert not [label for label in await labels(people) if "slot" in label]


@pytest.mark.parametrize(("limit", "label"), [(0, "Cut anew…"), (10, "Cut anew… (1 slot)")])
async def test_the_answer_to_an_ask_that_is_under_way_names_the_price_where_there_is_one(
    limit: int, label: str, stage: Start, people: People, wire: Wire
) -> None:
    go = asyncio.Event()
    wire.on_post = [held(go)]
    async with stage(wire.address, reel_slot_limit=limit) as app:
        await people.reel(LINK)
        await people.card("Asking Reka")
        again = await answered(people, LINK)
        go.set()
        wire.on_get = [as_json(generation("completed", output=[CLIP]))]
        await app.settled()
    assert again["blocks"][-1]["elements"][0]["text"]["text"] == label


async def test_a_paid_button_carries_its_price_and_a_free_one_none(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address) as app:
        await people.reel(LINK)
        await app.settled()
        found = await labels(people)
    assert {"Other moments… (1 slot)", "Shorter… (1 slot)", "Change the ask… (1 slot)"} <= found
    assert {"Copy text", "Share to a channel…"} <= found


async def labels(people: People) -> set[str]:
    return {
        element["text"]["text"]
        for message in await people.messages()
        for block in message.get("blocks") or []
        if block["type"] == "actions"
        for element in block["elements"]
    }


VIEWERS = [
    ("in a channel that both are in", "public", ["robin", "sam"], "sam", "general", True),
    ("in a public channel without the viewer", "public", ["robin"], "sam", "general", False),
    ("in a private channel that both are in", "private", ["robin", "sam"], "sam", "general", True),
    ("in a private channel without the viewer", "private", ["robin"], "sam", "general", False),
    ("one's own", "private", ["robin"], "robin", "general", True),
]


@pytest.mark.parametrize("row", VIEWERS, ids=[row[0] for row in VIEWERS])
async def test_where_and_what_for_is_for_those_who_are_there(
    row: tuple[str, str, list[str], str, str, bool], stage: Start, people: People, done: Wire
) -> None:
    _, kind, members, viewer, typed_in, sees = row
    await joined(people, "board", kind, *members)
    async with stage(done.address) as app:
        await people.reel(f"{LINK} {WISH}", channel="board")
        await app.settled()
        log = await answered(people, "log", user=viewer, channel=typed_in)
        slots = await answered(people, "slots", user=viewer, channel=typed_in)
        rows = await csv_of(people, viewer)
    assert (WISH in said(log)) is sees
    assert bool(urls(log)) is sees
    for shown in (log, slots):
        assert id_of(people, "robin") in said(shown)
        assert ("elsewhere" in said(shown)) is not sees
        assert any(e["type"] == "channel" for e in elements(shown)) is sees
    [row_] = rows
    assert row_["user_id"] == id_of(people, "robin")
    assert (row_["prompt"] == WISH) is sees
    assert (row_["channel_id"] == "elsewhere") is not sees


@pytest.mark.parametrize("fault", [{"error": "missing_scope"}, {"delay": 60}], ids=str)
async def test_who_cannot_be_asked_about_sees_their_own_and_the_channel_where_they_type(
    fault: dict[str, object],
    stage: Start,
    people: People,
    done: Wire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readers, "ASK_SECONDS", 0.1)
    await joined(people, "board", "private", "robin", "sam")
    async with stage(done.address) as app:
        await people.reel(f"{LINK} the goals", channel="general")
        await people.reel(f"{LINK} the fouls", channel="board")
        await app.settled()
        await people.act("fault", method="users.conversations", times=2, **fault)
        sams = said(await answered(people, "log", user="sam"))
        robins = said(await answered(people, "log"))
    assert "the goals" in sams
    assert "the fouls" not in sams
    assert "elsewhere" in sams
    assert "the fouls" in robins


async def test_the_log_says_to_what_end_and_links_the_card(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [
        events("completed", output=[CLIP]),
        as_json({"error": {"code": "invalid_request", "message": "no"}}, status=422),
    ]
    async with stage(wire.address) as app:
        await people.reel(f"{LINK} the goals")
        await app.settled()
        await people.reel(f"{LINK} the fouls")
        await app.settled()
        log = await answered(people, "log")
    shown = said(log)
    assert shown.index("the fouls") < shown.index("the goals")
    assert "refused by Reka (422), counted" in shown
    assert "1 clip is ready" in shown
    assert len(urls(log)) == 2


async def csv_of(people: People, user: str) -> list[dict[str, str]]:
    """`/reel log csv`, and what then lies in the person's direct messages, read as a program reads it."""
    at = await direct(people, user)
    assert "comes to you as a CSV file" in said(await answered(people, "log csv", user=user))
    shared = await people.sees(lambda message: bool(message.get("files")), channel=at)
    [file] = shared["files"]
    assert file["name"] == "reel-log.csv"
    headers = {"Authorization": "Bearer xoxb-local"}
    async with (
        aiohttp.ClientSession() as http,
        http.get(file["url_private"], headers=headers) as got,
    ):
        octets = await got.read()
    return list(csv.DictReader(io.StringIO(octets.decode(), newline=""), strict=True))


async def test_the_trail_comes_as_a_file_after_the_ack_with_no_formula_in_it(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address) as app:
        await people.reel(f'{LINK} "=HYPERLINK(A1)"')
        await app.settled()
        [row] = await csv_of(people, "robin")
    assert row["prompt"] == "'=HYPERLINK(A1)"
    assert row["outcome"] == "1 clip is ready"
    assert row["card_url"].startswith("http")
    assert len(await people.calls(COMPLETE)) == 1


@pytest.mark.parametrize("method", [BEGIN, "chat.postMessage", COMPLETE])
async def test_a_file_that_cannot_be_brought_is_said_to_the_person_alone(
    method: str, stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address) as app:
        await people.reel(LINK)
        await app.settled()
        await people.act("fault", method=method, error="messages_tab_disabled", times=1)
        await answered(people, "log csv")
        told = await people.sees(lambda message: "could not be brought" in said(message))
    assert "messages_tab_disabled" in said(told)
    assert told["ephemeral_for"] == id_of(people, "robin")


async def test_a_trail_that_cannot_be_read_is_said_too(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address) as app:
        await people.reel(LINK)
        await app.settled()
        await app.runner.jobs.database.write("UPDATE slots SET ending = 'unheard of'")
        await answered(people, "log csv")
        await people.sees(lambda message: "something of mine broke" in said(message))
    assert await people.calls(BEGIN) == []


async def test_a_stop_waits_for_the_file_that_is_on_its_way(
    stage: Start, people: People, done: Wire
) -> None:
    at = await direct(people, "robin")
    async with stage(done.address) as app:
        await people.reel(LINK)
        await app.settled()
        await people.act("fault", method=BEGIN, delay=0.3, times=1)
        await answered(people, "log csv")
    await people.sees(lambda message: bool(message.get("files")), channel=at)


async def test_home_shows_the_window_in_a_line(stage: Start, people: People, done: Wire) -> None:
    async with stage(done.address) as app:
        await people.reel(LINK)
        await app.settled()
        await people.act("home", user="sam")
        view: dict[str, Any] = await people.view("sam")
    assert f"`{'·' * 23}1`" in str(view["blocks"])
