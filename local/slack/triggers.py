"""Trigger ids: one modal each, within three seconds."""

from dataclasses import dataclass

from local.slack.errors import ApiError
from local.slack.mint import Clock, Mint

TRIGGER_LIFE_S = 3.0
_KEPT = 1000


@dataclass(slots=True)
class _Trigger:
    user: str
    expires: float
    view_id: str | None
    used: bool = False


class Triggers:
    """The trigger ids handed out. Error names: reference of `views.open`."""

    def __init__(self, clock: Clock, mint: Mint) -> None:
        self._clock = clock
        self._mint = mint
        self._issued: dict[str, _Trigger] = {}

    def issue(self, user: str, view_id: str | None = None) -> str:
        """A trigger for what `user` just did, in a modal when `view_id` is given."""
        trigger_id = f"{self._mint.ts()}.{self._mint.secret(32).lower()}"
        expires = self._clock() + TRIGGER_LIFE_S
        self._issued[trigger_id] = _Trigger(user, expires, view_id)
        if len(self._issued) > _KEPT:
            del self._issued[next(iter(self._issued))]
        return trigger_id

    def redeem(self, trigger_id: str) -> tuple[str, str | None]:
        """The user and the modal behind a trigger, once. Raises ApiError."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if self._clock() > trigger.expires:
            raise ApiError("expired_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        trigger.used = True
        return trigger.user, trigger.view_id
