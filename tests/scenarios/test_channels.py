"""Where the app may not post, nothing is started, and the person hears why."""

import pytest

from bot.jobs import JobState, Reason
from bot.links import PRIVATE
from tests.scenarios.people import People, said
from tests.scenarios.stage import Start
from tests.scenarios.wire import Wire

LINK = "https://example.com/talk.mp4"


@pytest.mark.parametrize(
    ("channel", "way_in"),
    [
        ("random", "/invite @Reel"),
        ("launch-plans", "/invite @Reel"),
    ],
    ids=["public, not a member", "private, not a member"],
)
async def test_a_channel_that_refuses_spends_nothing_and_tells_the_way_in(
    channel: str, way_in: str, stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await people.reel(LINK, channel=channel)
        answer = await people.sees(
            lambda message: "nothing is spent" in message["text"], channel=channel
        )
        [job] = await app.jobs()
    assert answer["ephemeral_for"]
    assert way_in in said(answer)
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.CHANNEL_REFUSED)
    assert wire.posts == []


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("is_archived", "archived"),
        ("restricted_action_read_only_channel", "read-only for me"),
        ("something_new", "(something_new)"),
        ("ekm_access_denied", "closed this channel to apps"),
    ],
)
async def test_other_refusals_are_told_too(
    error: str, says: str, stage: Start, people: People, wire: Wire
) -> None:
    await people.act("fault", method="chat.postMessage", error=error, times=1)
    async with stage(wire.address):
        await people.reel(LINK)
        answer = await people.sees(lambda message: "nothing is spent" in message["text"])
    assert says in said(answer)
    assert wire.posts == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("the funniest minute", "I found no video link"),
        ("talk", "I found no video link"),
        ("https:///x", "not a valid web address"),
        (f"{LINK} clips:9", "`clips:` takes 1 to 3"),
        (f"{LINK} clip:2", "Did you mean `clips:`?"),
        (f"{LINK} 60-15s", "above the longest"),
        (f"{LINK} 3:7", "There is no shape"),
        (" ".join(f"https://example.com/{n}.mp4" for n in range(6)), "at most 5"),
        (f"{LINK} {'x' * 10_000}", "2,000 are the most"),
        (f"{LINK} from:25:00 to:10:00", "`to:` must be later"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_bad_ask_gets_a_sentence_and_no_job(
    text: str, says: str, stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        answer = await people.reel(text)
        assert says in answer["ack"]["text"]
        assert "nothing is spent" in answer["ack"]["text"]
        assert await app.jobs() == []
    assert wire.posts == []
    assert await people.calls("chat.postMessage") == []


async def test_a_link_into_a_private_network_is_refused_before_reka_itself_is_asked(
    stage: Start, people: People, wire: Wire
) -> None:
    inside = "http://intranet/talk.mp4"
    async with stage("https://vision-agent.api.reka.ai") as app:
        answer = await people.reel(f"{inside} the goals")
        assert PRIVATE in answer["ack"]["text"]
        assert "nothing is spent" in answer["ack"]["text"]
        await people.reel("")
        form = await people.submits(links=inside)
        assert form["errors"] == {"links": PRIVATE}
        assert await app.jobs() == []
    async with stage(wire.address) as app:  # a service of one's own may be in that network
        await people.reel(f"{inside} the goals")
        assert len(await app.jobs()) == 1


@pytest.mark.parametrize("text", ["help", "HELP "])
async def test_help_explains_with_examples(
    text: str, stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address):
        answer = await people.reel(text)
    assert "/reel https://youtu.be/" in answer["ack"]["text"]


async def test_a_prompt_full_of_markup_stays_text(
    stage: Start, people: People, clip_service: str
) -> None:
    prompt = "<!channel> *bold* :tada: 🎉 <https://evil.example|click>"
    async with stage(clip_service):
        await people.reel(f"{LINK} {prompt}")
        await people.links()
    for change in await people.changes("api_call"):
        if change["method"] in {"chat.postMessage", "chat.update"}:
            assert "<!channel>" not in change["args"]["text"]
            assert change["answer"]["ok"]


async def test_a_fault_of_ours_is_a_sentence_and_not_a_time_out(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await app.runner.jobs.database.write("ALTER TABLE jobs RENAME TO lost")
        answer = await people.reel(LINK)
        await app.runner.jobs.database.write("ALTER TABLE lost RENAME TO jobs")
    assert answer["acked"]
    assert "not kept, and nothing is spent" in answer["ack"]["text"]
