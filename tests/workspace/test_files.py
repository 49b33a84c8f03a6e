"""Files: uploads in three steps, sharing, downloads by range, what survives, what is refused."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from local.slack.platform import BOT_TOKEN, Platform, Settings
from local.slack.server import running
from local.slack.visitor import Visitor

GENERAL, RANDOM, PRIVATE, ARCHIVED = "C0GENERAL01", "C0RANDOM002", "C0PRIVATE03", "C0ARCHIVE04"
VIDEO = bytes(range(256)) * 40
BY_APP = {"Authorization": f"Bearer {BOT_TOKEN}"}
IN_PAGE = {"Sec-Fetch-Site": "same-origin"}
Json = dict[str, Any]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


async def error_of(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


async def promised(client: AsyncWebClient, name: str = "clip.mp4", length: int = 0) -> Json:
    """Step one: `file_id` and `upload_url`."""
    answer = await client.files_getUploadURLExternal(filename=name, length=length or len(VIDEO))
    return {"file_id": answer["file_id"], "upload_url": answer["upload_url"]}


async def stored(client: AsyncWebClient, http: aiohttp.ClientSession, name: str = "c.mp4") -> str:
    """Steps one and two: the file's id."""
    ticket = await promised(client, name)
    async with http.post(ticket["upload_url"], data=VIDEO) as response:
        assert response.status == 200
    return str(ticket["file_id"])


async def completed(client: AsyncWebClient, *file_ids: str, **where: Any) -> Any:
    """Step three."""
    return await client.files_completeUploadExternal(
        files=[{"id": file_id} for file_id in file_ids], **where
    )


async def shared(
    client: AsyncWebClient, http: aiohttp.ClientSession, robin: Visitor, **where: Any
) -> Json:
    """All three steps, and the message that follows them."""
    file_id = await stored(client, http)
    await completed(client, file_id, channel_id=GENERAL, **where)
    change = await robin.until("message_posted", lambda c: carries(c["message"], file_id))
    message: Json = change["message"]
    return message


def carries(message: Json, file_id: str) -> bool:
    return any(file["id"] == file_id for file in message.get("files", []))


async def got(http: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, bytes]:
    async with http.get(url, headers=headers) as response:
        return response.status, await response.read()


async def test_slacks_own_client_uploads_into_a_thread_and_learns_the_ts_from_files_info(
    client: AsyncWebClient, robin: Visitor
) -> None:
    parent = await client.chat_postMessage(channel=GENERAL, text="Card")
    uploaded = await client.files_upload_v2(
        file=VIDEO,
        filename="Clip 1.mp4",
        title="The <best> moment",
        channel=GENERAL,
        thread_ts=parent["ts"],
        initial_comment="Here it is",
    )
    file_id = uploaded["file"]["id"]
    posted = (await robin.until("message_posted", lambda c: carries(c["message"], file_id)))[
        "message"
    ]
    assert (posted["text"], posted["thread_ts"]) == ("Here it is", parent["ts"])
    assert (posted["bot_id"], posted["upload"]) == ("B0REEL0BOT1", False)
    file = (await client.files_info(file=file_id))["file"]
    assert posted["files"] == [file]
    [share] = file["shares"]["public"][GENERAL]
    assert (share["ts"], share["thread_ts"]) == (posted["ts"], parent["ts"])
    expected = {
        "name": "Clip 1.mp4",
        "title": "The <best> moment",
        "mimetype": "video/mp4",
        "filetype": "mp4",
        "pretty_type": "MPEG 4 Video",
        "user": "U0REEL0BOT1",
        "mode": "hosted",
        "size": len(VIDEO),
        "is_external": False,
        "is_public": True,
        "channels": [GENERAL],
        "groups": [],
        "ims": [],
        "file_access": "visible",
    }
    assert {name: file[name] for name in expected} == expected
    assert file["url_private_download"].endswith(f"-{file_id}/download/clip_1.mp4")


async def test_files_completed_together_come_in_one_message(
    client: AsyncWebClient, robin: Visitor
) -> None:
    uploads = [{"content": VIDEO, "filename": f"{n}.mp4"} for n in range(3)]
    await client.files_upload_v2(file_uploads=uploads, channel=GENERAL)
    await robin.until("message_posted")
    [message] = await robin.messages("general")
    assert [file["name"] for file in message["files"]] == ["0.mp4", "1.mp4", "2.mp4"]


@pytest.mark.parametrize("encoding", ["json", "data", "params"])
async def test_a_completion_comes_as_json_as_a_form_or_in_the_query(
    client: AsyncWebClient,
    platform: Platform,
    robin: Visitor,
    http: aiohttp.ClientSession,
    encoding: str,
) -> None:
    file_id = await stored(client, http)
    files: Any = [{"id": file_id, "title": "Mine"}]
    arguments: Any = {
        "files": files if encoding == "json" else json.dumps(files),
        "channel_id": GENERAL,
    }
    url = f"{platform.address}/api/files.completeUploadExternal"
    async with http.post(url, headers=BY_APP, **{encoding: arguments}) as response:
        assert (await response.json())["files"][0]["title"] == "Mine"
    await robin.until("message_posted", lambda c: carries(c["message"], file_id))


async def test_an_upload_url_is_asked_for_in_a_query_or_a_form_but_not_in_json(
    platform: Platform, http: aiohttp.ClientSession
) -> None:
    url = f"{platform.address}/api/files.getUploadURLExternal"
    arguments: Any = {"filename": "c.mp4", "length": "5"}
    for encoding, ok in (("params", True), ("data", True), ("json", False)):
        kwargs: Any = {encoding: arguments}
        async with http.post(url, headers=BY_APP, **kwargs) as response:
            answer = await response.json()
        assert answer["ok"] is ok
    assert answer["error"] == "invalid_arguments"
    assert "[ERROR] missing required field: filename" in answer["response_metadata"]["messages"]


async def test_an_upload_may_be_the_part_of_a_form(
    client: AsyncWebClient, http: aiohttp.ClientSession, robin: Visitor
) -> None:
    ticket = await promised(client)
    form = aiohttp.FormData()
    form.add_field("file", VIDEO, filename="clip.mp4")
    async with http.post(ticket["upload_url"], data=form) as response:
        assert (response.status, await response.text()) == (200, f"OK - {len(VIDEO)}")
    await completed(client, ticket["file_id"])
    file = (await client.files_info(file=ticket["file_id"]))["file"]
    assert await got(http, file["url_private"], **BY_APP) == (200, VIDEO)


async def test_a_file_without_a_channel_stays_the_apps_own(
    client: AsyncWebClient, http: aiohttp.ClientSession, robin: Visitor
) -> None:
    file_id = await stored(client, http)
    await completed(client, file_id)
    file = (await client.files_info(file=file_id))["file"]
    assert (file["shares"], file["channels"], file["is_public"]) == ({}, [], False)
    assert await robin.messages("general") == []


# --- what is refused


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"length": 0}, "missing_argument"),
        ({"length": "many"}, "invalid_arguments"),
        ({"filename": ""}, "invalid_arguments"),
        ({"length": 1024**3 + 1}, "file_upload_size_restricted"),
        ({"alt_txt": "x" * 1001}, "alt_txt_too_large"),
    ],
)
async def test_an_upload_url_is_refused(
    client: AsyncWebClient, arguments: Json, error: str
) -> None:
    params = {"filename": "c.mp4", "length": 5} | arguments
    assert await error_of(client.api_call("files.getUploadURLExternal", params=params)) == error


@pytest.mark.parametrize(
    "error",
    [
        "file_uploads_disabled",
        "file_uploads_except_images_disabled",
        "file_type_not_allowed",
        "storage_limit_reached",
        "slack_connect_file_upload_sharing_blocked",
    ],
)
async def test_what_slack_decides_by_policy_is_ordered(
    client: AsyncWebClient, http: aiohttp.ClientSession, robin: Visitor, error: str
) -> None:
    await robin.act("fault", method="files.getUploadURLExternal", error=error)
    assert await error_of(promised(client)) == error
    file_id = await stored(client, http)
    await robin.act("fault", method="files.completeUploadExternal", error=error)
    assert await error_of(completed(client, file_id, channel_id=GENERAL)) == error
    assert (await completed(client, file_id, channel_id=GENERAL))["ok"]


@pytest.mark.parametrize("scope", ["files:read", "files:write"])
async def test_each_step_needs_its_scope(tmp_path: Path, scope: str) -> None:
    async with running(Settings(tmp_path, scopes=[scope])) as platform:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        calls = {
            "files:write": [
                client.files_getUploadURLExternal(filename="c.mp4", length=5),
                completed(client, "F1"),
                client.files_delete(file="F1"),
            ],
            "files:read": [client.files_info(file="F1"), client.files_list(channel=GENERAL)],
        }
        refusals = {
            needed: [await outcome(call) for call in calls_of] for needed, calls_of in calls.items()
        }
    for needed, outcomes in refusals.items():
        assert ("missing_scope" in outcomes) == (needed != scope)
        assert len(set(outcomes) & {"missing_scope"}) == (needed != scope)


async def outcome(call: Awaitable[Any]) -> str:
    try:
        await call
    except SlackApiError as error:
        return str(error.response["error"])
    return "ok"


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ({"channel_id": RANDOM}, "not_in_channel"),
        ({"channel_id": PRIVATE}, "channel_not_found"),
        ({"channel_id": "C0NOWHERE99"}, "channel_not_found"),
        ({"channel_id": ARCHIVED}, "is_archived"),
        ({"channel_id": "U0ROBIN0001"}, "invalid_arguments"),
        ({"channel_id": GENERAL, "thread_ts": "1.000001"}, "invalid_thread_ts"),
        ({"thread_ts": "1.000001"}, "invalid_arguments"),
        ({"channel_id": GENERAL, "blocks": '[{"type": "nonsense"}]'}, "invalid_blocks"),
    ],
)
async def test_a_completion_is_refused_and_leaves_the_file_to_be_completed(
    client: AsyncWebClient, http: aiohttp.ClientSession, where: Json, error: str
) -> None:
    file_id = await stored(client, http)
    params = {"files": json.dumps([{"id": file_id}])} | where
    call = client.api_call("files.completeUploadExternal", params=params)
    assert await error_of(call) == error
    assert await error_of(client.files_info(file=file_id)) == "file_not_found"
    assert (await completed(client, file_id))["ok"]


async def test_membership_is_needed_also_where_posting_in_public_is_allowed(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    scopes = ["files:write", "chat:write", "chat:write.public"]
    async with running(Settings(tmp_path, scopes=scopes)) as platform:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        call = client.files_upload_v2(content=VIDEO, filename="c.mp4", channel=RANDOM)
        assert await error_of(call) == "not_in_channel"


async def test_a_reply_is_no_thread_to_share_into(
    client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    parent = await client.chat_postMessage(channel=GENERAL, text="x")
    reply = await client.chat_postMessage(channel=GENERAL, text="y", thread_ts=parent["ts"])
    call = client.files_upload_v2(
        content=VIDEO, filename="c.mp4", channel=GENERAL, thread_ts=reply["ts"]
    )
    assert await error_of(call) == "invalid_thread_ts"


async def test_a_file_is_completed_once_and_only_after_its_octets_came(
    client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    ticket = await promised(client)
    file_id = ticket["file_id"]
    assert await error_of(completed(client, file_id, channel_id=GENERAL)) == "file_not_found"
    async with http.post(ticket["upload_url"], data=VIDEO) as response:
        assert response.status == 200
    await completed(client, file_id, channel_id=GENERAL)
    assert await error_of(completed(client, file_id, channel_id=GENERAL)) == "file_not_found"
    assert await error_of(completed(client, "F0NOTHING99")) == "file_not_found"
    assert await error_of(completed(client)) == "invalid_arguments"
    async with http.post(ticket["upload_url"], data=VIDEO) as response:
        assert response.status == 404


@pytest.mark.parametrize("data", [VIDEO[:-1], VIDEO + b"x", b""])
async def test_another_length_than_promised_is_refused(
    client: AsyncWebClient, http: aiohttp.ClientSession, platform: Platform, data: bytes
) -> None:
    ticket = await promised(client)
    async with http.post(ticket["upload_url"], data=data) as response:
        assert response.status == 400
    complete = completed(client, ticket["file_id"])
    assert await error_of(complete) == "file_not_found"
    assert list((platform.settings.data / "files").iterdir()) == []


async def test_an_upload_that_breaks_off_leaves_nothing_and_can_be_made_again(
    client: AsyncWebClient, http: aiohttp.ClientSession, robin: Visitor, platform: Platform
) -> None:
    ticket = await promised(client)
    folder = platform.settings.data / "files"

    async def broken() -> AsyncIterator[bytes]:
        yield VIDEO[:100]
        async with asyncio.timeout(10):
            while not list(folder.glob("*.part")):  # noqa: ASYNC110  a file of the server
                await asyncio.sleep(0.01)
        raise ConnectionError("the app was killed")

    length = {"Content-Length": str(len(VIDEO))}
    with pytest.raises(aiohttp.ClientError):
        await http.post(ticket["upload_url"], data=broken(), headers=length)
    call = await robin.until("api_call", lambda change: change["method"] == "upload")
    assert (call["status"], call["answer"]) == (400, "error: the connection broke\n")
    assert list(folder.iterdir()) == []
    async with http.post(ticket["upload_url"], data=VIDEO) as response:
        assert response.status == 200
    assert (await completed(client, ticket["file_id"]))["ok"]


# --- downloads


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        ("bytes=0-9", (206, "bytes 0-9/10240", VIDEO[:10])),
        ("bytes=-5", (206, "bytes 10235-10239/10240", VIDEO[-5:])),
        ("bytes=10230-", (206, "bytes 10230-10239/10240", VIDEO[10230:])),
        ("bytes=99999-", (416, "bytes */10240", b"")),
    ],
)
async def test_a_part_of_a_file_can_be_had(
    client: AsyncWebClient,
    http: aiohttp.ClientSession,
    robin: Visitor,
    wanted: str,
    answer: tuple[int, str, bytes],
) -> None:
    [file] = (await shared(client, http, robin))["files"]
    async with http.get(file["url_private"], headers={**BY_APP, "Range": wanted}) as response:
        assert response.headers["Content-Type"] == "video/mp4"
        content_range = response.headers["Content-Range"]
        assert (response.status, content_range, await response.read()) == answer


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (BY_APP, VIDEO),
        (IN_PAGE, VIDEO),
        ({"Sec-Fetch-Site": "none"}, VIDEO),
        ({}, b"<!DOCTYPE html>"),
        ({"Authorization": "Bearer xoxb-wrong"}, b"<!DOCTYPE html>"),
    ],
)
async def test_a_file_is_for_the_app_and_for_people_everybody_else_may_sign_in(
    client: AsyncWebClient,
    http: aiohttp.ClientSession,
    robin: Visitor,
    headers: dict[str, str],
    body: bytes,
) -> None:
    [file] = (await shared(client, http, robin))["files"]
    for name in ("url_private", "url_private_download", "permalink"):
        status, content = await got(http, file[name], **headers)
        assert (status, content[: len(body)]) == (200, body)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("clip.mp4", 'inline; filename="clip.mp4"'),
        ('ev"il\r\nX: y.mp4', 'inline; filename="ev_il_x_y.mp4"'),
        ("page.html", 'attachment; filename="page.html"'),
        ("drawing.svg", 'attachment; filename="drawing.svg"'),
        ("../../etc/passwd", 'attachment; filename="_.._etc_passwd"'),
        ("視频", 'attachment; filename="_"'),
    ],
)
async def test_only_media_is_shown_in_place_whatever_its_name(
    client: AsyncWebClient, http: aiohttp.ClientSession, name: str, shown: str
) -> None:
    file_id = await stored(client, http, name)
    await completed(client, file_id)
    file = (await client.files_info(file=file_id))["file"]
    assert file["name"] == name
    for address, disposition in (
        (file["url_private"], shown),
        (file["url_private_download"], shown.replace("inline", "attachment")),
    ):
        async with http.get(address, headers=IN_PAGE) as response:
            assert response.headers["Content-Disposition"].startswith(disposition)
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert await response.read() == VIDEO


# --- afterwards


async def test_a_deleted_file_is_gone_from_messages_and_from_disk(
    client: AsyncWebClient, http: aiohttp.ClientSession, robin: Visitor, platform: Platform
) -> None:
    [file] = (await shared(client, http, robin))["files"]
    await client.files_delete(file=file["id"])
    [message] = await robin.messages("general")
    assert message["files"] == [{"id": file["id"], "mode": "tombstone"}]
    assert await error_of(client.files_info(file=file["id"])) == "file_deleted"
    assert await error_of(client.files_delete(file=file["id"])) == "file_deleted"
    assert (await got(http, file["url_private"], **BY_APP))[0] == 404
    assert list((platform.settings.data / "files").iterdir()) == []


async def test_a_list_shows_the_newest_first(client: AsyncWebClient) -> None:
    for number in range(3):
        await client.files_upload_v2(content=VIDEO, filename=f"{number}.mp4")
    await client.files_getUploadURLExternal(filename="never.mp4", length=5)
    listed = await client.files_list(count=2)
    assert [file["name"] for file in listed["files"]] == ["2.mp4", "1.mp4"]
    assert listed["paging"] == {"count": 2, "total": 3, "page": 1, "pages": 2}
    assert (await client.files_list(channel=GENERAL))["files"] == []


async def test_files_survive_a_restart_also_between_the_steps(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """The port is another one afterwards, so every address is."""
    slow = Settings(tmp_path, scan_seconds=3600)
    async with running(slow) as platform:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        waiting = await stored(client, http)
        unshared = await stored(client, http)
        await completed(client, unshared, channel_id=GENERAL)
        assert (await client.conversations_history(channel=GENERAL))["messages"] == []
        (tmp_path / "files" / "F0BROKEN.part").write_bytes(b"half of an upload")
    async with running(Settings(tmp_path)) as platform, Visitor(platform.address) as robin:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{platform.address}/api/")
        change = await robin.until("message_posted")
        [file] = change["message"]["files"]
        assert file["id"] == unshared
        assert await got(http, file["url_private"], **BY_APP) == (200, VIDEO)
        await completed(client, waiting)
        assert sorted(each.name for each in (tmp_path / "files").iterdir()) == sorted(
            [waiting, unshared]
        )
    async with running(Settings(tmp_path)) as platform, Visitor(platform.address) as robin:
        assert len(await robin.messages("general")) == 1
        files = {file["id"]: file["shares"] for file in (await robin.state())["files"]}
        assert (files[waiting], list(files[unshared]["public"])) == ({}, [GENERAL])


# --- faults


@pytest.mark.parametrize("failure", [{"status": 408}, {"status": 500}, {"drop": True}])
@pytest.mark.parametrize(("when", "completion"), [("before", "file_not_found"), ("after", "ok")])
async def test_an_upload_may_fail_before_or_after_it_was_stored(
    client: AsyncWebClient, robin: Visitor, failure: Json, when: str, completion: str
) -> None:
    ticket = await promised(client)
    await robin.act("fault", method="upload", when=when, **failure)
    async with aiohttp.ClientSession() as http:
        try:
            async with http.post(ticket["upload_url"], data=VIDEO) as response:
                assert response.status == failure["status"]
        except aiohttp.ClientError:
            assert failure == {"drop": True}
    assert await outcome(completed(client, ticket["file_id"])) == completion


async def test_a_completion_dropped_after_it_took_effect_shares_the_file_once(
    client: AsyncWebClient, http: aiohttp.ClientSession, robin: Visitor
) -> None:
    file_id = await stored(client, http)
    await robin.act("fault", method="files.completeUploadExternal", drop=True, when="after")
    client.retry_handlers = []
    with pytest.raises(aiohttp.ClientError):
        await completed(client, file_id, channel_id=GENERAL)
    assert await error_of(completed(client, file_id, channel_id=GENERAL)) == "file_not_found"
    assert (await client.files_info(file=file_id))["file"]["shares"]["public"][GENERAL]
    assert len(await robin.messages("general")) == 1


async def test_a_slow_scan_shares_late_and_a_lost_one_never(
    client: AsyncWebClient, http: aiohttp.ClientSession, robin: Visitor, platform: Platform
) -> None:
    slow, lost = await stored(client, http), await stored(client, http)
    await robin.act("fault", method="share", delay=0.2)
    await completed(client, slow, channel_id=GENERAL)
    await robin.act("fault", method="share", drop=True)
    await completed(client, lost, channel_id=GENERAL)
    posted = await robin.until("message_posted", lambda c: carries(c["message"], slow))
    call = await robin.until("api_call", lambda c: c["method"] == "files.completeUploadExternal")
    assert posted["at"] - call["at"] >= 200
    assert (await client.files_info(file=slow))["file"]["shares"]["public"][GENERAL]
    assert (await client.files_info(file=lost))["file"]["shares"] == {}
    assert platform.workspace.sharings == {}


# --- size


async def test_memory_stays_flat_while_300_megabytes_pass_through(
    client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    size, chunk = 300 * 2**20, bytes(2**20)

    async def octets() -> AsyncIterator[bytes]:
        for _ in range(size // len(chunk)):
            yield chunk
            await asyncio.sleep(0)

    ticket = await promised(client, length=size)
    tracemalloc.start()
    try:
        async with http.post(ticket["upload_url"], data=octets()) as response:
            assert response.status == 200
        await completed(client, ticket["file_id"])
        file = (await client.files_info(file=ticket["file_id"]))["file"]
        received = 0
        async with http.get(file["url_private"], headers=BY_APP) as response:
            async for part in response.content.iter_chunked(2**20):
                received += len(part)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert received == size
    assert peak < size / 20
