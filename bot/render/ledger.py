"""What people read of the slots: the window with who holds which, and the trail of those that were spent. Pure."""

from collections.abc import Sequence

from bot.jobs import Job
from bot.render import answers, blocks, home, sentences
from bot.render.blocks import Block, Message
from bot.render.timeline import CELLS, Timeline, span, timeline
from bot.slots import Ending, Standing, minute
from bot.trail import Spent, Window

MAX_LISTED = 20
"""Lines of a list; what is beyond is counted."""


def slots(window: Window) -> Message:
    """The window: what is left, when the occupied slots free, who waits for one."""
    text = _left(window.standing, len(window.occupied))
    body = [blocks.mrkdwn_section(text)]
    if line := _timeline(window):
        body.append(blocks.preformatted(_drawn(line)))
        body += _listed([_slot(spent) for spent in window.occupied])
    if window.waiting:
        line_up = [_place(number, *each) for number, each in enumerate(window.waiting, start=1)]
        body.append(blocks.rich_text([blocks.text("Waiting for a slot", bold=True)]))
        body += _listed(line_up)
    return Message(text, [*body, blocks.context(_ON)])


def freeing(window: Window) -> str | None:
    """The timeline in a line (mrkdwn of our own); None where nothing is occupied, or nothing is counted."""
    if line := _timeline(window):
        return f"When taken slots free, from now to {span(line.span_ms)} ahead: `{line.bar()}`  `/reel slots` tells more."
    return None


def _timeline(window: Window) -> Timeline | None:
    if not window.occupied or window.standing.limit is None:
        return None
    frees_at = [spent.occupied_until for spent in window.occupied]
    return timeline(frees_at, window.now, window.window_ms)


_ON = "`/reel log` tells who spent what, and to what end."


def _left(standing: Standing, occupied: int) -> str:
    text = home.slots_left(standing)
    if standing.limit is None or standing.left is None:
        return text
    if standing.left and standing.frees_at is not None:
        text += f" The next one frees {blocks.moment(minute(standing.frees_at))}."
    own = standing.limit - occupied
    if standing.left < own and not standing.others:
        text += f" By my own count it would be {own}; Reka's last answer left fewer."
    return text


def _drawn(line: Timeline) -> str:
    """Two lines of equal width: the ends of the span, and the bar."""
    end = span(line.span_ms)
    return f"{'now':<{CELLS - len(end)}}{end}\n{line.bar()}"


def _listed(lines: list[list[Block]]) -> list[Block]:
    more = len(lines) - MAX_LISTED
    rest = [blocks.context(f"and {more} more")] if more > 0 else []
    return [blocks.rich_text(*lines[:MAX_LISTED]), *rest]


def _slot(spent: Spent) -> list[Block]:
    return [
        *_who_and_where(spent),
        blocks.text("  since "),
        blocks.date(spent.taken_at),
        blocks.text(", frees "),
        blocks.date(minute(spent.occupied_until)),
        blocks.text(f"  {end(spent)}"),
    ]


def _place(number: int, user_id: str, starts_at: int | None) -> list[Block]:
    place = "next in line: " if number == 1 else f"{number}. "
    line = [blocks.text(place), blocks.user(user_id) if user_id else blocks.text("somebody")]
    if starts_at is None:
        return line
    return [*line, blocks.text("  starts about "), blocks.date(minute(starts_at))]


def log(trail: Sequence[Spent], workspace_url: str) -> Message:
    """The trail, newest first: when, who, where, what for, to what end, and the way to the card."""
    if not trail:
        text = "No slot has been spent yet."
        return Message(text, [blocks.mrkdwn_section(text)])
    text = "The slots that were taken last, the newest first."
    lines = [_line(spent, workspace_url) for spent in trail]
    return Message(
        text, [blocks.mrkdwn_section(text), blocks.rich_text(*lines), blocks.context(_MORE)]
    )


_SEEN = "Where and what for is shown of your own requests, and of those in channels that we share."
_MORE = f"{_SEEN} `/reel log csv` sends you all that is kept, as a file."


def _line(spent: Spent, workspace_url: str) -> list[Block]:
    line = [blocks.date(spent.taken_at), blocks.text("  "), *_who_and_where(spent)]
    if spent.job is not None:
        line.append(blocks.text(f"  {wish(spent.job)}"))
    line.append(blocks.text(f"  {end(spent)}", bold=True))
    way = answers.way_to_card(spent.job, workspace_url) if spent.job else []
    return [*line, *([blocks.text("  "), *way] if way else [])]


def _who_and_where(spent: Spent) -> list[Block]:
    who = blocks.user(spent.user_id) if spent.user_id else blocks.text("somebody")
    if not spent.channel_id:
        return [who, blocks.text(" elsewhere")]
    return [who, blocks.text(" in "), blocks.channel(spent.channel_id)]


def wish(job: Job) -> str:
    """What was looked for, else what was asked for; one short line."""
    return sentences.safe(job.request.prompt or "", 60) or sentences.asked(job.request)


def end(spent: Spent) -> str:
    """To what end the slot was spent, in a few words without markup."""
    if spent.job is not None and _landed(spent.ending, spent.job):
        return sentences.headline(spent.job)
    answered = f" ({spent.status})" if spent.status else ""
    match spent.ending:
        case Ending.RELEASED if answered:
            return f"refused by Reka{answered}, not counted"
        case Ending.REFUSED:
            return f"refused by Reka{answered}, counted"
        case ending:
            return _ENDS[ending]


def _landed(ending: Ending, job: Job) -> bool:
    # A person may have told the id of one that was never answered.
    found = ending is Ending.AMBIGUOUS and job.reka_id is not None
    return found or ending is Ending.ACCEPTED


_ENDS = {
    Ending.OPEN: "on its way to Reka",
    Ending.ACCEPTED: "taken by Reka",
    Ending.RELEASED: "surely not landed, not counted",
    Ending.AMBIGUOUS: "unsure whether it landed, so it counts",
}


def csv_comes() -> Message:
    """The trail as a file is on its way to the person who asked."""
    text = (
        "The trail comes to you as a CSV file, in our direct messages. "
        "If it is not there in a minute, ask for it again."
    )
    return Message(text, [blocks.mrkdwn_section(text)])


def csv_note(slots: int) -> Message:
    """The message in front of the file."""
    count = sentences.count(slots, "slot")
    text = f"The trail of slots follows as CSV: {count}, the newest first. {_SEEN}"
    return Message(text, [blocks.mrkdwn_section(text)])


def csv_failed(code: str) -> Message:
    """The file could not be brought. `code`: Slack's error code, or what happened on the way."""
    said = blocks.escaped(sentences.safe(code, 60))
    text = f"The CSV file could not be brought to you ({said}). Nothing else has changed; try again in a minute."
    return Message(text, [blocks.mrkdwn_section(text)])
