"""The Home tab: useful at first sight, and never a word of what its viewer could not see."""

from typing import Any

import pytest

from bot.preset import Preset
from tests.scenarios.people import People
from tests.scenarios.stage import Start
from tests.scenarios.wire import CLIP, Wire
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"


async def home_of(people: People, user: str) -> str:
    """What somebody reads in the Home tab, as one text."""
    await people.act("home", user=user)
    view = await people.view(user)
    assert view["type"] == "home"
    return str(view["blocks"])


@pytest.fixture
def done(wire: Wire) -> Wire:
    wire.on_post = [events("completed", output=[CLIP])]
    return wire


async def test_a_newcomer_reads_how_it_works_and_what_is_left(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        shown = await home_of(people, "sam")
    assert "*10 of 10* slots are left" in shown
    assert "You have asked for nothing yet." in shown
    assert "Everybody here may spend them." in shown
    assert "/reel" in shown


async def test_it_shows_your_jobs_with_links_and_who_may_spend(
    stage: Start, people: People, done: Wire
) -> None:
    robin = next(u.id for u in people.platform.workspace.users.values() if u.name == "robin")
    async with stage(done.address, reel_spenders=robin) as app:
        await people.reel(f"{LINK} the goals")
        await app.settled()
        shown = await home_of(people, "robin")
    assert "the goals" in shown
    assert "1 clip is ready" in shown
    assert "/archives/" in shown
    assert f"They are spent by <@{robin}>." in shown


async def test_the_button_opens_the_form_which_asks_where(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address) as app:
        await people.act("home", user="robin")
        home = await people.view("robin")
        await people.act("click", user="robin", view_id=home["id"], action_id="open_form")
        form = await people.view("robin")
        assert form["callback_id"] == "make_reel"
        values: dict[str, Any] = {
            "channel": {"entered": channel_named(people, "general")},
            "links": {"entered": LINK},
        }
        await people.act("submit", user="robin", view_id=form["id"], values=values)
        await people.card("1 clip is ready")
        await app.settled()


def channel_named(people: People, name: str) -> str:
    found = people.platform.workspace.channels.values()
    return next(channel.id for channel in found if channel.name == name)


VIEWERS = [
    ("general", "public", ["robin", "sam"], "sam", True),
    ("open-house", "public", ["robin"], "sam", False),
    ("board", "private", ["robin", "sam"], "sam", True),
    ("secret", "private", ["robin"], "sam", False),
    ("shared", "public", ["robin", "sam"], "zoe", False),
]


@pytest.mark.parametrize("row", VIEWERS, ids=[row[0] for row in VIEWERS])
async def test_of_others_jobs_only_those_of_channels_that_the_viewer_is_in(
    row: tuple[str, str, list[str], str, bool],
    stage: Start,
    people: People,
    done: Wire,
) -> None:
    channel, kind, members, viewer, sees = row
    if channel != "general":
        shared = {"shared": True} if channel == "shared" else {}
        await people.act("channel", channel=channel, kind=kind, members=members, **shared)
        await people.act("member", channel=channel, join=True)
    async with stage(done.address) as app:
        await people.reel(f"{LINK} the board's numbers", channel=channel)
        await app.settled()
        if viewer == "zoe":  # a guest of another workspace is shown no Home at all
            answer = await people.refused("home", user=viewer)
            assert answer
        else:
            assert ("the board's numbers" in await home_of(people, viewer)) is sees
        assert "the board's numbers" in await home_of(people, "robin")


async def test_a_direct_message_with_the_app_stays_between_the_two(
    stage: Start, people: People, done: Wire
) -> None:
    bot = people.platform.workspace.team.bot_user
    robin = next(u.id for u in people.platform.workspace.users.values() if u.name == "robin")
    direct = people.platform.workspace.direct_between(robin, bot) or (
        people.platform.workspace.direct(robin, bot)
    )
    async with stage(done.address) as app:
        await people.reel(f"{LINK} between us", channel=direct.id)
        await app.settled()
        assert "between us" not in await home_of(people, "sam")
        assert "between us" in await home_of(people, "robin")


async def test_what_was_refused_in_private_stays_between_the_two(
    stage: Start, people: People, wire: Wire
) -> None:
    await people.act("channel", channel="nobot", kind="public", members=["robin", "sam"])
    async with stage(wire.address) as app:
        await people.reel(f"{LINK} layoffs", channel="nobot")
        await app.settled()
        assert "layoffs" not in await home_of(people, "sam")


async def test_presets_are_shown_to_those_who_are_in_their_channel(
    stage: Start, people: People, wire: Wire
) -> None:
    await people.act("channel", channel="board", kind="private", members=["robin"])
    await people.act("member", channel="board", join=True)
    async with stage(wire.address) as app:
        team = people.platform.workspace.team.id
        preset = Preset(aspect_ratio="1:1", prompt="<!channel> our secret wish")
        await app.runner.presets.store.set(team, channel_named(people, "board"), preset)
        robins, sams = await home_of(people, "robin"), await home_of(people, "sam")
    assert "1:1, the standing ask" in robins
    assert "secret wish" not in robins
    assert "1:1, the standing ask" not in sams


async def test_who_cannot_be_asked_about_sees_no_others_jobs(
    stage: Start, people: People, done: Wire
) -> None:
    async with stage(done.address) as app:
        await people.reel(f"{LINK} the goals")
        await app.settled()
        await people.act("fault", method="users.conversations", error="missing_scope", times=9)
        shown = await home_of(people, "sam")
    assert "the goals" not in shown
    assert "slots are left" in shown
