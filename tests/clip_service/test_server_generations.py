"""A generation from its POST to its files, without video work."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from local.reka.service import Options, open_service
from local.reka.stand_in import HOSTILE, READY_CLIP

LINK = "https://example.com/talk.mp4"
STAGES = ["queued", "starting", "downloading", "indexing", "preprocessing", "processing"]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with connected(Options(tmp_path, fast=True, stage_seconds=0.01)) as client:
        yield client


def connected(options: Options) -> "_Connected":
    return _Connected(options)


class _Connected:
    """A running service and a client that speaks to it."""

    def __init__(self, options: Options) -> None:
        self._service = open_service(options)

    async def __aenter__(self) -> httpx.AsyncClient:
        address = await self._service.__aenter__()
        self._client = httpx.AsyncClient(
            base_url=address, headers={"X-Api-Key": "rk-test"}, trust_env=False, timeout=20
        )
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
        await self._service.__aexit__(None, None, None)


async def events(
    client: httpx.AsyncClient, path: str = "/v1/clips", link: str = LINK, **more: Any
) -> list[ServerSentEvent]:
    body = {"video_urls": [link], "prompt": "why it broke", "stream": True, **more}
    async with aconnect_sse(client, "POST", path, json=body) as source:
        assert source.response.status_code == 200
        assert source.response.headers["content-type"] == "text/event-stream"
        return [event async for event in source.aiter_sse()]


async def ended(client: httpx.AsyncClient, link: str = LINK, **more: Any) -> dict[str, Any]:
    last: dict[str, Any] = json.loads((await events(client, link=link, **more))[-1].data)
    return last


@pytest.mark.parametrize("path", ["/v1/clips", "/v1/creator/reels"])
async def test_a_stream_goes_through_every_stage_and_closes_after_the_last(
    client: httpx.AsyncClient, path: str
) -> None:
    jobs = [event.json() for event in await events(client, path)]
    assert list(dict.fromkeys(job["status"] for job in jobs)) == [*STAGES, "completed"]
    assert len({job["id"] for job in jobs}) == 1
    assert [job["output"] for job in jobs[:-1]] == [[]] * (len(jobs) - 1)
    polled = await client.get(f"{path}/{jobs[0]['id']}")
    assert polled.json() == jobs[-1]


async def test_repeats_are_equal_to_the_byte_and_events_have_no_name(tmp_path: Path) -> None:
    options = Options(tmp_path, fast=True, stage_seconds=0.1, keepalive=0.02)
    async with connected(options) as client:
        body = {"video_urls": [LINK], "stream": True}
        async with client.stream("POST", "/v1/clips", json=body) as answer:
            raw = (await answer.aread()).decode()
    assert raw.endswith("\n\n")
    frames = raw.removesuffix("\n\n").split("\n\n")
    assert all(frame.startswith("data: {") and "\n" not in frame for frame in frames)
    statuses = [json.loads(frame[6:])["status"] for frame in frames]
    assert len(statuses) > len(set(statuses))
    assert len(set(frames)) == len(set(statuses))


async def test_the_number_of_clips_is_zero_until_it_is_resolved(client: httpx.AsyncClient) -> None:
    counts = {
        event.json()["status"]: event.json()["generation_config"]["num_generations"]
        for event in await events(client)
    }
    assert (counts["queued"], counts["downloading"]) == (0, 0)
    assert (counts["indexing"], counts["completed"]) == (3, 3)


async def test_a_client_that_leaves_does_not_cancel_its_generation(tmp_path: Path) -> None:
    options = Options(tmp_path, fast=True, stage_seconds=0.02, keepalive=0.01)
    async with connected(options) as client:
        body = {"video_urls": [LINK], "stream": True}
        async with aconnect_sse(client, "POST", "/v1/clips", json=body) as source:
            first = await anext(source.aiter_sse())
        job = await polled_to_the_end(client, first.json()["id"])
    assert (job["status"], len(job["output"])) == ("completed", 3)


async def polled_to_the_end(client: httpx.AsyncClient, generation_id: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            job: dict[str, Any] = (await client.get(f"/v1/clips/{generation_id}")).json()
            if job["status"] in {"completed", "failed"}:
                return job


async def test_stand_in_clips_name_the_prompt(client: httpx.AsyncClient) -> None:
    job = await ended(client, generation_config={"num_generations": 2})
    assert len(job["output"]) == 2
    for clip in job["output"]:
        assert "why it broke" in clip["title"]
        assert "why it broke" in clip["caption"]
        assert clip["hashtags"] == ["#broke"]
        assert 0 <= clip["ai_score"] <= 100


async def test_the_link_that_asks_for_it_fails_with_markup_in_its_message(
    client: httpx.AsyncClient,
) -> None:
    job = await ended(client, "https://example.com/fail.mp4")
    assert (job["status"], job["error_message"], job["output"]) == ("failed", HOSTILE, [])


async def test_the_link_that_asks_for_it_completes_without_clips(
    client: httpx.AsyncClient,
) -> None:
    job = await ended(client, "https://example.com/empty.mp4")
    assert (job["status"], job["output"]) == ("completed", [])


async def test_the_link_that_asks_for_it_gives_a_signed_link_only(
    client: httpx.AsyncClient,
) -> None:
    first, second, _ = (await ended(client, "https://example.com/null-url.mp4"))["output"]
    assert first["video_url"] is None
    assert (await client.get(first["signed_s3_video_url"])).status_code == 200
    assert second["video_url"].startswith(str(client.base_url))


async def test_a_clip_is_served_whole_in_ranges_and_as_head_without_a_key(
    client: httpx.AsyncClient,
) -> None:
    link = (await ended(client))["output"][0]["video_url"]
    ready = READY_CLIP.read_bytes()
    async with httpx.AsyncClient(trust_env=False) as anybody:
        whole = await anybody.get(link)
        part = await anybody.get(link, headers={"Range": "bytes=4-7"})
        beyond = await anybody.get(link, headers={"Range": f"bytes={len(ready)}-"})
        head = await anybody.head(link)
        absent = await anybody.get(link.replace("clip1", "clip9"))
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert whole.content == ready
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{len(ready)}"
    assert beyond.status_code == 416
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(ready)))
    assert (absent.status_code, absent.json()["error"]["type"]) == (404, "not_found_error")


async def test_clip_links_carry_the_public_address(tmp_path: Path) -> None:
    options = Options(tmp_path, fast=True, stage_seconds=0, public_url="https://clips.example/x/")
    async with connected(options) as client:
        link = (await ended(client))["output"][0]["video_url"]
    assert link.startswith("https://clips.example/x/files/")


async def test_the_list_is_newest_first_in_pages_and_by_status(client: httpx.AsyncClient) -> None:
    links = [f"https://example.com/{name}.mp4" for name in ("one", "fail", "three")]
    ids = [(await ended(client, link))["id"] for link in links]
    everything = (await client.get("/v1/clips")).json()["items"]
    middle = (await client.get("/v1/clips", params={"offset": 1, "limit": 1})).json()["items"]
    failed = (await client.get("/v1/clips", params={"status": "failed"})).json()["items"]
    assert [item["id"] for item in everything] == ids[::-1]
    assert everything[0] == {
        "id": ids[2],
        "status": "completed",
        "video_urls": [links[2]],
        "prompt": "why it broke",
    }
    assert middle == failed == [everything[1]]


async def test_a_generation_belongs_to_its_key(client: httpx.AsyncClient) -> None:
    job = await ended(client)
    other = {"X-Api-Key": "somebody else"}
    assert (await client.get("/v1/clips", headers=other)).json() == {"items": []}
    for method in ("GET", "DELETE"):
        answer = await client.request(method, f"/v1/clips/{job['id']}", headers=other)
        assert answer.status_code == 404
    assert (await client.get(f"/v1/clips/{job['id']}")).status_code == 200


async def test_what_is_deleted_is_gone_with_its_files(client: httpx.AsyncClient) -> None:
    job = await ended(client)
    answer = await client.request("DELETE", f"/v1/clips/{job['id']}", json={})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert (await client.get(f"/v1/clips/{job['id']}")).status_code == 404
    assert (await client.get(job["output"][0]["video_url"])).status_code == 404
    assert (await client.get("/v1/clips")).json() == {"items": []}


async def test_a_running_generation_can_not_be_deleted(tmp_path: Path) -> None:
    async with connected(Options(tmp_path, fast=True, stage_seconds=60)) as client:
        job = (await client.post("/v1/clips", json={"video_urls": [LINK]})).json()
        answer = await client.delete(f"/v1/clips/{job['id']}")
    assert answer.status_code == 409
    assert "still running" in answer.json()["error"]["message"]


async def test_closing_the_service_ends_open_streams_without_a_last_event(tmp_path: Path) -> None:
    service = open_service(Options(tmp_path, fast=True, stage_seconds=60))
    address = await service.__aenter__()
    body = {"video_urls": [LINK], "stream": True}
    async with (
        httpx.AsyncClient(headers={"X-Api-Key": "k"}, trust_env=False) as client,
        aconnect_sse(client, "POST", f"{address}/v1/clips", json=body) as source,
    ):
        stream = source.aiter_sse()
        await anext(stream)
        await service.__aexit__(None, None, None)
        assert {event.json()["status"] async for event in stream} <= {"starting"}
