"""What happens in modals: the form is redrawn as it is filled, and submitted; the id of a job at Reka is told."""

from dataclasses import dataclass, field, replace

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import form
from bot.draft import Draft, drafted
from bot.jobs import Delivery, Job
from bot.outcome import Outcome
from bot.render import modal, rules, sentences
from bot.request import ReelRequest
from bot.reuse import Offer
from bot.rules import NotAdmitted
from bot.runner import Runner
from handlers.faults import answering
from handlers.offers import Offers
from handlers.views import (
    Body,
    Redraws,
    by_error,
    by_modal,
    form_of,
    may_spend,
    noticed,
    team_id,
    user_id,
)


@dataclass(frozen=True, slots=True)
class Modals:
    """One method per callback id, and per action id inside."""

    runner: Runner
    offers: Offers
    redraws: Redraws = field(default_factory=Redraws)

    @answering(by_modal)
    async def changed(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """Something was chosen: the ask is restated."""
        draft, asked = _filled(body)
        await self._redrawn(body, client, draft, asked)
        await ack()

    @answering(by_modal)
    async def suggest(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """An idea was taken: it becomes what to look for."""
        draft, asked = _filled(body)
        idea = body["actions"][0]["selected_option"]["value"]
        taken = replace(draft, taken=draft.taken + 1)
        await self._redrawn(body, client, taken, replace(asked, prompt=idea))
        await ack()

    @answering(by_modal)
    async def more(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """All fields are wanted."""
        draft, asked = _filled(body)
        await self._redrawn(body, client, replace(draft, more=True), asked)
        await ack()

    async def _redrawn(
        self, body: Body, client: AsyncWebClient, draft: Draft, asked: ReelRequest
    ) -> None:
        view = await form_of(self.runner, user_id(body), draft, asked)
        await self.redraws.redraw(client, body, view)

    @answering(by_error)
    async def make(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Make*: from here on a slot may be spent, once, however often it is delivered.

        Where the same was cut before, the form says so first, and *Make* is pressed again.
        """
        values = body["view"]["state"]["values"]
        draft = drafted(body["view"]["private_metadata"])
        request, problems = form.read(values, draft)
        if not problems and (problem := self.runner.out_of_reach(request)):
            problems = {form.links_block(draft): problem}
        if problems:
            await ack(response_action="errors", errors=problems)
        elif not may_spend(self.runner, body):
            await noticed(ack, sentences.OUTCOMES[Outcome.MAY_NOT_SPEND])
        else:
            delivery = replace(
                _delivery(body, draft, request), preset=await self._preset(body, draft, request)
            )
            if offer := await self._offer(client, draft, request, delivery):
                await self._offered(ack, draft, offer, delivery)
            else:
                await self._made(ack, draft, request, delivery)

    async def _made(
        self, ack: AsyncAck, draft: Draft, request: ReelRequest, delivery: Delivery
    ) -> None:
        try:
            job, fresh = await self._kept(draft, request, delivery)
        except NotAdmitted as error:
            why = rules.refused_plainly(error.refusal, self.runner.now())
            await ack(response_action="errors", errors={form.links_block(draft): why})
            return
        offer = None if job else await self.offers.once_more(request, delivery)
        if offer:
            await self._offered(ack, draft, offer, delivery)
        else:
            await (ack() if fresh else noticed(ack, _why_not(job, draft)))

    async def _offered(self, ack: AsyncAck, draft: Draft, offer: Offer, delivery: Delivery) -> None:
        """The form as it was filled in, with what was cut before above its fields."""
        above = self.offers.above(offer, delivery)
        draft = replace(draft, offered=offer.request.fingerprint())
        view = await form_of(self.runner, delivery.user_id, draft, offer.request, above)
        await ack(response_action="update", view=view)

    async def _offer(
        self, client: AsyncWebClient, draft: Draft, request: ReelRequest, delivery: Delivery
    ) -> Offer | None:
        """What was cut before; None when it is to be made."""
        if draft.anew or draft.offered == request.fingerprint():
            return None
        return await self.offers.instead_of(client, request, delivery)

    async def _preset(self, body: Body, draft: Draft, request: ReelRequest) -> tuple[str, ...]:
        """The options that are still as they were filled in from the channel's preset."""
        if not draft.preset or draft.channel_id is None:
            return ()
        preset = await self.runner.presets.in_force(team_id(body), draft.channel_id)
        return preset.kept_in(request) if preset else ()

    async def _kept(
        self, draft: Draft, request: ReelRequest, delivery: Delivery
    ) -> tuple[Job | None, bool]:
        if draft.anew and draft.parent_id is not None:
            return await self.runner.cut_anew(draft.parent_id, request, delivery)
        return await self.runner.submit(request, delivery)

    @answering(by_error)
    async def have_id(self, ack: AsyncAck, body: Body) -> None:
        """Follow the job by the id that was typed."""
        view = body["view"]
        typed = view["state"]["values"][modal.ID_BLOCK][modal.ID_ACTION]["value"] or ""
        outcome = await self.runner.have_id(view["private_metadata"], typed.strip(), user_id(body))
        if outcome is Outcome.DONE:
            await ack()
        elif outcome is Outcome.NO_ID:
            errors = {modal.ID_BLOCK: sentences.OUTCOMES[outcome]}
            await ack(response_action="errors", errors=errors)
        else:
            await noticed(ack, sentences.OUTCOMES[outcome])


def _filled(body: Body) -> tuple[Draft, ReelRequest]:
    """What the modal was opened for, and what stands in it now."""
    draft = drafted(body["view"]["private_metadata"])
    return draft, form.read(body["view"]["state"]["values"], draft)[0]


def _why_not(job: Job | None, draft: Draft) -> str:
    if job is None:
        return sentences.OUTCOMES[Outcome.TOO_LATE]
    return sentences.CUT_ALREADY if draft.anew else sentences.ASKED_ALREADY


def _delivery(body: Body, draft: Draft, request: ReelRequest) -> Delivery:
    chosen: Body = next(iter(body.get("response_urls") or []), {})
    return Delivery(
        team_id=team_id(body),
        channel_id=draft.channel_id or form.channel(body["view"]["state"]["values"]) or "",
        user_id=user_id(body),
        key=form.delivery_key(body["view"]["id"], draft, request),
        response_url=draft.response_url or chosen.get("response_url"),
        thread_ts=draft.thread_ts,
        parent_id=draft.parent_id,
    )
