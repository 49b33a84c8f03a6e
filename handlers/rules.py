"""The rules for the slots, set in the Home tab by those who run Reel."""

from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import rules_form
from bot.outcome import Outcome
from bot.render import rules, sentences
from bot.render.buttons import Action
from bot.rules import Halt
from bot.runner import Runner
from handlers.faults import answering
from handlers.home import Home
from handlers.views import (
    Body,
    by_error,
    by_modal,
    comes_again,
    noticed,
    shown,
    team_id,
    told,
    user_id,
)

_HALTS = {Action.PAUSE: Halt.PAUSED, Action.DRAIN: Halt.DRAINING, Action.GO_ON: None}


@dataclass(frozen=True, slots=True)
class Rules:
    """One method per action id, and the modal that sets them."""

    runner: Runner
    home: Home

    @answering(by_modal)
    async def change(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Change the rules…*: the modal, for those who may."""
        if self.runner.rulebook.may_set(user_id(body)):
            await shown(client, body, rules.edit(await self.runner.rulebook.read()))
        else:
            await told(client, body, Outcome.MAY_NOT_RULE)
        await ack()

    @answering(by_modal)
    async def halt(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Pause*, *Drain*, *Go on*: the tab says so at once, and so does every card that waits."""
        halt = _HALTS[Action(body["actions"][0]["action_id"])]
        if not self.runner.rulebook.may_set(user_id(body)):
            await told(client, body, Outcome.MAY_NOT_RULE)
        elif not await comes_again(self.runner, body):
            await self.runner.rulebook.halt(user_id(body), halt)
            await self.home.show(client, team_id(body), user_id(body))
        await ack()

    @answering(by_error)
    async def save(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Save*: they hold for what is asked from here on."""
        values = body["view"]["state"]["values"]
        chosen, problems = rules_form.read(values, self.runner.slots.quota.limit)
        if problems:
            await ack(response_action="errors", errors=problems)
        elif await comes_again(self.runner, body):
            await ack()
        elif await self.runner.rulebook.set(user_id(body), chosen):
            await self.home.show(client, team_id(body), user_id(body))
            await ack()
        else:
            await noticed(ack, sentences.OUTCOMES[Outcome.MAY_NOT_RULE])
