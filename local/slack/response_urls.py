"""response_urls: a permission to answer one command or action, five times within half an hour.

Reference: https://docs.slack.dev/interactivity/handling-user-interaction/
"""

from dataclasses import dataclass

from local.slack.errors import ApiError
from local.slack.mint import Clock, Mint

USES = 5
LIFE_S = 30 * 60.0
_KEPT = 10_000


@dataclass(slots=True)
class Grant:
    """What one response_url allows. `target` is the `ts` that `replace_original` replaces:
    the message acted on, or what was last answered through this URL."""

    channel: str
    user: str
    expires: float
    target: str | None = None
    uses_left: int = USES


class ResponseUrls:
    """The grants handed out. They live in memory: a restart of the workspace ends them."""

    def __init__(self, address: str, team: str, clock: Clock, mint: Mint) -> None:
        self._prefix = f"{address}/response/{team}"
        self._clock = clock
        self._mint = mint
        self._grants: dict[str, Grant] = {}

    def issue(self, channel: str, user: str, target: str | None = None) -> str:
        """A new response_url."""
        secret = self._mint.secret(32)
        self._grants[secret] = Grant(channel, user, self._clock() + LIFE_S, target)
        if len(self._grants) > _KEPT:
            del self._grants[next(iter(self._grants))]
        return f"{self._prefix}/{secret}"

    def use(self, secret: str) -> Grant:
        """The grant behind a URL, used once more. Raises ApiError (HTTP 404)."""
        grant = self._grants.get(secret)
        if grant is None:
            raise ApiError("invalid_url", status=404)
        if self._clock() > grant.expires:
            raise ApiError("expired_url", status=404)
        if grant.uses_left == 0:
            raise ApiError("used_url", status=404)
        grant.uses_left -= 1
        return grant
