"""Reference: one edit an event, sent as they come; slack_sdk's own handler waits where Slack asks for it."""

import httpx
from httpx_sse import aconnect_sse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient


async def follow(
    reka: httpx.AsyncClient, slack: AsyncWebClient, url: str, channel: str, card: str
) -> None:
    """Show each new state of a job on its card, and the clips, once they are there, in the thread."""
    told = None
    async with aconnect_sse(
        reka, "POST", "/v1/creator/reels", json={"video_urls": [url]}
    ) as source:
        async for event in source.aiter_sse():
            if event.data == told:
                continue
            told, job = event.data, event.json()
            links = " ".join(clip["video_url"] for clip in job["output"])
            try:
                await slack.chat_update(channel=channel, ts=card, text=f"{job['status']} {links}")
                if links:
                    await slack.chat_postMessage(channel=channel, thread_ts=card, text=links)
            except SlackApiError:
                continue  # the next event tries again
