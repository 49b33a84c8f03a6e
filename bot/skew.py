"""Our clock against the clock of whoever answered."""

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from bot.finding import Finding, Level

SKEW_SECONDS = 30.0
"""Slots are counted by our clock and by Reka's; the ledger's margin covers a minute of difference."""

Now = Callable[[], float]
"""Our clock, in epoch seconds."""


def seconds_ahead(date: str | None, now: float) -> float | None:
    """How many seconds ours is ahead of a Date header; None where there is none."""
    try:
        return now - parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None


def clocks(skews: Mapping[str, float | None]) -> Finding:
    """Our clock against the Date header of whoever answered; seconds that ours is ahead."""
    known = {name: skew for name, skew in skews.items() if skew is not None}
    if not known:
        found = "not compared: nobody told the time"
        return Finding("clock", Level.WARNING, found, "See to the other checks first.")
    wrong = {name: skew for name, skew in known.items() if abs(skew) > SKEW_SECONDS}
    if not wrong:
        return Finding("clock", Level.OK, f"agrees with {' and '.join(known)}")
    found = ", ".join(
        f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} {name}'s"
        for name, skew in wrong.items()
    )
    mend = "Let NTP set this machine's clock (timedatectl set-ntp true): slots are counted by it."
    return Finding("clock", Level.WARNING, found, mend)
