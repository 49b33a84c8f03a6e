"""References: pollers with a fixed interval, as Reka's sample scripts (30 s) and its n8n workflow (15 min) are."""

import asyncio

import httpx
from slack_sdk.web.async_client import AsyncWebClient


async def follow(
    reka: httpx.AsyncClient, slack: AsyncWebClient, job: str, channel: str, interval: float
) -> None:
    """Ask every `interval` seconds until the job has completed, then post the links."""
    while True:
        await asyncio.sleep(interval)
        found = (await reka.get(f"/v1/creator/reels/{job}")).json()
        if found["status"] == "completed":
            break
    links = " ".join(clip["video_url"] for clip in found["output"])
    await slack.chat_postMessage(channel=channel, text=links)
