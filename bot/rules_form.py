"""The fields of the modal that sets the rules → `Rules`, and a sentence for each field that is wrong. Pure."""

from enum import StrEnum

from bot.rules import Rules
from bot.values import Values, entered, typed

MOST = 100_000


class Share(StrEnum):
    """The block ids of the modal's inputs."""

    PER_PERSON = "per_person"
    PER_CHANNEL = "per_channel"
    RESERVED = "reserved"
    RESERVED_FOR = "reserved_for"


NO_NUMBER = f"Write a whole number from 1 to {MOST:,}, or nothing for no rule."
FOR_NOBODY = "Name the people these slots are kept for, or leave the number empty."


def read(values: Values, limit: int | None) -> tuple[Rules, dict[str, str]]:
    """The rules as far as they can be read, set by nobody yet, and block_id → sentence. `limit`: the key's slots."""
    problems = {
        field: NO_NUMBER
        for field in (Share.PER_PERSON, Share.PER_CHANNEL, Share.RESERVED)
        if typed(values, field) and _number(typed(values, field)) is None
    }
    rules = Rules(
        per_person=_number(typed(values, Share.PER_PERSON)),
        per_channel=_number(typed(values, Share.PER_CHANNEL)),
        reserved=_number(typed(values, Share.RESERVED)) or 0,
        reserved_for=tuple(entered(values, Share.RESERVED_FOR).get("selected_users") or ()),
    )
    if limit is not None and rules.reserved >= limit:
        problems[Share.RESERVED] = (
            f"Of {limit} slots at most {limit - 1} can be kept: else nobody else could ever ask."
        )
    if rules.reserved and not rules.reserved_for:
        problems[Share.RESERVED_FOR] = FOR_NOBODY
    return rules, {str(field): sentence for field, sentence in problems.items()}


def _number(text: str) -> int | None:
    readable = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if readable and 1 <= int(text) <= MOST else None
