"""Uploads that are completed are shared a moment later, after a look at the files, as in Slack."""

import asyncio

from local.slack.faults import SHARE
from local.slack.platform import Platform
from local.slack.posting import bot_message
from local.slack.state import Message, Sharing


def share_soon(platform: Platform, sharing: Sharing) -> None:
    """Post the files once the answer that is being given has left."""
    platform.workspace.plan(sharing)
    platform.background.start(_share(platform, sharing))


def share_the_rest(platform: Platform) -> None:
    """Post what a workspace that was stopped in between had not shared yet."""
    for sharing in platform.workspace.sharings.values():
        platform.background.start(_share(platform, sharing))


async def _share(platform: Platform, sharing: Sharing) -> None:
    """An ordered fault delays it; with an error or a drop the files are never seen anywhere."""
    fault = platform.faults.take(SHARE)
    await asyncio.sleep(fault.delay if fault else platform.settings.scan_seconds)
    lost = fault is not None and (fault.drop or fault.error is not None)
    messages = [] if lost else [_message(platform, each, sharing) for each in sharing.channels]
    platform.workspace.share(messages, sharing)


def _message(platform: Platform, channel: str, sharing: Sharing) -> Message:
    return bot_message(
        platform,
        channel,
        sharing.text,
        sharing.blocks,
        files=[{"id": file_id} for file_id in sharing.files],
        thread_ts=sharing.thread_ts,
    )
