"""The buttons on a card and in answers. Anyone may press one, so each is checked again; a modal says what a card does not."""

from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import ask
from bot.draft import Draft
from bot.jobs import Job
from bot.render import form, modal
from bot.runner import Outcome, Runner
from handlers.faults import answering
from handlers.views import Body, by_modal, form_shown, shown, told, user_id


@dataclass(frozen=True, slots=True)
class Buttons:
    """One method per action id."""

    runner: Runner

    @answering(by_modal)
    async def cancel(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Cancel*: the requester only."""
        await told(client, body, await self.runner.cancel(_value(body), user_id(body)))
        await ack()

    @answering(by_modal)
    async def look_again(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Look again*: free."""
        await told(client, body, await self.runner.look_again(_value(body)))
        await ack()

    @answering(by_modal)
    async def have_id(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*I have the id…*: asks for it."""
        if job := await self.runner.get(_value(body)):
            await shown(client, body, modal.have_id(job))
        else:
            await told(client, body, Outcome.TOO_LATE)
        await ack()

    @answering(by_modal)
    async def cut_anew(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Cut anew…*: restates the ask and its price; nothing is spent before that is confirmed."""
        await self._asked_again(body, client, anew=True)
        await ack()

    @answering(by_modal)
    async def change_ask(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Change the ask…*: the same, for another request in the same thread."""
        await self._asked_again(body, client, anew=False)
        await ack()

    async def _asked_again(self, body: Body, client: AsyncWebClient, *, anew: bool) -> None:
        job = await self.runner.get(_value(body))
        if job is None:
            await told(client, body, Outcome.TOO_LATE)
        else:
            await form_shown(self.runner, client, body, _draft(job, anew=anew), job.request)

    @answering(by_modal)
    async def open_form(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Open the form…* in an answer: filled with what was understood."""
        asked = ask.understood(_value(body))
        container = body["container"]
        draft = Draft(
            channel_id=body["channel"]["id"],
            # Beside a command's answer there is no thread; a mention is answered in one.
            thread_ts=container.get("thread_ts"),
            response_url=body.get("response_url"),
            more=form.needs_more(asked),
        )
        await form_shown(self.runner, client, body, draft, asked)
        await ack()


def _draft(job: Job, *, anew: bool) -> Draft:
    return Draft(
        channel_id=job.channel_id,
        thread_ts=job.thread_ts,
        parent_id=job.id,
        anew=anew,
        more=form.needs_more(job.request),
    )


def _value(body: Body) -> str:
    return str(body["actions"][0].get("value") or "")
