"""What must hold after every run. Each checker takes an outcome and returns sentences about what does not hold."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from bot import ask, form
from bot.draft import drafted
from bot.jobs import ClipFile, Job, JobState, Reason
from bot.render import refusals, sentences
from bot.render.blocks import safe_url
from bot.render.modal import HAVE_ID
from tests.simulation.clock import EPOCH_MS
from tests.simulation.offers import no_offer_crosses_a_border, what_was_offered_is_no_job
from tests.simulation.outcome import Outcome
from tests.simulation.people import confirms
from tests.simulation.reka import key_of
from tests.simulation.reka_wire import clip_octets
from tests.simulation.reproducible import shortened
from tests.simulation.slack import Message, Slack, links_of, mentions, title_of

Checker = Callable[[Outcome], Iterator[str]]
_CLIPS = "https://cdn.example/"
_SLACK_MS = 60_000
"""How far the wall clock may go between two starts of the app without harm to the quota."""


def spent_at_most_once(outcome: Outcome) -> Iterator[str]:
    """No more POSTs that Reka accepted or may have accepted than requests that people confirmed."""
    confirmed = _confirmed(outcome)
    spent = Counter(key_of(post.body) for post in outcome.world.reka.posts if post.spent)
    kept = Counter(_key(job) for job in outcome.jobs)
    for key, posts in spent.items():
        if posts > kept[key]:
            yield f"{posts} POSTs were or may have been accepted for {kept[key]} jobs: {key}"
    posts_of = Counter(post.job_id for post in outcome.world.reka.posts if post.spent)
    for job_id, posts in posts_of.items():
        if posts > 1:
            yield f"{posts} POSTs of {job_id} were or may have been accepted"
    for key, jobs in kept.items():
        if jobs > len(confirmed[key]):
            yield f"{jobs} jobs for {len(confirmed[key])} confirmed requests: {key}"


def _confirmed(outcome: Outcome) -> dict[str, set[str]]:
    confirmed: dict[str, set[str]] = defaultdict(set)
    people = outcome.world.people
    for request, payload in people.delivered.items():
        if request in people.offers:  # an offer is no yes, whatever was delivered besides
            continue
        if "command" in payload:
            confirmed[_key_of_text(payload["text"])].add(request)
        elif confirms(payload):
            view = payload["view"]
            asked, _ = form.read(view["state"]["values"], drafted(view["private_metadata"]))
            confirmed[key_of(asked.body())].add(request)
    return confirmed


def _key_of_text(text: str) -> str:
    """The key of what a command asks for."""
    body = ask.read(text).body()
    return json.dumps([body["video_urls"], body["prompt"]])


def _key(job: Job) -> str:
    return key_of(job.request.body())


def everything_comes_to_rest(outcome: Outcome) -> Iterator[str]:
    """Every request that was accepted is a job, and every job rests."""
    keys = {job.delivery_key for job in outcome.jobs}
    for request, key in outcome.world.people.accepted().items():
        if key not in keys:
            yield f"request {request} was accepted and is no job"
    for job in outcome.jobs:
        if job.state.unfinished:
            yield f"{job.id} is still {job.state}"
        elif job.settled_at is None:
            yield f"{job.id} is {job.state} and still owed something"


def its_card_says_so(outcome: Outcome) -> Iterator[str]:
    """The card of every job at rest, or what stands in for it, says how it came to rest."""
    slack = outcome.world.slack
    for job in outcome.jobs:
        if job.state.unfinished or job.settled_at is None:
            continue
        if job.reason is Reason.CHANNEL_REFUSED:
            if not _refusal_told(job, slack):
                yield f"nobody was told that {job.id} was refused by its channel"
        elif not _final(job, slack):
            yield f"no message says that {job.id} is {job.state} ({sentences.headline(job)!r})"


def _refusal_told(job: Job, slack: Slack) -> bool:
    """Through the response_url, or by a direct message."""
    told = slack.whispers.get(job.response_url or "") or []
    direct = [m for m in slack.messages.values() if m.channel == f"D{job.user_id[1:]}"]
    return bool(told or direct) or job.response_url in slack.unheard


def _final(job: Job, slack: Slack) -> list[Message]:
    """The messages that show the job's last picture; people may have deleted them since."""
    places = {job.channel_id, f"D{job.user_id[1:]}"}
    return [
        message
        for message in slack.messages.values()
        if message.channel in places and message.title == sentences.headline(job)
    ]


def every_clip_is_linked(outcome: Outcome) -> Iterator[str]:
    """A completed job has every clip that Reka made, and its card links them all."""
    world = outcome.world
    for job in outcome.jobs:
        if job.state is not JobState.COMPLETED:
            continue
        made = world.reka.generations[job.reka_id or ""].ending["output"]
        if [clip.url for clip in job.clips] != [output["video_url"] for output in made]:
            yield f"{job.id} does not have the clips that Reka made"
        wanted = {clip.url for clip in job.clips if safe_url(clip.url, None)}
        linked = [set(links_of(message.newest)) for message in _final(job, world.slack)]
        if job.settled_at is not None and not any(wanted <= links for links in linked):
            yield f"no card of {job.id} links all of its clips"


def links_are_sent_once(outcome: Outcome) -> Iterator[str]:
    """No two messages bring the links of one job to its thread; what people share elsewhere is in none."""
    sent: Counter[str] = Counter()
    for message in outcome.world.slack.messages.values():
        clips = [url for url in links_of(message.newest) if url.startswith(_CLIPS)]
        if clips and message.thread_ts and not message.title and mentions(message.newest):
            sent[clips[0].split("/")[3]] += 1
    for job in outcome.jobs:
        if job.reka_id and sent[job.reka_id] > 1:
            yield f"the links of {job.id} were sent {sent[job.reka_id]} times"


def never_one_post_too_many(outcome: Outcome) -> Iterator[str]:
    """Reka never had to refuse a POST because of our own, however the wall clock jumps while the app runs."""
    world = outcome.world
    # Between two lives the wall clock is all there is: what counts is from where to where it went.
    if max(world.offsets) - min(world.offsets) > _SLACK_MS:
        return
    for post in world.reka.overspent:
        yield f"POST {post.number} was one too many for {world.reka.limit} in {world.reka.window:.0f} s"
    sent = sorted(post.sent for post in world.reka.posts if post.landed is not None)
    for last in sent:
        inside = sum(last - world.reka.window < moment <= last for moment in sent)
        if inside > world.reka.limit:
            yield f"{inside} POSTs were sent in the window that ends at {last:.1f}"


def database_and_slack_agree(outcome: Outcome) -> Iterator[str]:
    """What the database says was posted was posted there."""
    messages = outcome.world.slack.messages
    for job in outcome.jobs:
        for name in ("thread_ts", "card_ts", "links_ts"):
            ts = getattr(job, name)
            if ts is not None and (job.channel_id, ts) not in messages:
                yield f"{job.id} has the {name} {ts}, which Slack does not know"
        card = messages.get((job.channel_id, job.card_ts or ""))
        if card and card.thread_ts != job.thread_ts:
            yield f"the card of {job.id} is in another thread"


def no_id_is_anothers(outcome: Outcome) -> Iterator[str]:
    """No two jobs share Reka's id, and a job's id is of what it asked for, unless a person typed it."""
    world = outcome.world
    ids = Counter(job.reka_id for job in outcome.jobs if job.reka_id)
    for identity, number in ids.items():
        if number > 1:
            yield f"{number} jobs have the id {identity}"
    for job in outcome.jobs:
        if job.reka_id is None or job.reka_id in world.people.typed:
            continue
        [owner] = [
            p.job_id for p in world.reka.posts if p.generation and p.generation.id == job.reka_id
        ]
        if owner != job.id:
            yield f"{job.id} took the id that {owner}'s POST made: {job.reka_id}"
        made = {k: v for k, v in world.reka.generations[job.reka_id].body.items() if k != "stream"}
        if made != job.request.body():
            yield f"{job.id} took the id of another request: {job.reka_id}"


def no_post_is_torn(outcome: Outcome) -> Iterator[str]:
    """Once sent, a POST is waited for until its answer or its deadline, whatever people press meanwhile."""
    for post in outcome.world.reka.posts:
        if post.torn:
            yield f"POST {post.number} of {post.job_id} was torn"


def the_card_is_never_ahead(outcome: Outcome) -> Iterator[str]:
    """A card that once showed a job as running: the database had its id by then, so it has it for ever.

    Not an id that a person told: Reka may never have known it.
    """
    told = _told_an_id(outcome)
    for job in outcome.jobs:
        card = outcome.world.slack.messages.get((job.channel_id, job.card_ts or ""))
        titles = [title_of(content) for _, content in card.pictures] if card else []
        making = any(title.startswith("Making") for title in titles)
        if job.reka_id is None and making and job.id not in told:
            yield f"the card of {job.id} showed a job at Reka whose id is lost"


def _told_an_id(outcome: Outcome) -> set[str]:
    views = (payload.get("view") or {} for payload in outcome.world.people.delivered.values())
    return {view["private_metadata"] for view in views if view.get("callback_id") == HAVE_ID}


def nothing_is_left_open(outcome: Outcome) -> Iterator[str]:
    """A process that stops by itself closes what it opened."""
    for what in outcome.left_open:
        yield f"left open at the end: {what}"


def never_silent(outcome: Outcome) -> Iterator[str]:
    """While Slack works, a card's picture is not older than its job's state."""
    yield from outcome.silent


def nobody_waits_in_vain(outcome: Outcome) -> Iterator[str]:
    """In a world where slots come free every few minutes, or every day, no job waits for three days."""
    for job in outcome.jobs:
        if job.state is JobState.EXPIRED and not shortened(outcome.world.seed):
            yield f"{job.id} waited for three days"


def nothing_is_spent_after_a_cancel(outcome: Outcome) -> Iterator[str]:
    """No POST leaves for a job that was cancelled before."""
    world = outcome.world
    cancelled = {job.id: job.ended_at for job in outcome.jobs if job.state is JobState.CANCELLED}
    if world.clock.jumps:
        return
    for post in world.reka.posts:
        ended_at = cancelled.get(post.job_id)
        if ended_at is not None and EPOCH_MS + post.sent * 1000 > ended_at + 1:
            yield f"POST {post.number} was sent for {post.job_id}, which was cancelled before"


def what_was_not_kept_is_no_job(outcome: Outcome) -> Iterator[str]:
    """Who was told that the request was not kept and costs nothing, was told the truth."""
    keys = {job.delivery_key for job in outcome.jobs}
    people = outcome.world.people
    for request, texts in people.answers.items():
        key = f"command:{people.delivered[request].get('trigger_id')}"
        if key in keys and all("not kept" in text for text in texts):
            yield f"request {request} was not kept, so it was said, and is a job"


def slack_takes_every_message(outcome: Outcome) -> Iterator[str]:
    """Every message is one that Slack accepts."""
    yield from outcome.world.slack.refused_content


def no_fault_of_ours(outcome: Outcome) -> Iterator[str]:
    """The app logs no error of its own."""
    yield from outcome.world.faults_of_ours


def no_clip_is_shared_twice(outcome: Outcome) -> Iterator[str]:
    """No clip is seen more than once in a thread, and what is seen is the clip that Reka made."""
    seen: Counter[tuple[str, bytes]] = Counter()
    for file in outcome.world.slack.files.held.values():
        for share in file.shares:
            seen[share.thread_ts, file.octets or b""] += 1
    for (thread, octets), times in seen.items():
        if times > 1:
            yield f"{octets!r} was shared {times} times in {thread}"


def every_clip_is_kept(outcome: Outcome) -> Iterator[str]:
    """Every clip of a settled job is in its thread, or it is known why not and the card says so."""
    for job in outcome.jobs:
        if job.settled_at is None or job.state is not JobState.COMPLETED or not job.thread_ts:
            continue
        files = {file.number: file for file in outcome.files.get(job.id, ())}
        for number in range(1, len(job.clips) + 1):
            yield from _kept(job, number, files.get(number), outcome)


def _kept(job: Job, number: int, file: ClipFile | None, outcome: Outcome) -> Iterator[str]:
    slack, clip = outcome.world.slack, f"clip {number} of {job.id}"
    if file is None or not file.settled:
        yield f"{clip} is neither shared nor is it said why not: {file}"
        return
    held = slack.files.held.get(file.file_id or "")
    there = [s for s in held.shares if s.thread_ts == job.thread_ts] if held else []
    if file.shared_at is not None and not there:
        yield f"{clip} is not in the thread, but the database says so"
    if file.skipped and there and file.skipped != "unsure":
        yield f"{clip} is in the thread, but was skipped: {file.skipped}"
    if held and held.octets not in (None, clip_octets(f"/{job.reka_id}/{number}.mp4")):
        yield f"{clip} was sent as {held.octets!r}"
    if file.skipped and not _told(job, refusals.not_kept(file.skipped), outcome):
        yield f"no card says why {clip} is no file: {file.skipped}"


def _told(job: Job, words: str, outcome: Outcome) -> bool:
    """Whether the job's card says this; one that cannot be edited any more is excused."""
    slack = outcome.world.slack
    card = slack.messages.get((job.channel_id, job.card_ts or ""))
    if card is None or not slack.editable(card):
        return True
    return words in json.dumps(card.newest["blocks"], ensure_ascii=False)


CHECKERS: tuple[Checker, ...] = (
    spent_at_most_once,
    everything_comes_to_rest,
    its_card_says_so,
    every_clip_is_linked,
    links_are_sent_once,
    never_one_post_too_many,
    database_and_slack_agree,
    no_id_is_anothers,
    no_post_is_torn,
    the_card_is_never_ahead,
    nothing_is_left_open,
    never_silent,
    nobody_waits_in_vain,
    nothing_is_spent_after_a_cancel,
    what_was_not_kept_is_no_job,
    what_was_offered_is_no_job,
    no_offer_crosses_a_border,
    slack_takes_every_message,
    no_clip_is_shared_twice,
    every_clip_is_kept,
    no_fault_of_ours,
)


def violations(outcome: Outcome) -> list[tuple[str, str]]:
    """(checker, sentence) of everything that does not hold."""
    return [(checker.__name__, what) for checker in CHECKERS for what in checker(outcome)]


def report(outcome: Outcome, found: list[tuple[str, str]], lines: int = 40) -> str:
    """What a failing seed prints: what is wrong, how to run it again, and the end of its trace."""
    wrong = [f"  {name}: {what}" for name, what in found]
    seed = outcome.world.seed
    head = f"seed {seed} ({outcome.digest}); again: python -m tests.simulation --seed {seed}"
    return "\n".join([head, *wrong, *outcome.world.trace.lines[-lines:]])
