"""Each checker on records of a run in which one promise was broken, and on records in which none was."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos.checkers import violations
from tests.chaos.house import Quota
from tests.chaos.people import Asked
from tests.chaos.records import Evidence

HOST = "http://127.0.0.1:8700"
LINK = "https://example.com/talk.mp4"
Break = Callable[[Evidence, Asked], object]


def wish(prompt: str) -> dict[str, Any]:
    return {"prompt": prompt, "video_urls": [LINK]}


def job(number: int, state: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"job{number}",
        "state": state,
        "request": wish(f"wish {number}"),
        "parent_id": None,
        "anew_of": None,
        "reka_id": f"reka{number}",
        "channel_id": "C1",
        "card_ts": f"{number}.1",
        "thread_ts": f"{number}.0",
        "links_marked_at": None,
        "links_ts": None,
        "settled_at": 1,
        "clips": [],
        **more,
    }


def generation(number: int, status: str, files: tuple[str, ...] = ()) -> dict[str, Any]:
    clips = [{"file": file, "signed_only": False} for file in files]
    begun = {"created_at": number * 10_000, "request": wish(f"wish {number}")}
    return {"id": f"reka{number}", "status": status, "clips": clips, **begun}


def slot(number: int, ending: str, status: int | None = 200) -> dict[str, Any]:
    return {"job_id": f"job{number}", "ending": ending, "status": status}


def message(ts: str, *elements: dict[str, Any], title: str = "") -> dict[str, Any]:
    text = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [*elements]}],
    }
    plan = [{"type": "plan", "title": title, "tasks": []}] if title else []
    return {"channel": "C1", "ts": ts, "blocks": [*plan, text]}


def link(number: int, file: str) -> dict[str, Any]:
    return {"type": "link", "url": f"{HOST}/files/reka{number}/{file}"}


def file(number: int, **more: Any) -> dict[str, Any]:
    done = {"file_id": f"F{number}", "marked_at": 1, "shared_at": 2, "skipped": None}
    return {"job_id": "job1", "number": number, **done, **more}


def brought(ts: str, file_id: str) -> dict[str, Any]:
    return {**message(ts), "thread_ts": "1.0", "files": [{"id": file_id}]}


HERE = {"type": "text", "text": " here you go: 2 clips."}


def good() -> tuple[Evidence, Asked]:
    """Job 1 is completed, 2 failed, 3 was cancelled before anything was spent, 4 is unsure and did land."""
    both = (link(1, "clip1.mp4"), link(1, "clip2.mp4"))
    found = Evidence(
        jobs=[
            job(1, "completed", links_marked_at=1, links_ts="1.2", clips=[{}, {}]),
            job(2, "failed"),
            job(3, "cancelled", reka_id=None),
            job(4, "unsure", reka_id=None),
        ],
        slots=[slot(1, "accepted"), slot(2, "accepted"), slot(4, "ambiguous", None)],
        generations=[
            generation(1, "completed", ("clip1.mp4", "clip2.mp4")),
            generation(2, "failed"),
            generation(4, "completed", ("clip1.mp4",)),
        ],
        messages=[
            message("1.1", *both, title="2 clips are ready"),
            message("1.2", HERE, *both),
            brought("1.3", "F1"),
            brought("1.4", "F2"),
            message("2.1", title="No clips this time"),
            message("3.1", title="Cancelled"),
            message("4.1", title="Unsure whether Reka took the job"),
        ],
        log=[],
        clip_service=HOST,
        files=[file(1), file(2)],
    )
    return found, Asked({f"wish {number}": True for number in range(1, 5)}, {"job3"})


def another_command(found: Evidence, _asked: Asked) -> None:
    found.jobs.append(job(1, "completed", id="job9", reka_id=None))


def posted_twice(found: Evidence, _asked: Asked) -> None:
    found.generations.append({**generation(2, "failed"), "id": "reka9", "created_at": 50_000})


def crowded(found: Evidence, _asked: Asked) -> None:
    found.generations[1]["created_at"] = found.generations[0]["created_at"] + 1
    found.generations[2]["created_at"] = found.generations[0]["created_at"] + 2


BROKEN: dict[str, tuple[str, Break]] = {
    "a second POST": ("spent_once", posted_twice),
    "one command, two jobs": ("spent_once", another_command),
    "cut anew, unasked": ("spent_once", lambda f, a: f.jobs[1].update(anew_of="job3")),
    "an acked ask that is gone": ("kept", lambda f, a: a.acked.update({"wish 9": True})),
    "a job of nobody's": ("kept", lambda f, a: a.acked.pop("wish 1")),
    "never at rest": ("rested", lambda f, a: f.jobs[1].update(state="running")),
    "at rest, untold": ("rested", lambda f, a: f.jobs[1].update(settled_at=None)),
    "a card that lies": (
        "rested",
        lambda f, a: f.messages[4]["blocks"][0].update(title="Accepted"),
    ),
    "no card": ("rested", lambda f, a: f.messages.pop(5)),
    "cancelled, unasked": ("rested", lambda f, a: a.cancelled.clear()),
    "a sibling's id": ("agreed", lambda f, a: f.jobs[1].update(reka_id="reka1")),
    "an unknown id": ("agreed", lambda f, a: f.jobs[1].update(reka_id="reka9")),
    "failed, but completed there": (
        "agreed",
        lambda f, a: f.generations[1].update(status="completed"),
    ),
    "landed, but said to be free": ("agreed", lambda f, a: f.jobs[3].update(state="cancelled")),
    "a POST not in the ledger": ("counted", lambda f, a: f.slots.pop(1)),
    "a slot given back that was used": (
        "counted",
        lambda f, a: f.slots[1].update(ending="released"),
    ),
    "a slot never judged": ("counted", lambda f, a: f.slots[1].update(ending="open")),
    "a 429": ("counted", lambda f, a: f.log.append({"error": "429 rate_limit_error"})),
    "too many in a window": ("counted", crowded),
    "a clip that is not on the card": ("linked", lambda f, a: f.messages[0]["blocks"].pop(1)),
    "two pings": ("linked", lambda f, a: f.messages.append({**f.messages[1], "ts": "1.3"})),
    "no ping was ever owed": ("linked", lambda f, a: f.jobs[0].update(links_marked_at=None)),
    "a file that is there twice": (
        "filed",
        lambda f, a: f.messages.append({**f.messages[2], "ts": "1.9"}),
    ),
    "a clip sent twice": ("filed", lambda f, a: f.messages.append(brought("1.9", "F9"))),
    "a file that is not there": ("filed", lambda f, a: f.messages.pop(2)),
    "a clip that nobody brought": ("filed", lambda f, a: f.files.pop()),
    "skipped without a word": (
        "filed",
        lambda f, a: f.files[1].update(shared_at=None, skipped="storage_limit_reached"),
    ),
    "a ping that is not there": ("linked", lambda f, a: f.messages.pop(1)),
}


def test_where_nothing_is_broken_nothing_is_found() -> None:
    assert violations(*good(), Quota(2, 3)) == []


@pytest.mark.parametrize(("checker", "broken"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_promise_is_found(checker: str, broken: Break) -> None:
    found, asked = copy.deepcopy(good())
    broken(found, asked)
    assert checker in {sentence.split(":")[0] for sentence in violations(found, asked, Quota(2, 3))}
