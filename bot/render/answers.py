"""What the person who typed a command reads back, alone."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from bot import ask, bounds, links, videos
from bot.jobs import Job
from bot.render import blocks, buttons, refusals, rules, sentences
from bot.render.blocks import Block, Message
from bot.rules import Refusal


def accepted(job: Job) -> Message:
    """The request restated, so that a slip is seen before the clips are."""
    text = f"On it: {sentences.asked(job.request)}. The card in the channel tells the rest."
    lines = [[blocks.text(text)]]
    if prompt := sentences.safe(job.request.prompt or "", 500):
        lines.append([blocks.text("Looking for: "), blocks.text(prompt, italic=True)])
    return Message(text, [blocks.rich_text(*lines)])


MAX_PROBLEMS = 8
"""So that even sentences full of escaped characters fit into a section's 3,000."""


def asked_again(job: Job, workspace_url: str, *, limited: bool = True) -> Message:
    """The same request is under way already; its card, and the way to pay for another one. `limited`: slots are counted."""
    card = "its card"
    if job.card_ts is not None:
        address = blocks.permalink(workspace_url, job.channel_id, job.card_ts, job.thread_ts)
        card = f"<{blocks.escaped(address)}|its card>"
    text = f"You asked for exactly this here, and it is still under way: see {card}. Nothing more is spent."
    body = [blocks.mrkdwn_section(text), buttons.anew(job, limited=limited)]
    return Message(text, body)


def not_admitted(refusal: Refusal, operators: Iterable[str], now: int) -> Message:
    """The rules do not let the request in."""
    text = rules.refused(refusal, operators, now)
    return Message(text, [blocks.mrkdwn_section(text)])


def outcome(name: str) -> Message:
    """What became of it: a key of `sentences.OUTCOMES`."""
    text = sentences.OUTCOMES[name]
    return Message(text, [blocks.mrkdwn_section(text)])


def jobs(found: list[Job], workspace_url: str) -> Message:
    """Somebody's jobs in a channel, newest first, each with the way to its card."""
    if not found:
        text = "You have asked for nothing in this channel yet. `/reel` opens the form."
        return Message(text, [blocks.mrkdwn_section(text)])
    text = f"Yours in this channel: {sentences.count(len(found), 'job')}, the newest first."
    return Message(
        text, [blocks.mrkdwn_section(text), blocks.rich_text(*listed(found, workspace_url))]
    )


def listed(found: Sequence[Job], workspace_url: str) -> list[list[Block]]:
    """A line for each job: when, what for, how it stands, and the way to its card."""
    return [_listed(job, workspace_url) for job in found]


def _listed(job: Job, workspace_url: str) -> list[Block]:
    state = sentences.headline(job)
    wish = sentences.safe(job.request.prompt or "", 60) or sentences.asked(job.request)
    line = [
        blocks.date(job.created_at),
        blocks.text(f"  {wish}  "),
        blocks.text(f"{state}  ", bold=True),
    ]
    return [*line, *way_to_card(job, workspace_url)]


def way_to_card(job: Job, workspace_url: str) -> list[Block]:
    """A link to the job's card; nothing where there is none, or none that may become a link."""
    if job.card_ts is None:
        return []
    address = blocks.permalink(workspace_url, job.channel_id, job.card_ts, job.thread_ts)
    # An http address only where the workspace is on this machine.
    host = urlsplit(workspace_url).hostname
    return [blocks.link(address, "its card")] if blocks.safe_url(address, host) else []


def misunderstood(problems: tuple[str, ...], typed: str) -> Message:
    """What was wrong with an ask, problem by problem, and the way on: nothing has to be typed again."""
    bullets = "\n".join(f"• {blocks.escaped(problem)}" for problem in problems[:MAX_PROBLEMS])
    text = (
        f"Nothing was started and nothing is spent.\n{bullets}\nTry `/reel help` for examples, or:"
    )
    return Message(text, [blocks.mrkdwn_section(text), buttons.open_form(typed)])


def way_in(event: Mapping[str, Any]) -> Message:
    """To somebody who mentioned the app or wrote to it: the way to a reel, with what they wrote already filled in."""
    found = videos.found(event)
    if found.links:
        text = "I cut clips from that when you say how. Nothing is spent before you confirm."
    elif found.in_slack:
        text = links.LIVES_IN_SLACK
    else:
        text = (
            "I cut short clips from long videos. Type `/reel` and a link, or pick *Make a reel* in the menu of a message "
            "that carries one; `/reel help` shows what else I take."
        )
    typed = _MENTION.sub(" ", str(event.get("text") or ""))
    if not ask.understood(typed).video_urls:  # they are in what is forwarded, or in a preview
        typed = " ".join((*found.links[: bounds.MAX_LINKS], typed))
    return Message(text, [blocks.mrkdwn_section(text), buttons.open_form(typed)])


_MENTION = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>")


def help_text() -> Message:
    """How to use it, with examples."""
    return Message(sentences.HELP, [blocks.mrkdwn_section(sentences.HELP)])


def fault(why: str | None = None) -> Message:
    """Something of ours broke before the request was kept; `why` is one of our sentences, where we know it."""
    text = why or (
        "Something went wrong on my side. The request was not kept, and nothing is spent. "
        "Try again in a minute; if it happens again, tell whoever runs Reel."
    )
    return Message(text, [blocks.mrkdwn_section(text)])


def channel_refused(code: str) -> Message:
    """Slack did not let us post where the request was made. `code` is Slack's error code."""
    text = blocks.escaped(refusals.channel_refused(code))
    return Message(text, [blocks.mrkdwn_section(text)])


def key_refused() -> Message:
    """For the operator."""
    text = (
        "Reka refuses the API key. Nothing is lost and nothing is spent: requests wait. "
        "Put a valid `REKA_API_KEY` into the settings and restart me."
    )
    return Message(text, [blocks.mrkdwn_section(text)])


def clock_set(milliseconds: int) -> Message:
    """For the operator."""
    by = sentences.duration(abs(milliseconds))
    way = "forward" if milliseconds > 0 else "back"
    text = (
        f"This machine's clock was set {way} by {by} while I ran. Slots are counted on as before, so none is spent "
        "twice; the times that I show are off by that. Restart me to take the clock over."
    )
    return Message(text, [blocks.mrkdwn_section(text)])
