"""Rate limits: so many calls of a method in a minute, and about a post a second in a channel.

Tiers: https://docs.slack.dev/apis/web-api/rate-limits/ ("50+" is taken as exactly 50, so what
works here works there).
"""

import math
from collections import deque
from dataclasses import dataclass
from enum import IntEnum

from local.slack.mint import Clock

WINDOW_S = 60.0
POST_BURST = 10  # Slack promises one a second and "short bursts"


class Tier(IntEnum):
    """Calls a minute for one method in one workspace."""

    T1 = 1
    T2 = 20
    T3 = 50
    T4 = 100
    POSTING = 300  # "several hundred messages per minute" in a workspace
    SPECIAL = 600  # "hundreds of requests per minute"


@dataclass(frozen=True, slots=True)
class Budget:
    """What one method may do within a minute, and how much of that it has done."""

    tier: Tier
    limit: int
    used: int

    def json(self) -> dict[str, str | int]:
        """As the log of calls shows it."""
        left = self.limit - self.used
        return {"tier": self.tier.name, "limit": self.limit, "used": self.used, "left": left}


class RateLimits:
    """Counts calls. A `factor` of 2 allows twice as many, 0 switches the limits off."""

    def __init__(self, clock: Clock, factor: float = 1.0) -> None:
        self._clock = clock
        self._factor = factor
        self._calls: dict[str, deque[float]] = {}
        self._posts: dict[str, tuple[float, float]] = {}

    def retry_after(self, method: str, tier: Tier) -> int | None:
        """Count a call; or, when it is one too many, the seconds to wait (and count nothing)."""
        if not self._factor:
            return None
        now = self._clock()
        calls = self._recent(method, now)
        if len(calls) >= self._limit(tier):
            return max(1, math.ceil(calls[0] + WINDOW_S - now))
        calls.append(now)
        return None

    def budget(self, method: str, tier: Tier) -> Budget | None:
        """How a method stands at this moment; None without limits."""
        if not self._factor:
            return None
        return Budget(tier, self._limit(tier), len(self._recent(method, self._clock())))

    def _limit(self, tier: Tier) -> int:
        return max(1, int(tier * self._factor))

    def _recent(self, method: str, now: float) -> deque[float]:
        calls = self._calls.setdefault(method, deque())
        while calls and calls[0] <= now - WINDOW_S:
            calls.popleft()
        return calls

    def retry_post_after(self, channel: str) -> int | None:
        """The same for one more post in a channel, as a bucket of `POST_BURST` tokens."""
        if not self._factor:
            return None
        now = self._clock()
        burst = POST_BURST * self._factor
        tokens, since = self._posts.get(channel, (burst, now))
        tokens = min(burst, tokens + (now - since) * self._factor)
        if tokens < 1:
            self._posts[channel] = (tokens, now)
            return max(1, math.ceil((1 - tokens) / self._factor))
        self._posts[channel] = (tokens - 1, now)
        return None
