"""The clips as files in the thread: playable, each once, whatever happens on the way."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot import delivery, keeper
from bot.jobs import JobState
from local.slack import server
from local.slack.platform import BOT_SCOPES
from local.slack.platform import Settings as WorkspaceSettings
from tests.scenarios import clip_host
from tests.scenarios.clip_host import (
    CLIP_OCTETS,
    ClipHost,
    chunked,
    moved,
    packed,
    page,
    torn,
    video,
)
from tests.scenarios.people import PATIENCE, Message, People, said
from tests.scenarios.stage import Stage, Start
from tests.scenarios.wire import CLIP, Answer, Wire, as_json, generation, stream

LINK = "https://example.com/talk.mp4"
COMPLETE = "files.completeUploadExternal"
BEGIN = "files.getUploadURLExternal"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    monkeypatch.setattr(keeper, "RETRY_SECONDS", (0.01, 0.01, 0.01))
    monkeypatch.setattr(keeper, "LOOK_SECONDS", (0.05, 0.1, 0.2))
    monkeypatch.setattr(keeper, "LONGEST_RETRY_AFTER", 0.01)


@pytest.fixture
async def host() -> AsyncIterator[ClipHost]:
    async with clip_host.clip_host() as listening:
        yield listening


async def shared(people: People) -> list[Message]:
    """The files that the thread shows."""
    return [file for message in await people.messages() for file in message.get("files") or []]


async def octets(file: Message) -> bytes:
    """What the workspace gives out for a file."""
    headers = {"Authorization": "Bearer xoxb-local"}
    async with (
        aiohttp.ClientSession() as http,
        http.get(file["url_private"], headers=headers) as got,
    ):
        return await got.read()


def makes(wire: Wire, *urls: str | None, **more: object) -> None:
    """Let the Clip API make clips that lie at these addresses."""
    output = [{**CLIP, "video_url": url, **more} for url in urls]
    wire.on_post = [stream("queued", "completed", output=output)]
    wire.on_get = [as_json(generation("completed", output=output))]


async def made(app: Stage, people: People, wish: str = "") -> Message:
    """Ask, wait until nothing is owed any more; the card."""
    await people.reel(f"{LINK} {wish} clips:1")
    await app.settled()
    job = (await app.jobs())[-1]
    return await people.sees(lambda message: message["ts"] == job.card_ts)


async def test_each_clip_becomes_a_file_in_the_thread_that_plays(
    stage: Start, people: People, clip_service: str
) -> None:
    async with stage(clip_service, reel_files=True) as app:
        await people.reel(f"{LINK} clips:2")
        await app.settled()
        await people.sees(lambda message: bool(message.get("files")))
        card = await people.sees(lambda message: "2 files in this thread" in said(message))
        root = next(m for m in await people.messages() if m["ts"] == card["thread_ts"])
        bringing = [m for m in await people.messages() if m.get("files")]
        [job] = await app.jobs()
    assert root["reply_count"] >= 4
    assert {message["thread_ts"] for message in bringing} == {card["thread_ts"]}
    files = [file for message in bringing for file in message["files"]]
    assert [file["title"] for file in files] == [clip.title for clip in job.clips]
    for file, clip in zip(files, job.clips, strict=True):
        assert file["mimetype"] == "video/mp4"
        async with aiohttp.ClientSession() as http, http.get(clip.url or "") as wanted:
            assert await octets(file) == await wanted.read()
    assert "links last" not in said(card)


async def test_without_files_the_links_stay_and_nothing_is_uploaded(
    stage: Start, people: People, clip_service: str
) -> None:
    async with stage(clip_service, reel_files=False) as app:
        card = await made(app, people)
    assert "links last until about" in said(card)
    assert await people.calls(BEGIN) == []


FAILURES: tuple[dict[str, object], ...] = (
    {"drop": True},
    {"status": 408},
    {"status": 500},
    {"error": "fatal_error"},
)
FAULTS = [
    {"method": method, "when": when, **failure}
    for method, when, failure in itertools.product(
        (BEGIN, "upload", COMPLETE), ("before", "after"), FAILURES
    )
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: " ".join(map(str, fault.values())))
async def test_a_clip_whose_upload_fails_on_the_way_is_shared_once(
    fault: dict[str, object], stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", video()))
    await people.act("fault", **fault)
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
        await people.sees(lambda message: bool(message.get("files")))
    [file] = await shared(people)
    assert await octets(file) == CLIP_OCTETS
    assert "1 file in this thread" in said(card)
    if (fault["method"], fault["when"]) == (COMPLETE, "after"):
        assert len(await people.calls(COMPLETE)) == 1
        assert await people.calls("files.info")


@pytest.mark.parametrize("method", [BEGIN, "upload", COMPLETE])
async def test_a_429_is_waited_out(
    method: str, stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", video()))
    await people.act("fault", method=method, status=429, times=2)
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
        await people.sees(lambda message: bool(message.get("files")))
    assert len(await shared(people)) == 1
    assert await people.calls("files.info") == []
    assert "1 file in this thread" in said(card)


async def test_a_share_that_takes_its_time_is_waited_for_when_the_answer_was_lost(
    stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", video()))
    await people.act("fault", method=COMPLETE, when="after", drop=True)
    await people.act("fault", method="share", delay=0.1)
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
    assert len(await shared(people)) == 1
    assert len(await people.calls(COMPLETE)) == 1
    assert "1 file in this thread" in said(card)


async def test_a_clip_that_slack_never_shows_is_said_to_be_unsure_and_not_sent_twice(
    stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", video()))
    await people.act("fault", method=COMPLETE, when="after", drop=True)
    await people.act("fault", method="share", drop=True)
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
    assert len(await people.calls(COMPLETE)) == 1
    assert "Slack did not say whether it arrived" in said(card)
    assert "links last until about" in said(card)


REFUSALS = {
    "not_in_channel": "type /invite @Reel here",
    "channel_not_found": "I am not in this conversation",
    "storage_limit_reached": "the workspace's storage is full",
    "file_type_not_allowed": "does not allow video files",
    "file_uploads_disabled": "does not allow files",
    "file_uploads_except_images_disabled": "allows pictures only",
    "file_upload_size_restricted": "too large for this workspace",
    "missing_scope": "lacks files:write",
    "posting_to_channel_denied": "does not let me post files",
    "restricted_action_read_only_channel": "does not let me post files",
    "slack_connect_file_upload_sharing_blocked": "the other organisation",
    "slack_connect_clip_sharing_blocked": "the other organisation",
    "slack_connect_blocked_file_type": "the other organisation",
    "slack_connect_file_link_sharing_blocked": "the other organisation",
    "is_archived": "the channel is archived",
    "something_new": "Slack said something_new",
}


@pytest.mark.parametrize("method", [BEGIN, COMPLETE])
async def test_a_refusal_is_told_on_the_card_with_the_day_until_which_the_links_last(
    method: str, stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    output = [{**CLIP, "video_url": host.at("/1.mp4", video())}]
    async with stage(wire.address, reel_files=True, reel_slot_limit=0) as app:
        for number, (code, says) in enumerate(REFUSALS.items(), start=1):
            wire.on_post = [as_json(generation("completed", id=f"r{number}", output=output))]
            await people.act("fault", method=method, error=code)
            card = await made(app, people, code)  # the same wish would be offered what there is
            assert says in said(card), code
            assert "links last until about" in said(card), code
            assert len(await people.calls(method)) == number
    assert await shared(people) == []


async def test_of_two_clips_the_one_that_is_refused_says_so_and_the_other_stays(
    stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", video()), host.at("/2.mp4", video(b"another")))
    await people.act("fault", method=BEGIN, error="storage_limit_reached")
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
        await people.sees(lambda message: bool(message.get("files")))
    [file] = await shared(people)
    assert await octets(file) == b"another"
    assert "1 file in this thread" in said(card)
    assert "links last until about" in said(card)


@pytest.mark.parametrize(
    ("missing", "says"),
    [("files:write", "lacks files:write"), ("files:read", "did not say whether it arrived")],
)
async def test_a_scope_that_is_missing_is_said(
    missing: str, says: str, tmp_path: Path, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", video()))
    scopes = [scope for scope in BOT_SCOPES if scope != missing]
    settings = WorkspaceSettings(tmp_path / "workspace", rate_limit_factor=0, scopes=scopes)
    async with server.running(settings) as platform, People(platform) as people:
        if missing == "files:read":
            await people.act("fault", method=COMPLETE, when="after", drop=True)
        stage = Stage.factory(people, tmp_path / "reel.db")
        async with stage(wire.address, reel_files=True) as app:
            card = await made(app, people)
        assert says in said(card)
        assert len(await people.calls(COMPLETE)) <= 1


UNFIT: dict[str, tuple[Answer, str]] = {
    "gone": (page(404), "could not be downloaded"),
    "forbidden": (page(403), "could not be downloaded"),
    "a proxy's page": (page(502), "could not be downloaded"),
    "a login page": (page(200), "could not be downloaded"),
    "torn": (torn(), "could not be downloaded"),
    "empty": (video(b""), "could not be downloaded"),
    "without a length": (chunked(), "does not say how large"),
}


@pytest.mark.parametrize("fault", UNFIT)
async def test_what_the_clips_host_does_wrong_is_not_laid_at_slacks_door(
    fault: str, stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    answer, says = UNFIT[fault]
    makes(wire, host.at("/1.mp4", answer))
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
    assert says in said(card)
    assert "links last until about" in said(card)
    assert await shared(people) == []


@pytest.mark.parametrize("first", [page(404), page(403), page(200), torn()])
async def test_an_address_that_does_not_serve_any_more_is_asked_for_anew(
    first: Answer, stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/old.mp4", first))
    now = {**CLIP, "video_url": host.at("/new.mp4", video())}
    wire.on_get = [as_json(generation("completed", output=[now]))]
    async with stage(wire.address, reel_files=True) as app:
        await made(app, people)
        await people.sees(lambda message: bool(message.get("files")))
    [file] = await shared(people)
    assert await octets(file) == CLIP_OCTETS


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_a_clip_that_comes_packed_is_never_begun_as_a_file(
    encoding: str, stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", packed(encoding)))
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
    assert "could not be downloaded" in said(card)
    assert "links last until about" in said(card)
    assert await people.calls(BEGIN) == []


async def test_a_clip_that_was_packed_once_is_a_file_when_it_comes_plain(
    stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", packed("gzip"), video()))
    async with stage(wire.address, reel_files=True) as app:
        await made(app, people)
        await people.sees(lambda message: bool(message.get("files")))
    [file] = await shared(people)
    assert await octets(file) == CLIP_OCTETS


async def test_a_clip_that_cannot_be_had_yet_does_not_hold_up_its_siblings(
    stage: Start, people: People, wire: Wire, host: ClipHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "RETRY_SECONDS", (3_600.0,))
    makes(wire, host.at("/1.mp4", torn()), host.at("/2.mp4", video()))
    async with stage(wire.address, reel_files=True, reel_grace_seconds=0) as app:
        await people.reel(f"{LINK} clips:2")
        await people.sees(lambda message: bool(message.get("files")))
        [file] = await shared(people)
        assert await octets(file) == CLIP_OCTETS
        assert await app.runner.jobs.unsettled()


async def test_a_clip_that_comes_at_the_second_try_comes_after_its_siblings(
    stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, *(host.at(f"/{n}.mp4", video(b"%d" % n)) for n in (1, 2, 3)))
    await people.act("fault", method=BEGIN, status=500)
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
        await people.sees(lambda message: bool(message.get("files")))
    assert [await octets(file) for file in await shared(people)] == [b"2", b"3", b"1"]
    assert "3 files in this thread" in said(card)
    assert len(await people.calls(COMPLETE)) == 3


async def test_after_a_long_outage_the_files_come_into_their_thread_without_the_ping(
    stage: Start, people: People, wire: Wire, host: ClipHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PING_BEFORE_MS", -1)  # as if all were older than a day
    makes(wire, host.at("/1.mp4", video()))
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
        bringing = await people.sees(lambda message: bool(message.get("files")))
    assert bringing["thread_ts"] == card["thread_ts"]
    assert "<@" not in str(bringing.get("text")) + str(bringing.get("blocks"))
    assert "1 file in this thread" in said(card)
    assert not any("here you go" in said(message) for message in await people.messages())


ODD = {
    "a port that is none": "https://cdn.test:port/1.mp4",
    "a port beyond all ports": "https://cdn.test:65536/1.mp4",
    "a name that no registry takes": "https://xn--/1.mp4",
    "a snowman": "https://\u2603.test/1.mp4",
    "no address of four numbers": "https://999.1.1.1/1.mp4",
    "an address of the sixth kind that is none": "https://[v1.a]/1.mp4",
    "control characters": "https://cdn.test/\x00\r\nX-Header: 1",
    "a file": "file:///etc/passwd",
    "no address at all": "soon",
}


@pytest.mark.parametrize("odd", ODD)
async def test_an_address_that_is_none_ends_no_job_and_its_sibling_is_a_file(
    odd: str, stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, ODD[odd], host.at("/2.mp4", video()))
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
        [job] = await app.jobs()
        await people.sees(lambda message: bool(message.get("files")))
    [file] = await shared(people)
    assert await octets(file) == CLIP_OCTETS
    assert (job.state, job.settled_at is not None) == (JobState.COMPLETED, True)
    assert "1 file in this thread" in said(card)
    assert re.search("could not be downloaded|no link for it", said(card))


async def test_a_host_that_sends_us_to_this_machine_is_not_followed_there(
    stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    inside = host.at("/inside", video()).replace("127.0.0.1", "localhost")
    makes(wire, host.at("/1.mp4", moved(inside)))
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
    assert "could not be downloaded" in said(card)
    assert not any(sent["Host"].startswith("localhost") for sent in host.headers)
    assert await people.calls(BEGIN) == []


async def test_a_host_that_refuses_connections_is_told_too(
    stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, "http://127.0.0.1:9/1.mp4")
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
    assert "could not be downloaded" in said(card)


async def test_a_clip_without_a_link_is_kept_through_its_signed_one(
    stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, None, signed_s3_video_url=host.at("/signed.mp4", video()))
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
        await people.sees(lambda message: bool(message.get("files")))
    [file] = await shared(people)
    assert await octets(file) == CLIP_OCTETS
    assert "signed" not in str(card["blocks"])


async def test_a_clip_without_any_link_is_said_to_have_none(
    stage: Start, people: People, wire: Wire
) -> None:
    makes(wire, None)
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
    assert "Reka sent no link for it" in said(card)


async def test_a_clip_that_is_too_large_is_not_begun(
    stage: Start, people: People, wire: Wire, host: ClipHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "MAX_OCTETS", len(CLIP_OCTETS) - 1)
    makes(wire, host.at("/1.mp4", video()))
    async with stage(wire.address, reel_files=True) as app:
        card = await made(app, people)
    assert "too large for this workspace" in said(card)
    assert await people.calls(BEGIN) == []


async def test_neither_key_nor_token_reaches_the_clips_host_nor_where_it_sends_us(
    stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", moved(host.at("/2.mp4", video()))))
    async with stage(wire.address, reel_files=True) as app:
        await made(app, people)
    assert len(host.headers) == 2
    sent = str(host.headers).lower()
    assert not any(word in sent for word in ("reka-secret-key", "xoxb", "api-key", "authorization"))


HOSTILE = (
    "<!channel> @here *bold* <https://evil.example|click>\u202e ../../etc/passwd\n&amp; 🤯 " * 5
)


async def test_a_hostile_title_is_a_tame_name_and_a_plain_title(
    stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", video()), title=HOSTILE)
    async with stage(wire.address, reel_files=True) as app:
        await made(app, people)
        bringing = await people.sees(lambda message: bool(message.get("files")))
    [file] = bringing["files"]
    assert not set(file["name"]) & set("<>@*|/\\&\n\u202e")
    assert ".." not in file["name"]
    assert file["name"].startswith("clip-1-channel-here-bold")
    assert file["mimetype"] == "video/mp4"
    assert len(file["title"]) <= 150
    assert not set(file["title"]) & set("\n\u202e")
    assert not bringing.get("text")


@pytest.mark.parametrize("method", ["upload", COMPLETE, "share"])
async def test_an_app_that_is_stopped_in_the_middle_goes_on_and_shares_each_clip_once(
    method: str, stage: Start, people: People, wire: Wire, host: ClipHost
) -> None:
    makes(wire, host.at("/1.mp4", video()), host.at("/2.mp4", video(b"another")))
    await people.act("fault", method=method, when="before", delay=0.3)
    before = {"upload": BEGIN, COMPLETE: "upload", "share": COMPLETE}[method]
    async with stage(wire.address, reel_files=True, reel_grace_seconds=0) as app:
        await people.reel(f"{LINK} clips:1")
        async with asyncio.timeout(PATIENCE):
            while not await people.calls(before):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    async with stage(wire.address, reel_files=True) as app:
        await app.settled()
        await people.sees(lambda message: "2 files in this thread" in said(message))
        async with asyncio.timeout(PATIENCE):
            while len(await shared(people)) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert sorted([await octets(file) for file in await shared(people)]) == sorted(
        [CLIP_OCTETS, b"another"]
    )
