"""Envelopes and their acks: what Slack hands to the app over Socket Mode, and what came back."""

import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

EnvelopeKind = Literal["slash_commands", "interactive", "events_api"]
ACK_TIMEOUT_S = 3.0
EVENT_RETRIES_S = (1.0, 60.0, 300.0)  # "nearly immediately, after 1 minute, after 5 minutes"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One delivery to the app. Only an event has `retry_attempt`, counted from 0; a retry says why."""

    kind: EnvelopeKind
    payload: dict[str, Any]
    accepts_response_payload: bool
    retry_attempt: int | None = None
    retry_reason: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def frame(self) -> dict[str, Any]:
        """The text frame's JSON."""
        frame = {
            "envelope_id": self.id,
            "type": self.kind,
            "accepts_response_payload": self.accepts_response_payload,
            "payload": self.payload,
        }
        if self.retry_attempt is not None:
            frame["retry_attempt"] = self.retry_attempt
            frame["retry_reason"] = self.retry_reason
        return frame


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an envelope fared: acknowledged within the time-out or not, and with what payload.

    `failure` is Slack's word for why not.
    """

    envelope_id: str
    acked: bool
    payload: dict[str, Any] | None
    latency_ms: float
    failure: str = "timeout"

    def json(self) -> dict[str, Any]:
        """As `/act/...` answers it."""
        return {
            "ok": True,
            "envelope_id": self.envelope_id,
            "acked": self.acked,
            "ack": self.payload,
            "latency_ms": round(self.latency_ms, 1),
        }


def ack_payload(envelope: Envelope, frame: dict[str, Any]) -> dict[str, Any] | None:
    """What an ack says. Nothing and `{}` are one; a payload nobody asked for is not read."""
    payload = frame.get("payload")
    if not envelope.accepts_response_payload or not isinstance(payload, dict):
        return None
    return payload or None
