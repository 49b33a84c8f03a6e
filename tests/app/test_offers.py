"""A delivery that was answered with an offer is never a job, and one that is a job is never an offer, in any order."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import handlers
from bot.draft import Draft
from bot.form import Field
from bot.jobs import Delivery, Job, JobState
from bot.render import form
from bot.render.reuse import NOTHING_SPENT
from bot.request import ReelRequest
from local.slack.blockkit.check import check_message, check_view
from storage.results import LOOKED_THROUGH
from tests.app.job import ASKER, LINK, NOW, another, clip
from tests.app.test_handlers import House, living

TYPED = {
    "command": handlers.COMMAND,
    "team_id": "T1",
    "channel_id": "C1",
    "user_id": ASKER,
    "text": LINK,
}
DONE: dict[str, Any] = {"state": JobState.COMPLETED, "clips": (clip(),), "card_ts": "2.5"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as house:
        yield house


async def kept(house: House, name: str = "before", **changes: Any) -> Job:
    """A completed job of somebody else's, of whom nothing is owed any more."""
    since = house.runner.now()
    times = dict.fromkeys(("created_at", "ended_at", "settled_at"), since)
    made = another(name, **{**times, **DONE, **changes})
    added = await house.runner.jobs.add(made)
    assert added is not None
    return added


async def forgotten(house: House) -> None:
    await house.runner.jobs.database.write("DELETE FROM jobs")


async def jobs(house: House) -> list[str]:
    rows = await house.runner.jobs.database.read("SELECT delivery_key FROM jobs ORDER BY rowid")
    return [row["delivery_key"] for row in rows]


async def typed(house: House, trigger_id: str, **changes: Any) -> str:
    """What a command is answered with."""
    _, ack = await house.deliver({**TYPED, "trigger_id": trigger_id, **changes})
    assert check_message(ack["blocks"]) == []
    return str(ack["text"])


async def test_what_was_offered_is_no_job_though_the_result_is_gone(house: House) -> None:
    await kept(house)
    assert NOTHING_SPENT in await typed(house, "1")
    await forgotten(house)
    assert "cannot show any more" in await typed(house, "1")
    assert await jobs(house) == []
    assert "On it" in await typed(house, "2")
    assert await jobs(house) == ["command:2"]


async def test_what_is_a_job_is_no_offer_though_it_is_done_meanwhile(house: House) -> None:
    assert "On it" in await typed(house, "1")
    await house.runner.jobs.database.write(
        "UPDATE jobs SET state = 'completed', clips = ?, card_ts = '2.5', ended_at = created_at",
        ('[{"title": "So", "url": "https://cdn.test/1.mp4", "hashtags": []}]',),
    )
    assert NOTHING_SPENT not in await typed(house, "1")
    assert await jobs(house) == ["command:1"]
    assert NOTHING_SPENT in await typed(house, "2")


async def test_deliveries_at_one_moment_are_answered_alike(house: House) -> None:
    await kept(house)
    told = await asyncio.gather(*(typed(house, "1") for _ in range(8)))
    assert all(NOTHING_SPENT in each for each in told)
    assert await jobs(house) == ["before"]


@pytest.mark.parametrize("first", ["offer", "submit"])
async def test_of_an_offer_and_a_job_under_one_key_the_first_one_stands(
    first: str, house: House
) -> None:
    delivery = Delivery("T1", "C1", ASKER, "command:1")
    request = ReelRequest((LINK,))
    await kept(house)
    shown = await house.runner.earlier(request, delivery)
    if first == "offer":
        assert await house.runner.offer(request, delivery, shown) is not None
        assert (await house.runner.submit(request, delivery))[1] is False
        assert await jobs(house) == ["before"]
        assert await house.runner.offer(request, delivery, []) is not None
    else:
        assert (await house.runner.submit(request, delivery))[1] is True
        assert await house.runner.offer(request, delivery, shown) is None
        assert await house.runner.earlier(request, delivery) == []
        assert await jobs(house) == ["before", "command:1"]


def make(draft: Draft, view_id: str = "V1") -> dict[str, Any]:
    """*Make* in a form with a link."""
    values = {
        Field.LINKS: {"entered": {"type": "plain_text_input", "value": LINK}},
        Field.PROMPT: {"entered": {"type": "plain_text_input", "value": None}},
    }
    view = {"type": "modal", "id": view_id, "callback_id": form.MAKE, "state": {"values": values}}
    payload = {**view, "private_metadata": draft.metadata()}
    return {"type": "view_submission", "view": payload}


async def test_the_make_before_the_offer_is_no_job_whenever_it_is_delivered(house: House) -> None:
    await kept(house)
    first, second = make(Draft("C1")), make(Draft("C1", offered=ReelRequest((LINK,)).fingerprint()))
    for payload, then in ((first, 1), (first, 1), (second, 2), (first, 2), (second, 2), (first, 2)):
        status, ack = await house.deliver(payload)
        assert status == 200
        assert len(await jobs(house)) == then
        if payload is first:
            assert ack["response_action"] == "update"
            assert check_view(ack["view"], "modal") == []
            # Once it is made, the answer is that it is under way.
            about = ack["view"].get("private_metadata", str(ack["view"]["blocks"]))
            assert ('"offered":"' if then == 1 else "still under way") in about


async def test_another_workspaces_result_is_never_offered(house: House) -> None:
    await kept(house, team_id="T2")
    assert "On it" in await typed(house, "1")


async def test_an_answer_of_slacks_that_says_nothing_closes_the_border(house: House) -> None:
    await kept(house, channel_id="C7")  # the wire says no more than "ok" to every question
    assert "On it" in await typed(house, "1")
    asked = {call.target.split("?")[0] for call in house.slack.requests}
    assert {"/api/conversations.info", "/api/users.info", "/api/users.conversations"} <= asked


async def test_results_are_found_by_an_index_and_the_newest_are_looked_through(
    house: House,
) -> None:
    base = house.runner.jobs.database
    plan = await base.read(
        "EXPLAIN QUERY PLAN SELECT * FROM jobs WHERE team_id = 'T1' "
        "AND videos = '[]' ORDER BY created_at DESC"
    )
    assert [row["detail"] for row in plan] == [
        "SEARCH jobs USING INDEX jobs_by_video (team_id=? AND videos=?)"
    ]
    for number in range(LOOKED_THROUGH + 5):
        await kept(house, f"job {number}", created_at=NOW + number)
    found = await house.runner.results.of_video(ReelRequest((LINK,)), "T1")
    assert len(found) == LOOKED_THROUGH
    assert found[0].job.id == f"job {LOOKED_THROUGH + 4}"


@pytest.mark.parametrize(
    "link", ["https://cdn.test/é.mp4", 'https://cdn.test/"a".mp4', "https://x.test/看🎬"]
)
async def test_links_of_every_alphabet_are_found_again(link: str, house: House) -> None:
    await kept(house, video_urls=(link, LINK))
    found = await house.runner.results.of_video(ReelRequest((link, LINK)), "T1")
    assert [each.job.request.video_urls for each in found] == [(link, LINK)]
    assert await house.runner.results.of_video(ReelRequest((link,)), "T1") == []


async def test_only_clips_that_are_in_the_thread_count_as_files(house: House) -> None:
    await kept(house, clips=(clip(), clip(), clip()))
    await house.runner.jobs.database.write(
        "INSERT INTO files (job_id, number, shared_at, skipped) "
        "VALUES ('before', 1, 5, NULL), ('before', 2, NULL, 'unsure'), ('before', 3, NULL, NULL)"
    )
    [found] = await house.runner.results.of_video(ReelRequest((LINK,)), "T1")
    assert found.kept == {1}


async def test_what_was_offered_is_forgotten_with_the_rest(house: House) -> None:
    await kept(house)
    await typed(house, "1")
    results = house.runner.results
    await results.purge(house.runner.now() - 60_000)
    assert await results.offered("command:1") == ReelRequest((LINK,))
    await results.purge(house.runner.now() + 60_000)
    assert await results.offered("command:1") is None
