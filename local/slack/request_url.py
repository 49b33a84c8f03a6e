"""The app's request URL: what Slack sends over HTTP where an app does not use Socket Mode, signed and waited for.

Protocol: https://docs.slack.dev/apis/events-api/using-http-request-urls/
Signatures: https://docs.slack.dev/authentication/verifying-requests-from-slack/
"""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from local.slack import strict_json
from local.slack.changes import ChangeLog
from local.slack.envelopes import ACK_TIMEOUT_S, Delivery, Envelope
from local.slack.excerpt import excerpt
from local.slack.faults import Faults
from local.slack.mint import Clock

VERIFY_PAUSE_S = 0.2
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app answered. `failure` is the `X-Slack-Retry-Reason` of an answer that is no ack."""

    status: int | None
    payload: Json | None = None
    failure: str = ""


class RequestUrl:
    """One URL for commands, interactions and events. It is verified once, as when it is entered in an app's settings.

    Until then envelopes wait, at most for the time-out.
    """

    def __init__(
        self,
        url: str,
        signing_secret: str,
        changes: ChangeLog,
        faults: Faults,
        clock: Clock,
        *,
        ack_timeout: float = ACK_TIMEOUT_S,
    ) -> None:
        self.url = url
        self._secret = signing_secret.encode()
        self._changes = changes
        self._faults = faults
        self._clock = clock
        self._ack_timeout = ack_timeout
        self._verified = asyncio.Event()
        self._http: aiohttp.ClientSession | None = None

    @property
    def verified(self) -> bool:
        """Whether the app has answered the challenge."""
        return self._verified.is_set()

    async def open(self) -> None:
        """Send the challenge until it is answered, and then check the certificate: the app may start after its workspace."""
        self._http = aiohttp.ClientSession()
        said = None
        while True:
            answer = await self._challenged()
            check = None
            if answer == Answer(200):
                check = await self._checked()
                self._verified.set()
            if answer != said or self.verified:
                self._log_challenge(answer, check)
            if self.verified:
                return
            said = answer
            await asyncio.sleep(VERIFY_PAUSE_S)

    async def close(self) -> None:
        """Close the connections to the app."""
        if self._http is not None:
            await self._http.close()

    async def _challenged(self) -> Answer:
        challenge = secrets.token_urlsafe(32)
        body = {"type": "url_verification", "token": "", "challenge": challenge}
        try:
            async with asyncio.timeout(self._ack_timeout):
                status, text = await self._signed_post(json.dumps(body), JSON, {})
        except (TimeoutError, aiohttp.ClientError) as error:
            return Answer(None, failure=_failure(error))
        echoed = challenge in {text, _object(text).get("challenge")}
        return Answer(status, failure="" if echoed else "challenge_failed")

    async def _checked(self) -> int | None:
        """The status of the answer to a check of the certificate. Slack does not sign it, and sends one now and then.

        Source: https://github.com/slackapi/bolt-js/issues/614
        """
        try:
            async with asyncio.timeout(self._ack_timeout):
                return (await self._post("ssl_check=1&token=local", FORM, {}))[0]
        except (TimeoutError, aiohttp.ClientError):
            return None

    async def deliver(self, envelope: Envelope, deliveries: int = 1) -> Delivery:
        """Send an envelope's payload and wait for the answer, at most the time-out; several times at once if asked."""
        started = time.perf_counter()
        self._log_envelope(envelope)
        answers = await asyncio.gather(*(self._sent(envelope) for _ in range(deliveries)))
        answer = next((each for each in answers if not each.failure), answers[0])
        latency_ms = (time.perf_counter() - started) * 1000
        acked = not answer.failure
        delivery = Delivery(envelope.id, acked, answer.payload, latency_ms, answer.failure)
        self._log_ack(delivery, answer.status)
        return delivery

    async def _sent(self, envelope: Envelope) -> Answer:
        try:
            async with asyncio.timeout(self._ack_timeout):
                await self._verified.wait()
                status, text = await self._signed_post(*_encoded(envelope), _retry(envelope))
                if self._faults.take_ack():
                    await asyncio.sleep(self._ack_timeout)  # it never gets here
        except (TimeoutError, aiohttp.ClientError) as error:
            return Answer(None, failure=_failure(error))
        if not 200 <= status < 300:
            return Answer(status, failure="http_error")
        return Answer(status, _payload(envelope, text))

    async def _signed_post(
        self, body: str, content_type: str, headers: dict[str, str]
    ) -> tuple[int, str]:
        return await self._post(body, content_type, {**self._signed(body), **headers})

    async def _post(self, body: str, content_type: str, headers: dict[str, str]) -> tuple[int, str]:
        if self._http is None:
            raise aiohttp.ClientError("closed")
        agent = "Slackbot 1.0 (+https://api.slack.com/robots)"
        sent = {"Content-Type": content_type, "User-Agent": agent, **headers}
        posting = self._http.post(self.url, data=body.encode(), headers=sent, allow_redirects=False)
        async with posting as response:
            return response.status, await response.text()

    def _signed(self, body: str) -> dict[str, str]:
        stamp = str(int(self._clock()))
        digest = hmac.new(self._secret, f"v0:{stamp}:{body}".encode(), hashlib.sha256)
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
        }

    # --- the log: an HTTP delivery is an envelope too, so that the inspector shows both alike

    def _log_challenge(self, answer: Answer, check: int | None) -> None:
        self._changes.add(
            "request_url",
            url=self.url,
            verified=self.verified,
            status=answer.status,
            failure=answer.failure,
            check=check,
        )

    def _log_envelope(self, envelope: Envelope) -> None:
        self._changes.add(
            "envelope",
            envelope_id=envelope.id,
            kind=envelope.kind,
            url=self.url,
            socket=None,
            queued=not self.verified,
            retry_attempt=envelope.retry_attempt,
            payload=excerpt(envelope.payload),
        )

    def _log_ack(self, delivery: Delivery, status: int | None) -> None:
        self._changes.add(
            "ack",
            envelope_id=delivery.envelope_id,
            acked=delivery.acked,
            socket=None,
            status=status,
            failure=delivery.failure,
            payload=excerpt(delivery.payload),
            latency_ms=delivery.latency_ms,
        )


def _encoded(envelope: Envelope) -> tuple[str, str]:
    """The body and its content type: a form for commands, a form with JSON in it for interactions, JSON for events."""
    match envelope.kind:
        case "slash_commands":
            return urlencode(envelope.payload), FORM
        case "interactive":
            return urlencode({"payload": json.dumps(envelope.payload)}), FORM
        case "events_api":
            return json.dumps(envelope.payload), JSON


def _retry(envelope: Envelope) -> dict[str, str]:
    if not envelope.retry_attempt:
        return {}
    return {
        "X-Slack-Retry-Num": str(envelope.retry_attempt),
        "X-Slack-Retry-Reason": envelope.retry_reason,
    }


def _payload(envelope: Envelope, text: str) -> Json | None:
    """What an answer says where one may say something: JSON, or plain text as a message."""
    if not envelope.accepts_response_payload or not text.strip():
        return None
    return _object(text) or ({"text": text} if envelope.kind == "slash_commands" else None)


def _object(text: str) -> Json:
    try:
        found = strict_json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _failure(error: Exception) -> str:
    """Slack's `X-Slack-Retry-Reason`."""
    return "http_timeout" if isinstance(error, TimeoutError) else "connection_failed"
