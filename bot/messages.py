"""Messages out to Slack: post, edit, answer. What may be sent twice is decided here.

`chat.update` is idempotent, so it is tried again freely. `chat.postMessage` is not: it is tried again only where nothing
can have been posted (429, or no connection was made).
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
import stamina
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.breaker import Breaker
from bot.render.blocks import Message

ATTEMPTS = 10
WAIT_MAX = 10.0
LONGEST_RETRY_AFTER = 60.0
"""Seconds a post waits at the most when Slack answers 429."""

_SIGNED_OUT = {
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "app_uninstalled",
    "team_disabled",
}

_LATER = {
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "external_channel_migrating",
    "team_added_to_org",
}


class SlackError(Exception):
    """A call to Slack that did not succeed. `code` is Slack's error code, or what happened on the way."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Refused(SlackError):
    """Slack answered no, and will answer no again."""


class SignedOut(SlackError):
    """Slack no longer accepts the token: nothing can be said any more, and nothing is wrong with the job."""


class Unavailable(SlackError):
    """Slack could not answer, or did not: what was sent may have taken effect."""


class NotSent(Unavailable):
    """No connection was made, so nothing took effect."""


class RateLimited(Unavailable):
    """429: nothing took effect; `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


def _post_again(error: Exception) -> bool | float:
    match error:
        case RateLimited(retry_after=seconds):
            return seconds if seconds <= LONGEST_RETRY_AFTER else False
        case NotSent():
            return True
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Messages:
    """One workspace's outgoing messages, over one client with one shared session."""

    client: AsyncWebClient
    #: Told when Slack refuses the token.
    breaker: Breaker = field(default_factory=Breaker)
    #: Posts to one channel go one after the other, in the order in which they came: Slack takes about one a second there.
    _lines: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def post(self, channel: str, message: Message, *, thread_ts: str | None = None) -> str:
        """Post and return the message's `ts`. Raises `Refused` or `Unavailable`."""
        return str((await self._posted(channel, message, thread_ts))["ts"])

    async def tell(self, user_id: str, message: Message) -> str:
        """Post into the app's direct messages with a person, and return their channel's id. Raises as `post` does."""
        return str((await self._posted(user_id, message, None))["channel"])

    async def _posted(
        self, channel: str, message: Message, thread_ts: str | None
    ) -> AsyncSlackResponse:
        async def send() -> AsyncSlackResponse:
            return await self.called(
                lambda: self.client.chat_postMessage(
                    channel=channel,
                    text=message.text,
                    blocks=message.blocks,
                    thread_ts=thread_ts,
                    parse="none",
                    unfurl_links=False,
                    unfurl_media=False,
                )
            )

        async with self._lines.setdefault(channel, asyncio.Lock()):
            return await _retried(send)

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Edit once; the caller decides when to try again. Raises `Refused` or `Unavailable`."""
        await self.called(
            lambda: self.client.chat_update(
                channel=channel, ts=ts, text=message.text, blocks=message.blocks, parse="none"
            )
        )

    async def respond(self, response_url: str, message: Message) -> None:
        """Answer the person alone through a `response_url`: five times, for 30 minutes, whatever the membership."""
        webhook = AsyncWebhookClient(response_url, session=self.client.session, retry_handlers=[])
        webhook.proxy = self.client.proxy
        try:
            answer = await webhook.send(
                text=message.text, blocks=message.blocks, response_type="ephemeral"
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(type(error).__name__) from error
        if answer.status_code != 200:
            raise Refused(str(answer.status_code))

    async def called(self, call: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
        """Make a call once. slack_sdk's and aiohttp's errors become ours; a refused token ends the process."""
        try:
            return await call()
        except SlackApiError as error:
            meaning = _meaning(error)
            _look_at(meaning.code, self.breaker)
            raise meaning from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, SlackRequestError) as error:
            raise Unavailable(type(error).__name__) from error


class TokenWatch(AsyncRetryHandler):
    """For the client that Bolt hands to handlers: a refused token ends the process there too. It never tries again.

    slack_sdk shows every answer to its retry handlers, whatever the method, and Bolt keeps them in each client it makes.
    """

    def __init__(self, breaker: Breaker) -> None:
        super().__init__()
        self.breaker = breaker

    async def _can_retry_async(self, *, response: HttpResponse | None = None, **_: object) -> bool:
        if response is not None and isinstance(response.body, Mapping):
            _look_at(str(response.body.get("error")), self.breaker)
        return False


def _look_at(code: str, breaker: Breaker) -> None:
    if code in _SIGNED_OUT:
        breaker.trip(
            f"Slack refuses the token ({code}). Reinstall the app and renew SLACK_BOT_TOKEN."
        )


async def _retried(send: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
    async for attempt in stamina.retry_context(
        on=_post_again, attempts=ATTEMPTS, timeout=None, wait_initial=0.5, wait_max=WAIT_MAX
    ):
        with attempt:
            return await send()
    raise AssertionError("stamina ends with a result or an exception")


def code_of(error: SlackApiError) -> str:
    """Slack's error code, or the HTTP status where the answer names none: a proxy's page, for example."""
    data = getattr(error.response, "data", None)
    named = data.get("error") if isinstance(data, Mapping) else None
    return str(named or _status_of(error))


def _status_of(error: SlackApiError) -> int:
    # An answer that is no JSON comes as aiohttp's response, which names it `status`.
    response = error.response
    return int(getattr(response, "status_code", 0) or getattr(response, "status", 0))


def _meaning(error: SlackApiError) -> SlackError:
    status, code = _status_of(error), code_of(error)
    if status == 429 or code in {"ratelimited", "rate_limited"}:
        return RateLimited(_seconds(_retry_after(error)))
    if code in _SIGNED_OUT:
        return SignedOut(code)
    # Without an error code of Slack's it is a proxy's page, not Slack's no.
    if status >= 500 or code in _LATER or code == str(status):
        return Unavailable(code)
    return Refused(code)


def _retry_after(error: SlackApiError) -> str | None:
    headers = getattr(error.response, "headers", None)
    return headers.get("Retry-After") if isinstance(headers, Mapping) else None


def _seconds(header: str | None) -> float:
    try:
        seconds = float(header or "")
    except ValueError:
        return 30.0
    return max(1.0, seconds) if math.isfinite(seconds) else 30.0
