"""What goes over the wire to an app in HTTP mode: requests as Slack signs them, and what the operator's port says."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

SECRET = "signing-secret-of-the-tests"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

Headers = dict[str, str]
Answer = tuple[int, str]


def signed(body: str, content_type: str, *, secret: str = SECRET, age: float = 0) -> Headers:
    """The headers of a request that was signed `age` seconds ago."""
    timestamp = str(int(time.time() - age))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": str(signature),
    }


def command(text: str, trigger_id: str = "1.2") -> str:
    """The body of a slash command."""
    return urlencode(
        {
            "command": "/reel",
            "text": text,
            "trigger_id": trigger_id,
            "team_id": "T0REEL0LOCA",
            "channel_id": "C0GENERAL01",
            "user_id": "U0ROBIN0001",
        }
    )


def mention(event_id: str, ts: str) -> str:
    """The body of an `app_mention` event, for a message that there is."""
    event = {
        "type": "app_mention",
        "user": "U0ROBIN0001",
        "text": "<@U0REEL0BOT1> hello",
        "channel": "C0GENERAL01",
        "ts": ts,
        "event_ts": ts,
    }
    body = {"type": "event_callback", "team_id": "T0REEL0LOCA", "event_id": event_id}
    return json.dumps({**body, "event": event})


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the app takes Slack's requests, and where it answers its operator."""

    slack: int
    health: int

    @property
    def request_url(self) -> str:
        """What is entered in an app's settings."""
        return f"http://127.0.0.1:{self.slack}/slack/events"

    async def post(self, body: str | bytes, headers: Mapping[str, str], url: str = "") -> Answer:
        """Status and text of the answer to one request."""
        async with aiohttp.ClientSession() as http:
            posting = http.post(url or self.request_url, data=body, headers=headers)
            async with posting as response:
                return response.status, await response.text()

    async def asks(self, path: str) -> Answer:
        """Status and text of what the operator's port answers."""
        url = f"http://127.0.0.1:{self.health}{path}"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            return response.status, await response.text()
