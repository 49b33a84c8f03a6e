"""The clips as files in the thread: playable, each once, whatever happens on the way."""

import aiohttp
import pytest

from bot import keeper
from tests.scenarios.people import Message, People, said
from tests.scenarios.stage import Stage, Start

LINK = "https://example.com/talk.mp4"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "RETRY_SECONDS", (0.01, 0.01, 0.01))
    monkeypatch.setattr(keeper, "LOOK_SECONDS", (0.05, 0.1, 0.2))


async def files_in(people: People) -> list[Message]:
    """The files that the thread shows, each with the message that brought it."""
    return [file for message in await people.messages() for file in message.get("files") or []]


async def test_each_clip_becomes_a_file_in_the_thread_that_plays(
    stage: Start, people: People, clip_service: str
) -> None:
    async with stage(clip_service, reel_files=True) as app:
        await people.reel(f"{LINK} clips:2")
        await app.settled()
        await people.sees(lambda message: bool(message.get("files")))
        card = await people.sees(lambda message: "2 files in this thread" in said(message))
        root = next(m for m in await people.messages() if m["ts"] == card["thread_ts"])
        shared = [m for m in await people.messages() if m.get("files")]
        [job] = await app.jobs()
    assert root["reply_count"] >= 4
    assert {message["thread_ts"] for message in shared} == {card["thread_ts"]}
    files = [file for message in shared for file in message["files"]]
    assert [file["title"] for file in files] == [clip.title for clip in job.clips]
    for file, clip in zip(files, job.clips, strict=True):
        assert file["mimetype"] == "video/mp4"
        async with aiohttp.ClientSession() as http:
            async with http.get(clip.url or "") as made:
                wanted = await made.read()
            headers = {"Authorization": "Bearer xoxb-local"}
            async with http.get(file["url_private"], headers=headers) as kept:
                assert await kept.read() == wanted
    assert "links last" not in said(card)
    assert isinstance(app, Stage)
