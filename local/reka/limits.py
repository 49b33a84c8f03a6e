"""The rolling quota of a key: how many requests are left, and when the next one frees.

Reka: "All limits are per API key, per 24-hour rolling window", with the state in four response
headers. Only accepted POSTs count; they are counted from the generations themselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

_WINDOW = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` accepted requests within any `window_ms` milliseconds."""

    limit: int
    window_ms: int

    def headers(self, accepted: Sequence[int], now: int) -> dict[str, str]:
        """The four rate-limit headers; `accepted` and `now` are epoch milliseconds.

        `reset` counts the seconds until the whole window is free again, `retry-after` those until
        one more request is allowed (0 when it is now). The API's own example, 86400 beside 3600,
        reads like that.
        """
        counted = sorted(at for at in accepted if at > now - self.window_ms)
        blocking = counted[-self.limit] if len(counted) >= self.limit else None
        return {
            "x-ratelimit-requests-limit": str(self.limit),
            "x-ratelimit-requests-remaining": str(max(0, self.limit - len(counted))),
            "x-ratelimit-requests-reset": str(self._wait(counted[-1] if counted else None, now)),
            "retry-after": str(self._wait(blocking, now)),
        }

    def _wait(self, accepted: int | None, now: int) -> int:
        if accepted is None:
            return 0
        return max(1, math.ceil((accepted + self.window_ms - now) / 1000))


def window_ms(text: str) -> int:
    """Milliseconds in a span such as `24h`, `90s`, `15m`, `2d` or plain seconds; else ValueError."""
    found = _WINDOW.fullmatch(text.strip().lower())
    span = float(found[1]) * _SECONDS[found[2]] if found else 0
    if span <= 0:
        raise ValueError(f"{text!r} is no span of time. Write it like 24h, 15m, 90s or 2d.")
    return round(span * 1000)
