"""The buttons, and the table of all action ids. One on a card carries the job's id and nothing else."""

from enum import StrEnum

from bot import ask
from bot.jobs import Job, JobState
from bot.render import failures
from bot.render.blocks import Block
from bot.variations import Variation


class Action(StrEnum):
    """Every action id that is rendered; each has a handler."""

    CANCEL = "cancel_job"
    LOOK_AGAIN = "look_again"
    HAVE_ID = "have_id"
    CUT_ANEW = "cut_anew"
    CHANGE_ASK = "change_ask"
    #: On the message that brings the clips.
    SHARE = "share_clip"
    COPY_TEXT = "copy_text"
    OTHER_MOMENTS = Variation.OTHER_MOMENTS.value
    SHORTER = Variation.SHORTER.value
    SQUARE = Variation.SQUARE.value
    #: In an answer: the modal, filled with what was understood of a command or a mention.
    OPEN_FORM = "open_form"
    #: In the modal: something was chosen, an idea was taken, or all fields are wanted.
    CHANGED = "form_changed"
    SUGGEST = "form_suggest"
    MORE = "form_more"
    #: In the modal of a channel's preset.
    PRESET_CHANGED = "preset_changed"
    PRESET_CLEAR = "preset_clear"
    #: In the Home tab of those who run Reel.
    CHANGE_RULES = "change_rules"
    PAUSE = "pause"
    DRAIN = "drain"
    GO_ON = "go_on"
    #: In the answer that offers what was cut before: the form, with what was asked.
    OFFER_ANEW = "offer_anew"


_LABELS = {
    Action.CANCEL: "Cancel",
    Action.LOOK_AGAIN: "Look again",
    Action.HAVE_ID: "I have the id…",
    Action.CUT_ANEW: "Cut anew…",
    Action.CHANGE_ASK: "Change the ask…",
    Action.SHARE: "Share to a channel…",
    Action.COPY_TEXT: "Copy text",
    Action.OTHER_MOMENTS: "Other moments…",
    Action.SHORTER: "Shorter…",
    Action.SQUARE: "Square…",
    Action.OPEN_FORM: "Open the form…",
    Action.CHANGE_RULES: "Change the rules…",
    Action.PAUSE: "Pause",
    Action.DRAIN: "Drain",
    Action.GO_ON: "Go on",
    Action.OFFER_ANEW: "Cut anew…",
}

_PAID = {
    *(Action.CUT_ANEW, Action.CHANGE_ASK, Action.OTHER_MOMENTS, Action.SHORTER, Action.SQUARE),
    Action.OFFER_ANEW,
}
PRICE = "(1 slot)"
"""On a label, which stays as it was posted: what it costs, not what is left; the form says that."""

MAX_VALUE = 2_000
"""Slack's limit for a button's value."""


def of(job: Job, *, can_look: bool, limited: bool = True) -> Block | None:
    """The buttons that make sense for the job as it stands; None for none. `limited`: slots are counted."""
    actions = _actions(job, can_look=can_look)
    if not actions:
        return None
    return _row(job, *actions, limited=limited)


def free(job: Job) -> Block:
    """What can be done with finished clips for nothing."""
    return _row(job, Action.SHARE, Action.COPY_TEXT)


def paid(job: Job, *, limited: bool = True) -> Block:
    """What can be asked for next; each opens the form, with its price. `limited`: slots are counted."""
    actions = (Action.OTHER_MOMENTS, Action.SHORTER, Action.SQUARE, Action.CHANGE_ASK)
    return _row(job, *actions, limited=limited)


def _row(job: Job, *actions: Action, limited: bool = True) -> Block:
    row = _actions_block(*(_of(action, job, limited=limited) for action in actions))
    return {**row, "block_id": f"{row['block_id']} {job.id}"}


def anew(job: Job, *, limited: bool = True) -> Block:
    """The one button of an answer that says "you asked for this already"."""
    return _row(job, Action.CUT_ANEW, limited=limited)


def share(job: Job) -> Block:
    """What can be done with clips that are offered again, for nothing."""
    return _row(job, Action.SHARE)


def offer_anew(key: str, *, limited: bool = True) -> Block:
    """The form, with what was asked by the delivery of this key. `limited`: slots are counted."""
    label = f"{_LABELS[Action.OFFER_ANEW]}{_price(Action.OFFER_ANEW, limited=limited)}"
    return _actions_block(_button(Action.OFFER_ANEW, key, label))


def open_form(text: str) -> Block:
    """The modal, filled with what is understood of `text`."""
    # A space, since Slack refuses an empty value.
    value = _fitting(ask.clean(text)) or " "
    return _actions_block(_button(Action.OPEN_FORM, value, _LABELS[Action.OPEN_FORM]))


def rules(*, halted: bool) -> Block:
    """For those who run Reel, in their Home tab."""
    halts = [Action.GO_ON] if halted else [Action.PAUSE, Action.DRAIN]
    shown = (Action.CHANGE_RULES, *halts)
    return _actions_block(*(_button(action, action.value, _LABELS[action]) for action in shown))


def _fitting(text: str) -> str:
    """As many whole words as a value holds: half a link would be another link."""
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE + 1].rpartition(" ")[0]


def _actions(job: Job, *, can_look: bool) -> list[Action]:
    match job.state:
        case JobState.WAITING | JobState.SUBMITTING | JobState.RUNNING:
            return [Action.CANCEL] if job.cancel_requested_at is None else []
        case JobState.UNSURE:
            look = [Action.LOOK_AGAIN] if can_look else []
            return [*look, Action.HAVE_ID, Action.CUT_ANEW]
        case JobState.NO_ANSWER:
            return [Action.LOOK_AGAIN, Action.CUT_ANEW]
        case JobState.REPLACED:
            return []
        case _:
            anew = job.state is JobState.EXPIRED or failures.may_work_again(job)
            return [*([Action.CUT_ANEW] if anew else []), Action.CHANGE_ASK]


def _actions_block(*shown: Block) -> Block:
    # An id that lasts as long as its buttons do: with the one that Slack makes up anew for every edit, a click on the
    # picture before would name a block that is gone. (Slack's reference advises a new one, and accepts the same.)
    return {
        "type": "actions",
        "block_id": "+".join(str(button["action_id"]) for button in shown),
        "elements": list(shown),
    }


def _button(action: Action, value: str, label: str) -> Block:
    return {
        "type": "button",
        "action_id": action.value,
        "value": value,
        "text": {"type": "plain_text", "text": label},
    }


def _price(action: Action, *, limited: bool) -> str:
    return f" {PRICE}" if limited and action in _PAID else ""


def _of(action: Action, job: Job, *, limited: bool) -> Block:
    button = _button(action, job.id, f"{_LABELS[action]}{_price(action, limited=limited)}")
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
        "deny": plain("Keep following"),
    }
