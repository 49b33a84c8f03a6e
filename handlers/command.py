"""`/reel`: read what was typed, hand it to the runner, restate it. Alone it opens the modal."""

from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import ask
from bot.draft import Draft
from bot.jobs import Delivery
from bot.outcome import Outcome
from bot.preset import Preset, begun
from bot.render import answers, form
from bot.render.blocks import Message
from bot.request import ReelRequest
from bot.rules import NotAdmitted
from bot.runner import Glance, Runner
from handlers.faults import answering
from handlers.ledger import Ledger
from handlers.offers import Offers
from handlers.presets import preset_shown
from handlers.views import form_shown


async def _by_ack(given: dict[str, Any], why: str | None) -> None:
    message = answers.fault(why)
    await given["ack"](text=message.text, blocks=message.blocks)


@dataclass(frozen=True, slots=True)
class Command:
    """The handler of the slash command. A bound method, since Bolt injects arguments by name."""

    runner: Runner
    offers: Offers
    workspace_url: str

    @answering(_by_ack)
    async def reel(self, ack: AsyncAck, command: dict[str, Any], client: AsyncWebClient) -> None:
        """Answer the person alone; the channel hears of the job through its card."""
        match str(command.get("text") or "").strip().lower():
            case "":
                message = await self._begun(command, client)
            case "preset":
                message = await self._preset(command, client)
            case "again":
                message = await self._again(command, client)
            case "jobs":
                message = await self._jobs(command)
            case "slots" | "log" | "log csv" as wanted:
                ledger = Ledger(self.runner, self.workspace_url)
                message = await ledger.shown(wanted, command, client)
            case "help":
                message = answers.help_text()
            case _:
                message = await self._asked(command, client)
        await (ack(text=message.text, blocks=message.blocks) if message else ack())

    async def _begun(self, command: dict[str, Any], client: AsyncWebClient) -> Message | None:
        preset = await self._in_force(command)
        return await self._opened(command, client, begun((), preset), preset=preset is not None)

    async def _preset(self, command: dict[str, Any], client: AsyncWebClient) -> Message | None:
        place = command["team_id"], command["channel_id"]
        await preset_shown(self.runner, client, command, *place)
        return None

    async def _in_force(self, command: dict[str, Any]) -> Preset | None:
        return await self.runner.presets.in_force(command["team_id"], command["channel_id"])

    async def _opened(
        self,
        command: dict[str, Any],
        client: AsyncWebClient,
        asked: ReelRequest,
        *,
        preset: bool = False,
    ) -> Message | None:
        """The modal is the answer. `preset`: the ask is what is set for the channel."""
        draft = Draft(
            channel_id=command["channel_id"],
            response_url=command.get("response_url"),
            more=form.needs_more(asked),
            preset=preset,
        )
        await form_shown(self.runner, client, command, draft, asked)
        return None

    async def _again(self, command: dict[str, Any], client: AsyncWebClient) -> Message | None:
        last = await self.runner.last_ask(command["user_id"], command["channel_id"])
        if last is None:
            return answers.outcome(Outcome.NO_ASK)
        return await self._opened(command, client, last.request)

    async def _jobs(self, command: dict[str, Any]) -> Message:
        found = await self.runner.asked_by(command["user_id"], command["channel_id"])
        return answers.jobs(found, self.workspace_url)

    async def _asked(self, command: dict[str, Any], client: AsyncWebClient) -> Message:
        text, place = str(command["text"]), (command["team_id"], command["channel_id"])
        typed = ask.typed(text)
        glance = await self.runner.glance(*place, typed.video_urls)
        preset = await self.runner.presets.in_force(*place, glance)
        try:
            request = typed.request(preset)
        except ask.Misunderstood as error:
            return answers.misunderstood(error.problems, text)
        if problem := self.runner.out_of_reach(request):
            return answers.misunderstood((problem,), text)
        if not self.runner.may_spend(command["user_id"]):
            return answers.outcome(Outcome.MAY_NOT_SPEND)
        kept = preset.kept_in(request) if preset else ()
        delivery = _delivery(command, kept)
        if offer := await self.offers.instead_of(client, request, delivery, glance):
            return self.offers.answer(offer, delivery)
        return await self._kept(request, delivery, glance)

    async def _kept(self, request: ReelRequest, delivery: Delivery, glance: Glance) -> Message:
        try:
            job, fresh = await self.runner.submit(request, delivery, glance)
        except NotAdmitted as error:
            operators = self.runner.rulebook.operators
            return answers.not_admitted(error.refusal, operators, self.runner.now())
        if job is None:
            offer = await self.offers.once_more(request, delivery)
            return self.offers.answer(offer, delivery) if offer else answers.fault()
        if fresh:
            return answers.accepted(job)
        return answers.asked_again(job, self.workspace_url, limited=self.runner.limited)


def _delivery(command: dict[str, Any], preset: tuple[str, ...]) -> Delivery:
    return Delivery(
        team_id=command["team_id"],
        channel_id=command["channel_id"],
        user_id=command["user_id"],
        # The same command delivered twice carries the same trigger_id; typed twice, another one.
        key=f"command:{command['trigger_id']}",
        response_url=command.get("response_url"),
        preset=preset,
    )
