"""What was cut before is offered first: to whom it may be shown, and the way to have it cut anew all the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.draft import Draft
from bot.jobs import Delivery
from bot.outcome import Outcome
from bot.privacy import Conversation, Viewer, may_be_shown
from bot.render import form, reuse
from bot.render.blocks import Block, Message
from bot.request import ReelRequest
from bot.reuse import SHOWN, Match, Offer
from bot.runner import Glance, Runner
from handlers import facts
from handlers.faults import answering
from handlers.views import OPEN_SECONDS, Body, by_modal, form_shown, team_id, told, value_of

ASKED_ABOUT = 5
"""Channels whose state Slack is asked about for one offer; results of further ones are not shown."""


@dataclass(frozen=True, slots=True)
class Offers:
    """Earlier results in place of a new job. An offer accepts nothing and spends nothing."""

    runner: Runner
    workspace_url: str
    insecure_host: str | None

    async def instead_of(
        self,
        client: AsyncWebClient,
        request: ReelRequest,
        delivery: Delivery,
        glance: Glance | None = None,
    ) -> Offer | None:
        """What this delivery is answered with; None when it may be accepted, unless it was answered with an offer before."""
        found = await self.runner.earlier(request, delivery, glance)
        shown = await _visible(client, found, delivery) if found else []
        return await self.runner.offer(request, delivery, shown) if shown else None

    async def once_more(self, request: ReelRequest, delivery: Delivery) -> Offer | None:
        """The answer to a delivery that the stores did not accept, since it was answered with an offer before."""
        return await self.runner.offer(request, delivery, [])

    def answer(self, offer: Offer, delivery: Delivery) -> Message:
        """As the answer to a command."""
        return reuse.answer(offer, self._place(delivery))

    def above(self, offer: Offer, delivery: Delivery) -> list[Block]:
        """As it stands above the fields of the form."""
        return reuse.above(offer, self._place(delivery))

    def _place(self, delivery: Delivery) -> reuse.Place:
        now, limited = self.runner.now(), self.runner.limited
        return reuse.Place(
            delivery.channel_id, now, self.workspace_url, self.insecure_host, limited
        )

    @answering(by_modal)
    async def anew(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Cut anew… (1 slot)*: the form, with all that was asked; nothing is spent before *Make*."""
        asked = await self.runner.offered(value_of(body))
        if asked is None:
            await told(client, body, Outcome.OFFER_GONE)
        else:
            channel_id = body["channel"]["id"]
            preset = await self.runner.presets.in_force(team_id(body), channel_id)
            draft = Draft(
                channel_id=channel_id,
                response_url=body.get("response_url"),
                more=form.needs_more(asked),
                preset=preset is not None and bool(preset.kept_in(asked)),
                offered=asked.fingerprint(),
            )
            await form_shown(self.runner, client, body, draft, asked)
        await ack()


async def _visible(
    client: AsyncWebClient, found: Sequence[Match], delivery: Delivery
) -> list[Match]:
    """Those that may be shown to this person in this place. Slack is asked only where that is in question."""
    here = delivery.channel_id
    origins = dict.fromkeys(match.job.channel_id for match in found)
    known: dict[str, Conversation | None] = {}
    person = Viewer()
    if any(match.job.channel_id != here for match in found[:SHOWN]):
        deadline = asyncio.get_running_loop().time() + OPEN_SECONDS
        asked_about = [here, *(name for name in origins if name != here)][: ASKED_ABOUT + 1]
        known, person = await asyncio.gather(
            facts.conversations(client, asked_about, deadline),
            facts.viewer(client, delivery.user_id, delivery.team_id, deadline),
        )
    return [match for match in found if may_be_shown(match.job.channel_id, here, known, person)]
