"""The buttons on a card, and the table of their action ids. Each carries the job's id and nothing else."""

from enum import StrEnum

from bot.jobs import Job, JobState, Reason
from bot.render.blocks import Block


class Action(StrEnum):
    """Every action id that is rendered; each has a handler."""

    CANCEL = "cancel_job"
    LOOK_AGAIN = "look_again"
    HAVE_ID = "have_id"
    CUT_ANEW = "cut_anew"


_LABELS = {
    Action.CANCEL: "Cancel",
    Action.LOOK_AGAIN: "Look again",
    Action.HAVE_ID: "I have the id…",
    Action.CUT_ANEW: "Cut anew…",
}

_AGAIN = {Reason.GENERATION_FAILED, Reason.GONE}


def of(job: Job, *, can_look: bool) -> Block | None:
    """The buttons that make sense for the job as it stands; None for none."""
    actions = _actions(job, can_look=can_look)
    if not actions:
        return None
    return {"type": "actions", "elements": [_button(action, job) for action in actions]}


def anew(job: Job) -> Block:
    """The one button of an answer that says "you asked for this already"."""
    return {"type": "actions", "elements": [_button(Action.CUT_ANEW, job)]}


def _actions(job: Job, *, can_look: bool) -> list[Action]:
    match job.state:
        case JobState.WAITING | JobState.SUBMITTING | JobState.RUNNING:
            return [Action.CANCEL] if job.cancel_requested_at is None else []
        case JobState.UNSURE:
            look = [Action.LOOK_AGAIN] if can_look else []
            return [*look, Action.HAVE_ID, Action.CUT_ANEW]
        case JobState.NO_ANSWER:
            return [Action.LOOK_AGAIN, Action.CUT_ANEW]
        case JobState.EXPIRED:
            return [Action.CUT_ANEW]
        case JobState.FAILED if job.reason in _AGAIN:
            return [Action.CUT_ANEW]
        case _:
            return []


def _button(action: Action, job: Job) -> Block:
    button: Block = {
        "type": "button",
        "action_id": action.value,
        "value": job.id,
        "text": {"type": "plain_text", "text": _LABELS[action]},
    }
    if action is Action.CANCEL and job.state is JobState.RUNNING:
        button["confirm"] = _confirm(
            "Stop following this job?",
            "The slot is spent either way, and Reka goes on by itself; its clips will not come here.",
            "Stop following",
        )
    return button


def _confirm(title: str, text: str, yes: str) -> Block:
    def plain(content: str) -> Block:
        return {"type": "plain_text", "text": content}

    return {
        "title": plain(title),
        "text": plain(text),
        "confirm": plain(yes),
        "deny": plain("Go on"),
    }
