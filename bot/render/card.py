"""The card: one job as a Slack message, as a plan block or, where a workspace refuses that, in sections. Pure."""

from bot.jobs import EXPIRES_MS, LINKS_LAST_MS, ClipFile, Job, JobState, Move
from bot.pace import Pace
from bot.promise import moved
from bot.render import blocks, buttons, refusals, sentences
from bot.render.blocks import Block, Message
from bot.render.clips import MAX_CLIPS, source
from bot.slots import Standing, minute

_AT_REKA = {JobState.SUBMITTING, JobState.RUNNING}
_MARKS = {"complete": "✓", "in_progress": "▸", "pending": "·", "error": "✗"}


def root(job: Job) -> Message:
    """The message that opens the thread of a slash command: who asked for what."""
    request = job.request
    wanted = sentences.asked(request)
    heading = [blocks.user(job.user_id), blocks.text(f" asked for {wanted} from ")]
    for position, url in enumerate(request.video_urls):
        heading += [blocks.text(", ")] if position else []
        heading.append(source(url))
    lines = [heading]
    if prompt := sentences.safe(request.prompt or "", 500):
        lines.append([blocks.text(prompt, italic=True)])
    text = f"<@{job.user_id}> asked for {wanted} from {sentences.count(len(request.video_urls), 'video')}"
    return Message(text, [blocks.rich_text(*lines)])


def card(
    job: Job,
    standing: Standing,
    now: int,
    *,
    insecure_host: str | None = None,
    plan: bool = True,
    can_look: bool = True,
    away_ms: int = 0,
    usual: Pace | None = None,
    files: tuple[ClipFile, ...] = (),
) -> Message:
    """The job as it stands, and the slots. `now` in epoch ms; `plan=False` is the fallback without the plan block.

    `can_look`: Reka's dialect has a list in which a lost job can be looked for. `away_ms`: how long the app was away
    while the job was under way. `usual`: how long jobs took of late, if that is known. `files`: how far
    the clips have come as files in the thread.
    """
    title = sentences.headline(job, standing.reason)
    explanation = sentences.explanation(job, standing.reason)
    body = [_plan(title, _tasks(job)) if plan else _sections(title, _tasks(job))]
    if job.error_message and job.state is JobState.FAILED:
        body.append(_reka_said(job.error_message))
    if explanation:
        body.append(blocks.rich_text([blocks.text(explanation)]))
    if job.clips:
        body.append(_links(job, files, insecure_host))
    details = [*_context(job, standing, now, away_ms, usual), *_kept(job, files)]
    body.append(blocks.context(" · ".join(details)))
    if actions := buttons.of(job, can_look=can_look, limited=standing.limit is not None):
        body.append(actions)
    return Message(blocks.escaped(" ".join(filter(None, (f"{title}.", explanation)))), body)


def _tasks(job: Job) -> list[tuple[str, str, str]]:
    """(task_id, title, status) of every stage, seen from the job's own."""
    names = list(sentences.STAGES)
    if job.stage and job.stage not in sentences.STAGES and job.stage not in {"completed", "failed"}:
        names.append(job.stage)
    position = names.index(job.stage) if job.stage in names else -1
    return [
        (
            f"stage_{index}",
            sentences.safe(sentences.STAGES.get(name, name), 80) or "working",
            _status(job.state, index, position),
        )
        for index, name in enumerate(names)
    ]


def _status(state: JobState, index: int, position: int) -> str:
    if state is JobState.COMPLETED or index < position:
        return "complete"
    if index == position:
        return "in_progress" if state.unfinished else "error"
    return "pending"


def _plan(title: str, tasks: list[tuple[str, str, str]]) -> Block:
    # The title is a bare string: Slack refuses a text object here, whatever its table says.
    return {
        "type": "plan",
        "title": title,
        "tasks": [
            {"task_id": task_id, "title": name, "status": status} for task_id, name, status in tasks
        ],
    }


def _sections(title: str, tasks: list[tuple[str, str, str]]) -> Block:
    lines = [[blocks.text(title, bold=True)]]
    lines += [
        [blocks.text(f"{_MARKS[status]} {name}", bold=status == "in_progress")]
        for _, name, status in tasks
    ]
    return blocks.rich_text(*lines)


def _reka_said(message: str) -> Block:
    said = sentences.safe(message, 500)
    return blocks.rich_text([blocks.text("Reka says: ", bold=True), blocks.text(said or "nothing")])


def _links(job: Job, files: tuple[ClipFile, ...], insecure_host: str | None) -> Block:
    lines = []
    skipped = {file.number: file.skipped for file in files if file.skipped}
    for number, clip in enumerate(job.clips[:MAX_CLIPS], start=1):
        url = blocks.safe_url(clip.url, insecure_host)
        title = sentences.safe(clip.title, 150) or f"Clip {number}"
        watch = blocks.link(url, "Watch") if url else blocks.text("no link")
        lines.append([blocks.text(f"{number}. {title}  "), watch])
        if number in skipped:
            lines.append([blocks.text(refusals.not_kept(skipped[number]), italic=True)])
    return blocks.rich_text(*lines)


def _kept(job: Job, files: tuple[ClipFile, ...]) -> list[str]:
    """Whether the clips outlive their links."""
    if not job.clips or job.ended_at is None:
        return []
    kept = sum(file.shared_at is not None for file in files)
    parts = [f"{sentences.count(kept, 'file')} in this thread"] if kept else []
    if kept < len(job.clips):
        parts.append(f"links last until about {blocks.day(job.ended_at + LINKS_LAST_MS)}")
    return parts


def _context(job: Job, standing: Standing, now: int, away_ms: int, usual: Pace | None) -> list[str]:
    parts = [*_times(job, standing, now), *_compared(job, now, usual)]
    parts += [*_slots(standing), sentences.asked(job.request)]
    if preset := sentences.of_preset(job):
        parts.append(preset)
    if away_ms:
        parts.append(f"I was away for {sentences.duration(away_ms)}")
    return parts


def _times(job: Job, standing: Standing, now: int) -> list[str]:
    if not job.state.unfinished:
        return [f"took {sentences.duration(job.ended_at - job.created_at)}"] if job.ended_at else []
    parts = [
        f"since {blocks.clock(job.created_at)}",
        f"{sentences.duration(now - job.created_at)} so far",
    ]
    if standing.reason is not None and standing.place is not None:
        parts.append("next in line" if standing.place == 0 else f"{standing.place} before it")
        if standing.starts_at is not None and standing.starts_at > now:
            parts.append(_start(job, standing.starts_at))
            if why := moved(job, standing, now):
                parts.append(_MOVES[why])
        elif standing.starts_at is None:
            parts.append(
                f"given up if it has not started by {blocks.moment(job.created_at + EXPIRES_MS)}"
            )
    return parts


def _compared(job: Job, now: int, usual: Pace | None) -> list[str]:
    """What is usual, while the job is under way; a slow one says so."""
    if usual is None or job.submitted_at is None or job.state not in _AT_REKA:
        return []
    parts = [f"usually about {sentences.duration(usual.usual_ms)}"]
    if now - job.submitted_at > usual.slow_ms:
        parts.append("slower than usual")
    return parts


_MOVES = {
    Move.HELD: "later than said: nothing could be sent for a while",
    Move.TURNS: "later than said: others whose last turn is longer ago go first",
    Move.RESERVED: "later than said: the last slots are kept for named people",
    Move.OTHERS: "later than said: another tool spends from the same key",
    Move.SLOT_LATER: "later than said: a slot frees later than it looked",
    Move.FEWER: "sooner than said: somebody before it has left the line",
    Move.SLOT_SOONER: "sooner than said: a slot frees sooner than it looked",
}


def _start(job: Job, starts_at: int) -> str:
    if starts_at > job.created_at + EXPIRES_MS:
        return f"no slot is expected before it is given up, {blocks.moment(job.created_at + EXPIRES_MS)}"
    return f"starts about {blocks.moment(minute(starts_at))}"


def _slots(standing: Standing) -> list[str]:
    if standing.limit is None:
        return []
    parts = [f"{standing.left} of {standing.limit} slots left"]
    if standing.others:
        parts.append(sentences.others(standing.others))
    if standing.left == 0 and standing.frees_at is not None:
        parts.append(f"the next frees {blocks.moment(minute(standing.frees_at))}")
    return parts
