"""What must hold when everything is at rest again. Each checker yields a sentence for every violation it finds. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from tests.chaos.house import Quota
from tests.chaos.people import Asked
from tests.chaos.records import Evidence, Message, Row

AT_REST = {
    "completed": r"\d+ clips? (is|are) ready|Finished without a clip",
    "failed": r"No clips this time",
    "cancelled": r"Cancelled",
    "expired": r"Given up after 72 hours of waiting",
    "unsure": r"Unsure whether Reka took the job",
    "no_answer": r"No answer from Reka",
    "replaced": r"Cut anew",
}
"""The states at rest, each with the title of its card."""
MAY_BE_AT_REKA = {"unsure", "replaced"}
"""States of a job without an id that nevertheless may have a generation: its card says that nobody knows."""

Checker = Callable[[Evidence, Asked, Quota], Iterator[str]]


def spent_once(found: Evidence, asked: Asked, _quota: Quota) -> Iterator[str]:
    """A request is accepted by the clip service at most once, and once more for each time it was cut anew by hand."""
    posts = Counter(_wish(generation["request"]) for generation in found.generations)
    jobs = Counter(_wish(job["request"]) for job in found.jobs)
    for wish, times in posts.items():
        if times > jobs[wish]:
            yield f"{wish}: {times} POSTs for {jobs[wish]} requests"
    # One that never went to Reka has given its parent back, which may be cut anew again.
    by_hand = Counter(job["anew_of"] for job in found.jobs if job["anew_of"])
    for parent, children in by_hand.items():
        if children > min(1, asked.anew[parent]):
            yield f"job {parent}: cut anew {children} times, confirmed {asked.anew[parent]} times"
    first = Counter(_wish(job["request"]) for job in found.jobs if not job["parent_id"])
    for wish, times in first.items():
        if times > 1:
            yield f"{wish}: one command became {times} jobs"


def kept(found: Evidence, asked: Asked, _quota: Quota) -> Iterator[str]:
    """What was acked is a job, and every job came from a person."""
    prompts = {job["request"]["prompt"] for job in found.jobs}
    for prompt, acked in asked.acked.items():
        if acked and prompt not in prompts:
            yield f"{prompt}: acked, and there is no such job"
    for stranger in prompts - asked.acked.keys():
        yield f"{stranger}: nobody asked for it"


def rested(found: Evidence, asked: Asked, _quota: Quota) -> Iterator[str]:
    """Every job is at rest, its card says so, and it was cancelled only by a person."""
    for job in found.jobs:
        if job["state"] not in AT_REST or job["settled_at"] is None:
            yield f"{_name(job)}: not at rest (settled_at {job['settled_at']})"
            continue
        card = _message(found, job["channel_id"], job["card_ts"])
        if card is None:
            yield f"{_name(job)}: no card"
        elif not re.fullmatch(AT_REST[job["state"]], title_of(card)):
            yield f"{_name(job)}: its card says “{title_of(card)}”"
        if job["state"] == "cancelled" and job["id"] not in asked.cancelled:
            yield f"{_name(job)}: nobody cancelled it"


def agreed(found: Evidence, _asked: Asked, _quota: Quota) -> Iterator[str]:
    """The app's picture of the clip service is true: ids, ends, and who owns what."""
    generations = {generation["id"]: generation for generation in found.generations}
    for job in found.jobs:
        if job["reka_id"] is None:
            continue
        generation = generations.get(job["reka_id"])
        if generation is None:
            yield f"{_name(job)}: the clip service does not know {job['reka_id']}"
        elif _wish(generation["request"]) != _wish(job["request"]):
            yield f"{_name(job)}: it has the id of another request"
        elif job["state"] in {"completed", "failed"} and generation["status"] != job["state"]:
            yield f"{_name(job)}: the clip service says {generation['status']}"
    yield from _orphans(found, {job["reka_id"] for job in found.jobs})


def _orphans(found: Evidence, owned: set[str]) -> Iterator[str]:
    """A generation that no job owns must be that of a job which says so."""
    lost = Counter(_wish(g["request"]) for g in found.generations if g["id"] not in owned)
    excused = Counter(
        _wish(job["request"])
        for job in found.jobs
        if job["reka_id"] is None and job["state"] in MAY_BE_AT_REKA
    )
    for wish, times in lost.items():
        if times > excused[wish]:
            yield f"{wish}: {times} generations that no card knows of"


def counted(found: Evidence, _asked: Asked, quota: Quota) -> Iterator[str]:
    """Every POST is in the ledger, none was refused for want of a slot, and no window held more than the limit."""
    taken = Counter(slot["job_id"] for slot in found.slots if slot["ending"] != "released")
    wishes: Counter[str] = Counter()
    for job in found.jobs:
        wishes[_wish(job["request"])] += taken[job["id"]]
    for wish, times in Counter(_wish(g["request"]) for g in found.generations).items():
        if times > wishes[wish]:
            yield f"{wish}: {times} POSTs landed, {wishes[wish]} are in the ledger"
    for slot in found.slots:
        if slot["ending"] == "open":
            yield f"job {slot['job_id']}: its slot was never judged"
    refused = [line for line in found.log if "429" in str(line.get("error", ""))]
    if refused or any(slot["status"] == 429 for slot in found.slots):
        yield f"{len(refused)} POSTs met 429"
    times_ms = sorted(generation["created_at"] for generation in found.generations)
    for first, beyond in zip(times_ms, times_ms[quota.limit :], strict=False):
        if beyond - first < quota.window * 1000:
            yield f"{quota.limit + 1} POSTs within {beyond - first} ms"


def linked(found: Evidence, _asked: Asked, _quota: Quota) -> Iterator[str]:
    """Every clip of a completed job is linked on its card, and the links were posted at most once."""
    generations = {generation["id"]: generation for generation in found.generations}
    pings: defaultdict[str, list[str]] = defaultdict(list)
    for message in found.messages:
        if "here you go" in _said(message):
            for reka_id in {url.split("/files/")[1].split("/")[0] for url in urls(message)}:
                pings[reka_id].append(message["ts"])
    for job in found.jobs:
        if job["state"] != "completed":
            continue
        card = _message(found, job["channel_id"], job["card_ts"])
        wanted = _files(found, generations.get(job["reka_id"]))
        if missing := wanted - set(urls(card or {})):
            yield f"{_name(job)}: not on its card: {sorted(missing)}"
        if len(pings[job["reka_id"]]) > 1:
            yield f"{_name(job)}: its links were posted {len(pings[job['reka_id']])} times"
        if job["clips"] and job["links_marked_at"] is None:
            yield f"{_name(job)}: settled without its links"
        if job["links_ts"] and _message(found, job["channel_id"], job["links_ts"]) is None:
            yield f"{_name(job)}: the message with its links is not there"


def filed(found: Evidence, _asked: Asked, _quota: Quota) -> Iterator[str]:
    """Every clip of a completed job is a file in its thread exactly once, or its row and its card say why not."""
    files = {(file["job_id"], file["number"]): file for file in found.files}
    for job in found.jobs:
        if job["state"] != "completed":
            continue
        seen = _seen(found, job["thread_ts"])
        for number in range(1, len(job["clips"]) + 1):
            file = files.pop((job["id"], number), None)
            yield from _filed(found, job, file, seen)
        for file_id, times in seen.items():
            yield f"{_name(job)}: {file_id} is in its thread {times} times, and is no clip's"


def _filed(found: Evidence, job: Row, file: Row | None, seen: Counter[str]) -> Iterator[str]:
    times = seen.pop(file["file_id"], 0) if file else 0
    if file is None or (file["shared_at"] is None and file["skipped"] is None):
        yield f"{_name(job)}: a clip is neither a file nor is it said why not"
    elif file["skipped"] is not None:
        card = _message(found, job["channel_id"], job["card_ts"])
        if "Not in the thread as a file" not in _said(card or {}):
            yield f"{_name(job)}: its card does not say why a clip is no file: {file['skipped']}"
    elif times != 1:
        yield f"{_name(job)}: clip {file['number']} is in its thread {times} times"


def _seen(found: Evidence, thread_ts: str) -> Counter[str]:
    """How often each file is in a thread."""
    return Counter(
        file["id"]
        for message in found.messages
        if message.get("thread_ts") == thread_ts
        for file in message.get("files") or []
    )


def windows(found: Evidence) -> Counter[str]:
    """What a crash may do by design: a root or card posted again before a slot was taken, a ping that was lost."""
    threads = {job["thread_ts"] for job in found.jobs}
    cards = {job["card_ts"] for job in found.jobs}
    met: Counter[str] = Counter()
    for message in found.messages:
        if "asked for" in _said(message) and message["ts"] not in threads:
            met["root posted again"] += 1
        if title_of(message) and message["ts"] not in cards:
            met["card posted again"] += 1
    met["lost POST found again"] = sum(
        1 for slot in found.slots if slot["ending"] == "accepted" and slot["status"] is None
    )
    met["ping not confirmed"] = sum(
        1 for job in found.jobs if job["links_marked_at"] and not job["links_ts"]
    )
    for file in found.files:
        if file["skipped"]:
            met[f"no file: {file['skipped']}"] += 1
    return met


CHECKERS: tuple[Checker, ...] = (spent_once, kept, rested, agreed, counted, linked, filed)


def violations(found: Evidence, asked: Asked, quota: Quota) -> list[str]:
    """Everything that does not hold."""
    return [
        f"{checker.__name__}: {sentence}"
        for checker in CHECKERS
        for sentence in checker(found, asked, quota)
    ]


def title_of(card: Message) -> str:
    """The plan's title; "" for other messages."""
    for block in card.get("blocks") or []:
        if block["type"] == "plan":
            return str(block["title"])
    return ""


def urls(message: Message) -> list[str]:
    """The addresses that a message links."""
    return [element["url"] for element in _elements(message) if element["type"] == "link"]


def _said(message: Message) -> str:
    return "".join(str(element.get("text", "")) for element in _elements(message))


def _elements(message: Message) -> list[dict[str, Any]]:
    return [
        element
        for block in message.get("blocks") or []
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
    ]


def _files(found: Evidence, generation: Row | None) -> set[str]:
    if generation is None:
        return set()
    folder = f"{found.clip_service}/files/{generation['id']}"
    return {f"{folder}/{clip['file']}" for clip in generation["clips"] if not clip["signed_only"]}


def _message(found: Evidence, channel: str, ts: str | None) -> Message | None:
    matches = (m for m in found.messages if m["channel"] == channel and m["ts"] == ts)
    return next(matches, None)


def _wish(request: Row) -> str:
    return f"{request['prompt']} ({', '.join(request['video_urls'])})"


def _name(job: Row) -> str:
    return f"job {job['id']} ({job['request']['prompt']}, {job['state']})"
