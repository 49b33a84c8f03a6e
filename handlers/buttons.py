"""The buttons on a card and in answers. Anyone may press one, so each is checked again; a modal says what a card does not."""

from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import ask
from bot.draft import Draft
from bot.jobs import Job
from bot.outcome import Outcome
from bot.render import form, modal
from bot.request import ReelRequest
from bot.runner import Runner
from handlers.faults import answering
from handlers.views import Body, by_modal, form_shown, shown, team_id, told, user_id, value_of


@dataclass(frozen=True, slots=True)
class Buttons:
    """One method per action id."""

    runner: Runner

    @answering(by_modal)
    async def cancel(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Cancel*: the requester only."""
        await told(client, body, await self.runner.cancel(value_of(body), user_id(body)))
        await ack()

    @answering(by_modal)
    async def look_again(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Look again*: free."""
        await told(client, body, await self.runner.look_again(value_of(body)))
        await ack()

    @answering(by_modal)
    async def have_id(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*I have the id…*: asks for it."""
        if job := await self.runner.get(value_of(body)):
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
        job = await self.runner.get(value_of(body))
        if job is None:
            await told(client, body, Outcome.TOO_LATE)
        else:
            draft = draft_of(body, job, job.request, anew=anew)
            await form_shown(self.runner, client, body, draft, job.request)

    @answering(by_modal)
    async def open_form(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Open the form…* in an answer: filled with what was understood."""
        # In the Home tab there is no channel: the form asks where the clips go.
        channel_id = (body.get("channel") or {}).get("id")
        preset = await self.runner.presets.in_force(team_id(body), channel_id)
        asked = ask.understood(value_of(body), preset)
        container = body["container"]
        draft = Draft(
            channel_id=channel_id,
            # Beside a command's answer there is no thread; a mention is answered in one.
            thread_ts=container.get("thread_ts"),
            response_url=body.get("response_url"),
            more=form.needs_more(asked),
            preset=preset is not None and bool(preset.kept_in(asked)),
        )
        await form_shown(self.runner, client, body, draft, asked)
        await ack()


def draft_of(body: Body, job: Job, asked: ReelRequest, *, anew: bool = False) -> Draft:
    """A draft for another request in the thread of a job."""
    return Draft(
        channel_id=job.channel_id,
        thread_ts=job.thread_ts,
        response_url=body.get("response_url"),
        parent_id=job.id,
        anew=anew,
        more=form.needs_more(asked),
    )
