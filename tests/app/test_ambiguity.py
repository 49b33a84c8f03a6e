"""An id is adopted only when it can be nobody else's."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.ambiguity import EARLIER_MS, PAGE, PAGES, Reconciler, is_ours
from bot.captions import CaptionStyle
from bot.jobs import Job, JobState
from bot.reka import errors
from bot.reka.client import RekaClient
from bot.reka.models import Generation
from bot.request import ReelRequest, Template
from storage.database import Database
from storage.jobs import LANDS_WITHIN_MS, JobStore
from tests.app.job import LINK, NOW, another
from tests.app.wire import Play, as_json, playing, raw, said

WISH = ReelRequest(
    (LINK, "https://youtu.be/b"),
    prompt="goals",
    num_generations=2,
    template=Template.COMPILATION,
    max_duration_seconds=60,
    subtitles=False,
    aspect_ratio="16:9",
)
BODY = WISH.body()


def at(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat()


def theirs(**changes: Any) -> dict[str, Any]:
    """A job at Reka as GET shows it: ours, unless something is changed."""
    return {"id": "r1", "status": "queued", "created_at": at(NOW), **BODY, **changes}


def config(name: str, **changes: Any) -> dict[str, Any]:
    made: Any = BODY[name]
    return {name: {**made, **changes}}


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({}, True),
        ({"status": "completed", "output": []}, True),
        ({"prompt": "Goals"}, False),
        ({"prompt": None}, False),
        ({"video_urls": [LINK]}, False),
        ({"video_urls": ["https://youtu.be/b", LINK]}, False),
        ({"created_at": None}, False),
        ({"created_at": "yesterday"}, False),
        ({"created_at": at(NOW - EARLIER_MS)}, True),
        ({"created_at": at(NOW - EARLIER_MS - 1)}, False),
        ({"created_at": at(NOW)[:19]}, True),
        ({"created_at": at(NOW).replace("+00:00", "Z")}, True),
        ({"created_at": at(NOW).replace("+00:00", "+09:00")}, False),
        ({"created_at": at(NOW + LANDS_WITHIN_MS)}, True),
        # What is made later than a POST can land was made by somebody else.
        ({"created_at": at(NOW + LANDS_WITHIN_MS + 1)}, False),
        (config("generation_config", num_generations=3), False),
        (config("generation_config", num_generations=None), False),
        (config("generation_config", template="moments"), False),
        (config("generation_config", min_duration_seconds=5), True),
        (config("rendering_config", subtitles=True), False),
        (config("rendering_config", aspect_ratio="9:16"), False),
        (config("rendering_config", resolution=720), True),
        ({"generation_config": None}, False),
        ({"rendering_config": None}, False),
        ({"rendering_config": "odd"}, False),
    ],
    ids=str,
)
def test_a_job_is_ours_when_every_option_is_and_its_time_fits(
    changes: dict[str, Any], ours: bool
) -> None:
    assert is_ours(Generation.model_validate(theirs(**changes)), BODY, NOW) is ours


def test_options_that_nobody_chose_are_not_compared() -> None:
    plain = ReelRequest((LINK,)).body()
    made = {**theirs(), **plain, "rendering_config": {"aspect_ratio": "9:16", "subtitles": True}}
    assert is_ours(Generation.model_validate(made), plain, NOW)


@pytest.mark.parametrize(
    ("made", "ours"),
    [
        ({"desired_font_size": 80, "position": "top"}, True),
        ({"desired_font_size": 80.0, "position": "top", "font_family": None}, True),
        ({"position": "top", "font_family": "Lato", "desired_font_size": "80"}, True),
        ({"desired_font_size": 81.0, "position": "top"}, False),
        ({"desired_font_size": 80, "position": "bottom"}, False),
        ({"position": "top"}, False),
        ({}, False),
        (None, False),
        ("top", False),
    ],
    ids=str,
)
def test_a_caption_style_is_compared_by_what_was_chosen_of_it(made: object, ours: bool) -> None:
    style = CaptionStyle(desired_font_size=80, position="top")
    body = replace(WISH, caption_style=style).body()
    rendering = {**config("rendering_config")["rendering_config"], "caption_style": made}
    found = Generation.model_validate(theirs(rendering_config=rendering))
    assert is_ours(found, body, NOW) is ours
    assert is_ours(found, BODY, NOW), "a style that nobody chose is not compared"


@pytest.fixture
def store(base: Database) -> JobStore:
    return JobStore(base)


async def lost(store: JobStore, name: str = "lost", **changes: Any) -> Job:
    """A job whose POST brought no id."""
    changes = {"state": JobState.SUBMITTING, "submitted_at": NOW, **changes}
    job = replace(another(name, request_key=WISH.key(), **changes), request=WISH)
    added = await store.add(job)
    assert added is not None
    return added


def listed(*items: dict[str, Any]) -> Play:
    """A page of the list. As documented, its items carry no dates."""
    shown = [{k: v for k, v in item.items() if k != "created_at"} for item in items]
    return as_json(200, {"items": shown})


def others(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Jobs that somebody else asked for."""
    return [theirs(id=f"x{number}", prompt="saves") for number in range(start, start + count)]


async def found(
    store: JobStore, job: Job, *plays: Play, dialect: str = "clips"
) -> tuple[str | None, list[str]]:
    """The id that was found, and what Reka was asked for."""
    async with playing(*plays) as wire, RekaClient(wire.address, "key", dialect) as client:
        generation = await Reconciler(store, client).find(job)
        assert {request.method for request in wire.requests} == {"GET"} or not wire.requests
        targets = [request.target for request in wire.requests]
    return generation.id if generation else None, targets


PAGE_1, PAGE_2 = "/v1/clips?offset=0&limit=50", "/v1/clips?offset=50&limit=50"
GET_1, GET_2 = "/v1/clips/r1", "/v1/clips/r2"


async def test_the_one_job_that_can_be_ours_is_found_and_confirmed_by_get(store: JobStore) -> None:
    page = listed(*others(2), theirs(), theirs(id="x9", video_urls=[LINK]))
    seen = await found(store, await lost(store), page, as_json(200, theirs()))
    assert seen == ("r1", [PAGE_1, GET_1])


async def test_none_is_adopted_when_two_could_be_ours(store: JobStore) -> None:
    plays = listed(theirs(), theirs(id="r2")), as_json(200, theirs()), as_json(200, theirs(id="r2"))
    assert await found(store, await lost(store), *plays) == (None, [PAGE_1, GET_1, GET_2])


@pytest.mark.parametrize("made", [NOW - EARLIER_MS - 1, NOW + LANDS_WITHIN_MS + 1])
async def test_a_job_of_another_time_is_no_second_candidate(store: JobStore, made: int) -> None:
    other = theirs(id="r2", created_at=at(made))
    plays = listed(other, theirs()), as_json(200, other), as_json(200, theirs())
    assert await found(store, await lost(store), *plays) == ("r1", [PAGE_1, GET_2, GET_1])


async def test_none_is_found_where_there_is_none(store: JobStore) -> None:
    assert await found(store, await lost(store), listed()) == (None, [PAGE_1])


async def test_a_job_of_ours_that_has_its_id_is_no_candidate(store: JobStore) -> None:
    await lost(store, "other", state=JobState.RUNNING, reka_id="r1")
    plays = listed(theirs(), theirs(id="r2")), as_json(200, theirs(id="r2"))
    assert await found(store, await lost(store), *plays) == ("r2", [PAGE_1, GET_2])


@pytest.mark.parametrize("state", [JobState.SUBMITTING, JobState.UNSURE, JobState.REPLACED])
@pytest.mark.parametrize("began", [NOW - LANDS_WITHIN_MS + 1, NOW, NOW + 1])
async def test_nothing_is_even_looked_at_while_a_sibling_may_own_the_id(
    store: JobStore, state: JobState, began: int
) -> None:
    await lost(store, "sibling", state=state, submitted_at=began)
    assert await found(store, await lost(store), listed(theirs())) == (None, [])


@pytest.mark.parametrize(
    "sibling",
    [
        {"state": JobState.WAITING, "submitted_at": None},
        {"state": JobState.FAILED},
        {"state": JobState.RUNNING, "reka_id": "r2"},
        {"state": JobState.UNSURE, "submitted_at": NOW - LANDS_WITHIN_MS},
    ],
)
async def test_a_sibling_that_cannot_own_it_is_no_hindrance(
    store: JobStore, sibling: dict[str, Any]
) -> None:
    await lost(store, "sibling", **sibling)
    plays = listed(theirs()), as_json(200, theirs())
    assert (await found(store, await lost(store), *plays))[0] == "r1"


async def test_a_sibling_whose_id_was_told_may_have_made_another_one(store: JobStore) -> None:
    sibling = await lost(store, "sibling", state=JobState.RUNNING, reka_id="told")
    slots = "INSERT INTO slots (fingerprint, job_id, taken_at, occupied_until, ending) VALUES ('k', ?, 0, 0, ?)"
    await store.database.write(slots, (sibling.id, "ambiguous"))
    assert await found(store, await lost(store), listed(theirs())) == (None, [])


async def test_the_list_is_read_page_by_page_until_a_short_one(store: JobStore) -> None:
    plays = listed(*others(PAGE)), listed(theirs()), as_json(200, theirs())
    assert await found(store, await lost(store), *plays) == ("r1", [PAGE_1, PAGE_2, GET_1])


async def test_a_job_that_slips_to_the_next_page_meanwhile_is_still_one_candidate(
    store: JobStore,
) -> None:
    pages = listed(*others(PAGE - 1), theirs()), listed(theirs(), *others(3))
    plays = *pages, as_json(200, theirs())
    assert (await found(store, await lost(store), *plays))[0] == "r1"


async def test_an_endless_list_is_left_after_a_few_pages(store: JobStore) -> None:
    name, targets = await found(store, await lost(store), listed(*others(PAGE)))
    assert name is None
    assert targets == [f"/v1/clips?offset={number * PAGE}&limit={PAGE}" for number in range(PAGES)]


async def test_a_candidate_that_is_gone_is_none(store: JobStore) -> None:
    plays = (
        listed(theirs(), theirs(id="r2")),
        as_json(404, {"error": {"type": "not_found_error"}}),
        as_json(200, theirs(id="r2")),
    )
    assert (await found(store, await lost(store), *plays))[0] == "r2"


@pytest.mark.parametrize("status", [400, 404, 405])
async def test_an_older_dialect_without_a_list_finds_nothing(store: JobStore, status: int) -> None:
    job = await lost(store)
    assert await found(store, job, as_json(status, {}), dialect="reels") == (None, [PAGE_1])


@pytest.mark.parametrize(
    ("play", "kind"),
    [
        (said(502, b"<html>", content_type="text/html"), errors.ServerFault),
        (as_json(401, {}), errors.KeyRefused),
        (as_json(429, {}), errors.RateLimited),
        (raw(b""), errors.Broken),
        (said(200, b"<html>", content_type="text/html"), errors.Garbled),
    ],
)
@pytest.mark.parametrize("where", ["list", "get"])
async def test_when_reka_cannot_be_asked_that_is_no_answer(
    store: JobStore, play: Play, kind: type[errors.RekaError], where: str
) -> None:
    plays = (play,) if where == "list" else (listed(theirs()), play)
    with pytest.raises(kind):
        await found(store, await lost(store), *plays)
