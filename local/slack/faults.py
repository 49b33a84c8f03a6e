"""Faults on order: the next calls of a method fail the way a test or a demo asks for."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from local.slack.changes import ChangeLog

RESPONSE_URL = "response_url"  # stands for posts to any response_url
UPLOAD = "upload"  # for posts to any upload_url
SHARE = "share"  # for the moment after the answer in which an upload is shared
NOT_METHODS = (RESPONSE_URL, UPLOAD, SHARE)


class Fault(BaseModel, extra="forbid"):
    """How the next `times` calls of `method` fail.

    `error` is a refusal (`{"ok": false, "error": ...}`), `status` an HTTP error, `drop` a broken
    connection: `before` the call has an effect, or `after` it. `delay` seconds pass first; alone, it only delays.
    """

    method: str
    error: str | None = None
    status: Literal[408, 429, 500, 502, 503, 504] | None = None
    drop: bool = False
    when: Literal["before", "after"] = "before"
    retry_after: int = 1
    delay: float = Field(default=0.0, ge=0, le=60)
    times: int = Field(default=1, ge=1)


class Faults:
    """The faults that are still to happen, first ordered, first served. Each change is logged."""

    def __init__(self, changes: ChangeLog) -> None:
        self._changes = changes
        self._ordered: list[Fault] = []
        self._acks_to_lose = 0

    def armed(self) -> dict[str, Any]:
        """What is still to happen, as JSON."""
        calls = [fault.model_dump(exclude_none=True) for fault in self._ordered]
        return {"calls": calls, "acks_to_lose": self._acks_to_lose}

    def order(self, fault: Fault) -> None:
        """Queue a fault."""
        self._ordered.append(fault)
        self._log()

    def lose_acks(self, times: int) -> None:
        """Lose the next acks, so many of them."""
        self._acks_to_lose = times
        self._log()

    def clear(self, method: str | None = None) -> None:
        """Forget every fault of one method; without one, everything that is armed."""
        self._ordered = [fault for fault in self._ordered if method not in (None, fault.method)]
        if method is None:
            self._acks_to_lose = 0
        self._log()

    def take(self, method: str) -> Fault | None:
        """The fault this call of `method` meets, if any."""
        for index, fault in enumerate(self._ordered):
            if fault.method == method:
                if fault.times == 1:
                    del self._ordered[index]
                else:
                    self._ordered[index] = fault.model_copy(update={"times": fault.times - 1})
                self._log()
                return fault
        return None

    def take_ack(self) -> bool:
        """Whether this ack gets lost."""
        if not self._acks_to_lose:
            return False
        self._acks_to_lose -= 1
        self._log()
        return True

    def _log(self) -> None:
        self._changes.add("faults", armed=self.armed())
