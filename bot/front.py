"""Hearing Slack over HTTP: its signed requests at one address, and beside it the operator's port.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack/
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs

import structlog
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.breaker import Breaker
from bot.config import HttpSettings
from bot.health import Health
from bot.metrics import Metrics
from bot.server import Message, Receive, Scope, Send, answer, serving

PATH = "/slack/events"
LONGEST_BODY = 1024 * 1024
"""Octets. A message of 50 full blocks and the largest view that Slack takes (250 kB) are well below."""
LONGEST_CHECK = 1024
"""Octets of what does not claim to be signed: only a check of the certificate may be answered."""
BODY_SECONDS = 3.0
"""As long as Slack itself waits for the whole exchange."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def listening(
    settings: HttpSettings, app: AsyncApp, health: Health, metrics: Metrics, breaker: Breaker
) -> AsyncIterator[None]:
    """Take Slack's requests, and say on the other port how it goes. Raises `CannotStart`."""
    secret = settings.slack_signing_secret.get_secret_value()
    front = Front(AsyncSlackRequestHandler(app, PATH), SignatureVerifier(secret), metrics)
    host, port = settings.reel_health_host, settings.reel_health_port
    async with serving(health.application, host, port, breaker):
        host, port = settings.reel_http_host, settings.reel_http_port
        async with serving(front, host, port, breaker):
            log.info("listening", host=host, port=port, path=PATH)
            with health.hearing():
                yield


class _Refused(Exception):
    """A request that Bolt never sees, with its HTTP status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


_UNSIGNED = 401, "This request is not signed by Slack, or not of these five minutes."
_TOO_LONG = 413, "This is longer than anything that Slack sends."


@dataclass(frozen=True, slots=True)
class Front:
    """An ASGI application before Bolt's: what is not signed by Slack ends here.

    Bolt checks signatures too, but parses a body first, whoever sent it, and of whatever length.
    """

    bolt: AsyncSlackRequestHandler
    verifier: SignatureVerifier
    metrics: Metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with self.metrics.answering() as measured:

            async def sent(message: Message) -> None:
                if message["type"] == "http.response.start":
                    measured.status = message["status"]
                await send(message)

            try:
                body = await self._signed(scope, receive)
            except _Refused as error:
                await answer(sent, error.status, f"{error}\n")
            else:
                if body is None:
                    await answer(sent, 200, "")
                else:
                    await self.bolt(dict(scope), _replayed(body), sent)

    async def _signed(self, scope: Scope, receive: Receive) -> bytes | None:
        """The body; None for a check of the certificate, which Slack does not sign. Raises `_Refused`."""
        if scope["path"] != PATH:
            raise _Refused(404, f"Slack's requests go to {PATH}.")
        if scope["method"] == "GET" and _is_check(scope["query_string"]):
            return None
        if scope["method"] != "POST":
            raise _Refused(405, "Slack's requests are POSTs.")
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        timestamp = headers.get(b"x-slack-request-timestamp", "")
        signature = headers.get(b"x-slack-signature", "")
        claims = bool(signature) and self._is_fresh(timestamp)
        body = await (
            _body(receive, LONGEST_BODY, _TOO_LONG)
            if claims
            else _body(receive, LONGEST_CHECK, _UNSIGNED)
        )
        if _is_check(body):
            return None
        if not claims or not self._is_slacks(body, timestamp, signature):
            log.warning("signature_refused")
            raise _Refused(*_UNSIGNED)
        return body

    def _is_fresh(self, timestamp: str) -> bool:
        """Sent less than five minutes from now: the verifier's own tolerance, looked at before a body is read."""
        try:
            return abs(self.verifier.clock.now() - int(timestamp)) <= 60 * 5
        except (ValueError, OverflowError):  # no number, or one of hundreds of digits
            return False

    def _is_slacks(self, body: bytes, timestamp: str, signature: str) -> bool:
        """By the signing secret; for what is fresh."""
        try:
            return self.verifier.is_valid(body, timestamp, signature)
        except (ValueError, TypeError):  # no UTF-8, or a signature that is not ASCII
            return False


async def _body(receive: Receive, longest: int, too_long: tuple[int, str]) -> bytes:
    """The whole body. Raises `_Refused` for one that is longer than `longest` octets, too slow or torn."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise _Refused(400, "The request broke off.")
                body += message.get("body", b"")
                if len(body) > longest:
                    raise _Refused(*too_long)
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise _Refused(408, "The request took too long to arrive.") from None


def _is_check(form: bytes) -> bool:
    """Whether Slack looks at the certificate only, with `ssl_check=1` and a token, and wants an empty 200.

    A command or an interaction never is one: whoever adds `ssl_check` to it evades no signature.
    Source: https://github.com/slackapi/bolt-js/issues/614
    """
    if b"ssl_check" not in form:  # hardly ever: the rest is not parsed here
        return False
    fields = parse_qs(form.decode("latin-1"), keep_blank_values=True)
    return fields.get("ssl_check") == ["1"] and not fields.keys() & {"payload", "command"}


def _replayed(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
