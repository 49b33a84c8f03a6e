"""Faults on order: the next calls of a method fail the way a test or a demo asks for."""

from typing import Literal

from pydantic import BaseModel, Field

RESPONSE_URL = "response_url"  # stands for posts to any response_url
UPLOAD = "upload"  # for posts to any upload_url
SHARE = "share"  # for the moment after the answer in which an upload is shared


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
    """The faults that are still to happen, first ordered, first served."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Queue a fault."""
        self._ordered.append(fault)

    def clear(self) -> None:
        """Forget every fault."""
        self._ordered.clear()

    def take(self, method: str) -> Fault | None:
        """The fault this call of `method` meets, if any."""
        for index, fault in enumerate(self._ordered):
            if fault.method == method:
                if fault.times == 1:
                    del self._ordered[index]
                else:
                    self._ordered[index] = fault.model_copy(update={"times": fault.times - 1})
                return fault
        return None
