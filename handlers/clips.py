"""The buttons on the message that brings the clips: free ones act, paid ones open the form."""

import asyncio
from dataclasses import dataclass

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.jobs import Job
from bot.messages import code_of
from bot.outcome import Outcome
from bot.render import blocks, clips, modal, refusals, sentences, share
from bot.render.blocks import Message
from bot.runner import Runner
from bot.variations import Variation, varied
from handlers.buttons import draft_of
from handlers.faults import answering
from handlers.shares import FINAL, Shares
from handlers.views import (
    OPEN_SECONDS,
    Body,
    by_modal,
    by_update,
    form_shown,
    noticed,
    shown,
    told,
    user_id,
    value_of,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Clips:
    """One method per action id, and the modal that shares."""

    runner: Runner
    workspace_url: str
    insecure_host: str | None
    shares: Shares

    @answering(by_modal)
    async def vary(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Other moments…*, *Shorter…*, *Square…*: the form, filled with the variation."""
        variation = Variation(body["actions"][0]["action_id"])
        if job := await self.runner.get(value_of(body)):
            asked = varied(job, variation)
            await form_shown(self.runner, client, body, draft_of(body, job, asked), asked)
        else:
            await told(client, body, Outcome.TOO_LATE)
        await ack()

    @answering(by_modal)
    async def copy_text(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Copy text*: title, caption and hashtags, to be selected."""
        if job := await self.runner.get(value_of(body)):
            await shown(client, body, modal.copy_text(clips.as_text(job)))
        else:
            await told(client, body, Outcome.TOO_LATE)
        await ack()

    @answering(by_modal)
    async def share(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Share to a channel…*: asks where."""
        job = await self.runner.get(value_of(body))
        if job is not None and job.clips:
            await shown(client, body, share.modal(job))
        else:
            await told(client, body, Outcome.TOO_LATE)
        await ack()

    @answering(by_update)
    async def shared_to(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Share*: posted once. A refusal is said at the field, and the modal stays."""
        view = body["view"]
        job = await self.runner.get(view["private_metadata"])
        if job is None:
            await noticed(ack, sentences.OUTCOMES[Outcome.TOO_LATE])
            return
        values = {
            block: next(iter(each.values())) for block, each in view["state"]["values"].items()
        }
        number = int(values[share.CLIP]["selected_option"]["value"])
        words = str(values[share.WORDS].get("value") or "")
        message = self._message(job, number, user_id(body), words)
        channel = values[share.CHANNEL]["selected_conversation"]
        problem = await self.shares.once(view["id"], lambda: _posted(client, channel, message))
        if problem is None:
            await ack()
        elif problem in FINAL:
            await noticed(ack, problem)
        else:
            await ack(response_action="errors", errors={share.CHANNEL: problem})

    def _message(self, job: Job, number: int, by: str, words: str) -> Message:
        thread = None
        if job.card_ts is not None:
            thread = blocks.permalink(
                self.workspace_url, job.channel_id, job.card_ts, job.thread_ts
            )
        return share.message(
            job, number, by, words, thread=thread, insecure_host=self.insecure_host
        )


async def _posted(client: AsyncWebClient, channel: str, message: Message) -> str | None:
    """Post once; a sentence about what went wrong, or None."""
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks,
                parse="none",
                unfurl_links=False,
                unfurl_media=False,
            )
    except SlackApiError as error:
        return refusals.not_shared(code_of(error))
    except (aiohttp.ClientError, TimeoutError) as error:
        log.warning("share_unanswered", error=type(error).__name__)
        return refusals.SHARE_UNSURE
    return None
