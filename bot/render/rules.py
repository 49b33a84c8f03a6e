"""The rules of those who run Reel: as everybody reads them, as they are set, and as a request is refused by them. Pure."""

from collections.abc import Iterable

from bot.render import inputs, sentences
from bot.render.blocks import Block
from bot.rules import Halt, Refusal, Rule, Rules
from bot.rules_form import MOST, Share

SET = "set_rules"
"""The modal's callback_id."""
MAX_NAMED = 20


def edit(rules: Rules) -> Block:
    """The modal that sets them, filled with what is set."""
    people: Block = {"type": "multi_users_select", "action_id": inputs.ENTERED}
    if rules.reserved_for:
        people["initial_users"] = list(rules.reserved_for)
    return {
        "type": "modal",
        "callback_id": SET,
        "title": inputs.plain("Rules for the slots"),
        "submit": inputs.plain("Save"),
        "close": inputs.plain("Close"),
        "blocks": [
            _number(
                Share.PER_PERSON,
                "Most slots for one person",
                rules.per_person,
                "In the key's window; requests that wait count, too. Empty: no share.",
            ),
            _number(
                Share.PER_CHANNEL,
                "Most slots for one channel",
                rules.per_channel,
                "The same, for everybody there together.",
            ),
            _number(
                Share.RESERVED,
                "Keep the last slots for named people",
                rules.reserved or None,
                "So many; everybody else waits while only those are left.",
            ),
            inputs.field(Share.RESERVED_FOR, "Named people", people, optional=True),
        ],
    }


def _number(block_id: str, label: str, value: int | None, hint: str) -> Block:
    made = inputs.number(block_id, label, value, (1, MOST), hint=hint)
    return {**made, "element": {**made["element"], "action_id": inputs.ENTERED}}  # type: ignore[dict-item]


def in_force(rules: Rules) -> str:
    """What is set, for everybody to read; mrkdwn of our own."""
    said = []
    if rules.halt is not None:
        said.append(_HALTS[rules.halt])
    if rules.per_person is not None:
        said.append(f"Each person may use {_slots(rules.per_person)} in the window.")
    if rules.per_channel is not None:
        said.append(f"Each channel may use {_slots(rules.per_channel)} in the window.")
    if rules.reserved:
        last = "slot is" if rules.reserved == 1 else f"{rules.reserved} slots are"
        said.append(f"The last {last} kept for {named(rules.reserved_for)}.")
    return " ".join(said)


_HALTS = {
    Halt.PAUSED: "*Paused:* requests are accepted and wait; nothing is sent to Reka.",
    Halt.DRAINING: "*Draining:* no new request is accepted; those under way are finished.",
}


def _slots(number: int) -> str:
    return sentences.count(number, "slot")


def named(users: Iterable[str]) -> str:
    """Mentions of people, as many as a section has room for."""
    known = sorted(users)
    more = f" and {len(known) - MAX_NAMED} more" if len(known) > MAX_NAMED else ""
    return ", ".join(f"<@{user}>" for user in known[:MAX_NAMED]) + more


def in_short(refusal: Refusal) -> str:
    """The same before anything is asked, in the place of the price."""
    rule = _rule(refusal).rstrip(".")
    return f"would be refused now: {rule[0].lower()}{rule[1:]}"


def refused(refusal: Refusal, operators: Iterable[str], now: int) -> str:
    """The rule that a request does not fit, that nothing is spent, and the way out; mrkdwn of our own."""
    return f"Nothing was started and nothing is spent. {_rule(refusal)} {_way_out(refusal, now)} {_ask(operators)}"


def refused_plainly(refusal: Refusal, now: int) -> str:
    """The same beside a field, which takes no markup."""
    return f"Nothing is spent. {_rule(refusal)} {_way_out(refusal, now)}"


def _rule(refusal: Refusal) -> str:
    match refusal.rule:
        case Rule.DRAINING:
            return "No new requests are taken for now: those under way are being finished."
        case Rule.PER_PERSON:
            return f"One person may use {_slots(refusal.share)} in the window, and you have used yours."
        case Rule.PER_CHANNEL:
            return f"One channel may use {_slots(refusal.share)} in the window, and this one has used its own."


def _way_out(refusal: Refusal, now: int) -> str:
    if refusal.rule is Rule.DRAINING:
        return "Ask again later."
    ways = []
    if refusal.frees_at is not None:
        ways.append(f"ask again in {sentences.duration(max(0, refusal.frees_at - now) + 60_000)}")
    if refusal.waiting:
        whose = "yours" if refusal.rule is Rule.PER_PERSON else "those"
        ways.append(f"cancel one of {whose} that still wait, which is free")
    said = ", or ".join(ways) or "ask again later"
    return f"{said[0].upper()}{said[1:]}."


def _ask(operators: Iterable[str]) -> str:
    people = named(operators)
    return (
        f"The rules are set by {people}." if people else "The rules are set by whoever runs Reel."
    )
