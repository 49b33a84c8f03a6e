"""What the clip service accepts and refuses, and in which words."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.reka.limits import Quota
from local.reka.requests import DEFAULT_PROMPT
from local.reka.service import Options, open_service

LINK = "https://example.com/talk.mp4"
KEY = {"X-Api-Key": "rk-test"}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        open_service(Options(tmp_path, fast=True, stage_seconds=0)) as address,
        httpx.AsyncClient(base_url=address, headers=KEY, trust_env=False) as client,
    ):
        yield client


def body(**changes: Any) -> dict[str, Any]:
    return {"video_urls": [LINK], "prompt": "the best moments", **changes}


REFUSALS = [
    ({"video_urls": None}, "video_urls", "is required"),
    ({"video_urls": []}, "video_urls", "must contain at least one URL"),
    ({"video_urls": LINK}, "video_urls", "must be a list"),
    ({"video_urls": [LINK] * 11}, "video_urls", "must not contain more than 10 URLs"),
    ({"video_urls": ["talk.mp4"]}, "video_urls[0]", "https:// or http://"),
    ({"video_urls": [LINK, "ftp://example.com/a.mp4"]}, "video_urls[1]", "https:// or http://"),
    ({"video_urls": ["file:///etc/passwd"]}, "video_urls[0]", "https:// or http://"),
    ({"video_urls": ["https://[::1"]}, "video_urls[0]", "https:// or http://"),
    ({"video_urls": ["https://a:b@example.com/a.mp4"]}, "video_urls[0]", "user name"),
    ({"video_urls": ["https://example.com/" + "a" * 2048]}, "video_urls[0]", "2048"),
    ({"video_urls": ["https://exa\nmple.com/a.mp4"]}, "video_urls[0]", "control characters"),
    ({"video_urls": ["https://example.com/a b.mp4"]}, "video_urls[0]", "spaces"),
    ({"prompt": 7}, "prompt", "must be a string"),
    ({"stream": "perhaps"}, "stream", "boolean"),
    ({"generation_config": []}, "generation_config", "must be a JSON object"),
    ({"generation_config": {"template": "opera"}}, "generation_config.template", "'moments'"),
    ({"generation_config": {"num_generations": 0}}, "generation_config.num_generations", "1 or"),
    ({"generation_config": {"num_generations": 4}}, "generation_config.num_generations", "3 or"),
    (
        {"generation_config": {"min_duration_seconds": -1}},
        "generation_config.min_duration_seconds",
        "0 or more",
    ),
    (
        {"generation_config": {"max_duration_seconds": 601}},
        "generation_config.max_duration_seconds",
        "600 or less",
    ),
    (
        {"generation_config": {"min_duration_seconds": 60, "max_duration_seconds": 30}},
        "generation_config",
        "`min_duration_seconds` must not be above `max_duration_seconds`",
    ),
    (
        {"generation_config": {"source_start_time": 30, "source_end_time": 30}},
        "generation_config",
        "`source_start_time` must be before `source_end_time`",
    ),
    ({"rendering_config": {"aspect_ratio": "2:1"}}, "rendering_config.aspect_ratio", "'9:16'"),
    ({"rendering_config": {"resolution": 721}}, "rendering_config.resolution", "720"),
    ({"rendering_config": {"resolution": "hd"}}, "rendering_config.resolution", "720"),
    (
        {"rendering_config": {"caption_style": {"text_color": "red"}}},
        "rendering_config.caption_style.text_color",
        "a colour such as #FF7E4F",
    ),
]


@pytest.mark.parametrize("path", ["/v1/clips", "/v1/creator/reels"])
@pytest.mark.parametrize(("changes", "param", "words"), REFUSALS)
async def test_a_wrong_request_is_refused_with_its_member_and_a_sentence(
    client: httpx.AsyncClient, path: str, changes: dict[str, Any], param: str, words: str
) -> None:
    answer = await client.post(path, json=body(**changes))
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["param"]) == (400, "validation_error", param)
    assert words in error["message"]
    assert error["message"].endswith(".")


@pytest.mark.parametrize("content", [b"", b"{", b"nonsense", b"[" * 100_000])
async def test_a_body_that_is_not_json_is_refused(
    client: httpx.AsyncClient, content: bytes
) -> None:
    answer = await client.post("/v1/clips", content=content)
    assert answer.status_code == 400
    assert "not valid JSON" in answer.json()["error"]["message"]


async def test_every_problem_of_a_request_is_listed(client: httpx.AsyncClient) -> None:
    wrong = {"generation_config": {"num_generations": 9}, "rendering_config": {"resolution": 1}}
    error = (await client.post("/v1/clips", json=wrong)).json()["error"]
    assert [detail["param"] for detail in error["details"]] == [
        "video_urls",
        "generation_config.num_generations",
        "rendering_config.resolution",
    ]


async def test_a_body_beyond_the_limit_is_not_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/clips", json=body(prompt="x" * 300_000))
    assert (answer.status_code, answer.json()["error"]["type"]) == (413, "validation_error")


async def test_an_unknown_quality_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/clips?reel_quality=best", json=body())
    assert answer.json()["error"]["param"] == "reel_quality"


@pytest.mark.parametrize("prompt", [None, "", "  "])
async def test_the_older_dialect_needs_a_prompt(
    client: httpx.AsyncClient, prompt: str | None
) -> None:
    answer = await client.post("/v1/creator/reels", json=body(prompt=prompt))
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "prompt")


async def test_the_newer_dialect_fills_in_every_default(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/clips", json={"video_urls": [LINK], "prompt": None})
    assert answer.status_code == 202
    job = answer.json()
    assert job["prompt"] == DEFAULT_PROMPT
    assert (job["status"], job["output"], job["video_urls"]) == ("queued", [], [LINK])
    assert job["created_at"] == job["updated_at"]
    assert "error_message" not in job
    assert job["generation_config"] == {
        "template": "moments",
        "num_generations": 0,
        "min_duration_seconds": 0,
        "max_duration_seconds": 90,
        "source_start_time": None,
        "source_end_time": None,
        "translated_subtitles_target_language": None,
        "translated_subtitles_group_length": None,
    }
    assert job["rendering_config"] == {
        "show_watermark": False,
        "subtitles": True,
        "aspect_ratio": "9:16",
        "resolution": 720,
        "caption_style": None,
        "layout": "ai",
    }


@pytest.mark.parametrize("config", [None, {}, {"num_generations": None}])
async def test_the_older_dialect_makes_one_clip_unless_told(
    client: httpx.AsyncClient, config: dict[str, Any] | None
) -> None:
    answer = await client.post("/v1/creator/reels", json=body(generation_config=config))
    assert answer.json()["generation_config"]["num_generations"] == 1


async def test_unknown_members_are_ignored_and_a_resolution_may_be_a_string(
    client: httpx.AsyncClient,
) -> None:
    sent = body(subtitles_enabled=True, rendering_config={"resolution": "1080", "sparkle": 1})
    job = (await client.post("/v1/clips", json=sent)).json()
    assert job["rendering_config"]["resolution"] == 1080
    assert "sparkle" not in job["rendering_config"]


@pytest.mark.parametrize(
    "headers", [{"X-Api-Key": "one"}, {"Authorization": "Bearer two"}, {"X-API-KEY": "two"}]
)
async def test_a_known_key_is_taken_from_either_header(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    options = Options(tmp_path, fast=True, keys=("one", "two"))
    async with (
        open_service(options) as address,
        httpx.AsyncClient(base_url=address, headers=headers, trust_env=False) as client,
    ):
        assert (await client.get("/v1/clips")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Api-Key": ""}, {"X-Api-Key": "three"}, {"Authorization": "Basic one"}],
)
async def test_a_missing_or_unknown_key_is_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    async with (
        open_service(Options(tmp_path, fast=True, keys=("one",))) as address,
        httpx.AsyncClient(base_url=address, headers=headers, trust_env=False) as client,
    ):
        answer = await client.post("/v1/clips", json=body())
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/v1/nothing", 404, "not_found_error"),
        ("GET", "/v1/clips/no-uuid", 404, "not_found_error"),
        ("GET", "/v1/creator/reels", 405, "validation_error"),
        ("DELETE", "/v1/creator/reels/x", 405, "validation_error"),
        ("GET", "/files/../clips.db", 404, "not_found_error"),
        ("GET", "/v1/clips?limit=0", 400, "validation_error"),
        ("GET", "/v1/clips?offset=-1", 400, "validation_error"),
        ("GET", "/v1/clips?limit=" + "9" * 5000, 400, "validation_error"),
    ],
)
async def test_every_refusal_has_the_envelope_and_a_request_id(
    client: httpx.AsyncClient, method: str, path: str, status: int, kind: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
    assert answer.headers["X-Request-ID"]


async def test_without_a_limit_no_answer_speaks_of_one(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")
    assert answer.json() == {"status": "ok"}
    assert "retry-after" not in answer.headers
    assert answer.headers["X-Request-ID"]


async def test_the_quota_counts_accepted_requests_of_each_key_only(tmp_path: Path) -> None:
    options = Options(tmp_path, fast=True, quota=Quota(2, 3_600_000))
    async with (
        open_service(options) as address,
        httpx.AsyncClient(base_url=address, headers=KEY, trust_env=False) as client,
    ):
        await client.post("/v1/clips", json={})
        left = [
            (await client.post(path, json=body())).headers["x-ratelimit-requests-remaining"]
            for path in ("/v1/clips", "/v1/creator/reels")
        ]
        refused = await client.post("/v1/clips", json=body(stream=True))
        other = await client.post("/v1/clips", json=body(), headers={"X-Api-Key": "other"})
    assert left == ["1", "0"]
    assert refused.status_code == 429
    assert refused.json()["error"] == {
        "code": "rate_limit_exceeded",
        "type": "rate_limit_error",
        "message": "You have exceeded your daily request limit for this endpoint.",
    }
    assert 3590 < int(refused.headers["retry-after"]) <= 3600
    assert (other.status_code, other.headers["retry-after"]) == (202, "0")
