"""What the person who typed a command reads back, alone."""

from bot.jobs import Job
from bot.render import blocks, buttons, sentences
from bot.render.blocks import Message


def accepted(job: Job) -> Message:
    """The request restated, so that a slip is seen before the clips are."""
    text = f"On it: {sentences.asked(job.request)}. The card in the channel tells the rest."
    lines = [[blocks.text(text)]]
    if prompt := sentences.safe(job.request.prompt or "", 500):
        lines.append([blocks.text("Looking for: "), blocks.text(prompt, italic=True)])
    return Message(text, [blocks.rich_text(*lines)])


MAX_PROBLEMS = 8
"""So that even sentences full of escaped characters fit into a section's 3,000."""


def asked_again(job: Job, workspace_url: str) -> Message:
    """The same request is under way already; its card, and the way to pay for another one."""
    card = "its card"
    if job.card_ts is not None:
        address = blocks.permalink(workspace_url, job.channel_id, job.card_ts, job.thread_ts)
        card = f"<{blocks.escaped(address)}|its card>"
    text = f"You asked for exactly this here, and it is still under way: see {card}. Nothing more is spent."
    body = [blocks.mrkdwn_section(text), buttons.anew(job)]
    return Message(text, body)


def may_not_spend() -> Message:
    """Only named people may spend slots."""
    text = sentences.OUTCOMES["may_not_spend"]
    return Message(text, [blocks.mrkdwn_section(text)])


def misunderstood(problems: tuple[str, ...]) -> Message:
    """What was wrong with an ask, problem by problem, and the way on."""
    bullets = "\n".join(f"• {blocks.escaped(problem)}" for problem in problems[:MAX_PROBLEMS])
    text = f"Nothing was started and nothing is spent.\n{bullets}\nTry `/reel help` for examples."
    return Message(text, [blocks.mrkdwn_section(text)])


def help_text() -> Message:
    """How to use it, with examples."""
    return Message(sentences.HELP, [blocks.mrkdwn_section(sentences.HELP)])


def fault() -> Message:
    """Something of ours broke before the request was kept."""
    text = (
        "Something went wrong on my side. The request was not kept, and nothing is spent. "
        "Try again in a minute; if it happens again, tell whoever runs Reel."
    )
    return Message(text, [blocks.mrkdwn_section(text)])


def channel_refused(code: str) -> Message:
    """Slack did not let us post where the request was made. `code` is Slack's error code."""
    text = blocks.escaped(sentences.channel_refused(code))
    return Message(text, [blocks.mrkdwn_section(text)])


def key_refused() -> Message:
    """For the operator."""
    text = (
        "Reka refuses the API key. Nothing is lost and nothing is spent: requests wait. "
        "Put a valid `REKA_API_KEY` into the settings and restart me."
    )
    return Message(text, [blocks.mrkdwn_section(text)])
