"""How a Web API call is refused."""

from collections.abc import Mapping, Sequence
from typing import Any


class ApiError(Exception):
    """Slack's refusal of one call: `{"ok": false, "error": code, ...}`.

    `details` is merged into the answer (for instance `errors` of `invalid_blocks`), `messages`
    becomes `response_metadata.messages`, `headers` go onto the HTTP response.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int = 200,
        details: Mapping[str, Any] | None = None,
        messages: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.details = dict(details or {})
        self.messages = list(messages)
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The JSON answer."""
        body: dict[str, Any] = {"ok": False, "error": self.code, **self.details}
        if self.messages:
            body["response_metadata"] = {"messages": self.messages}
        return body


class ActError(Exception):
    """A person's action that Slack's own client would not have allowed; the text says why."""
