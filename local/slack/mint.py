"""Identifiers as Slack mints them: unique, and never the same twice across a restart."""

import secrets
import string
from collections.abc import Callable

Clock = Callable[[], float]
_LETTERS = string.ascii_uppercase + string.digits


class Mint:
    """New timestamps and ids.

    A message's `ts` is its id within the channel: seconds, a point, six digits. It only ever
    grows, also when the clock stands still or the workspace starts again (`seen`).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_micros = 0

    def seen(self, ts: str) -> None:
        """Never mint this `ts` or an older one."""
        seconds, _, micros = ts.partition(".")
        self._last_micros = max(self._last_micros, int(seconds) * 1_000_000 + int(micros or 0))

    def ts(self) -> str:
        """The next message `ts`, such as `1763866800.000100`."""
        self._last_micros = max(int(self._clock() * 1_000_000), self._last_micros + 1)
        seconds, micros = divmod(self._last_micros, 1_000_000)
        return f"{seconds}.{micros:06d}"

    def id(self, prefix: str) -> str:
        """An id such as `V0A1B2C3D4E`."""
        return f"{prefix}0" + "".join(secrets.choice(_LETTERS) for _ in range(9))

    def secret(self, length: int = 24) -> str:
        """Characters nobody guesses, for URLs that are permissions."""
        alphabet = string.ascii_letters + string.digits
        return "".join(secrets.choice(alphabet) for _ in range(length))
