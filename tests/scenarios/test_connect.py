"""A channel that is shared with another organisation: its people see the clips, and spend only where they are named."""

from bot.render.sentences import OUTCOMES
from tests.scenarios.people import Message, People
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import CLIP, Wire
from tests.scenarios.wire import stream as events

LINK = "https://example.com/talk.mp4"
OURS, ZOE = "T0REEL0LOCA", "U0ZOE000005"


async def clips_in_a_shared_channel(app: Stage, people: People, wire: Wire) -> Message:
    wire.on_post = [events("completed", output=[CLIP]), events("completed", id="second")]
    await people.act("channel", channel="general", shared=True)
    await people.reel(f"{LINK} the goals")
    await app.settled()
    return await people.links()


async def test_somebody_of_another_organisation_spends_no_slot(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        links = await clips_in_a_shared_channel(app, people, wire)
        await people.click(links, "square", user="zoe")
        answer = await people.view("zoe")
        assert len(await app.jobs()) == 1
    assert OUTCOMES["may_not_spend"] in str(answer["blocks"])


async def test_who_may_no_longer_spend_is_told_when_the_form_comes_in(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address, reel_spenders=frozenset({"U0ROBIN0001", ZOE})) as app:
        links = await clips_in_a_shared_channel(app, people, wire)
        await people.click(links, "square", user="zoe")
    async with stage(wire.address) as app:
        answer = await people.submits(user="zoe")
        assert len(await app.jobs()) == 1
    assert OUTCOMES["may_not_spend"] in str(answer)


async def test_who_is_named_spends_in_our_workspace_whatever_slack_calls_theirs(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address, reel_spenders=frozenset({"U0ROBIN0001", ZOE})) as app:
        links = await clips_in_a_shared_channel(app, people, wire)
        await people.click(links, "square", user="zoe")
        await people.submits(user="zoe")
        await app.settled()
        own, theirs = sorted(await app.jobs(), key=lambda job: job.created_at)
    assert (theirs.user_id, theirs.team_id) == (ZOE, own.team_id)
    assert own.team_id == OURS
    assert len(wire.posts) == 2
