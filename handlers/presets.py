"""A channel's preset: its modal is opened, restated as it is filled, saved, and cleared."""

from dataclasses import dataclass, field

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import preset_form
from bot.outcome import Outcome
from bot.preset import Preset
from bot.render import modal, preset, sentences
from bot.runner import Runner
from handlers.faults import answering
from handlers.views import (
    Body,
    Redraws,
    by_error,
    by_modal,
    comes_again,
    may_spend,
    noticed,
    shown,
    team_id,
    told,
    user_id,
)


async def preset_shown(
    runner: Runner, client: AsyncWebClient, body: Body, team_id: str, channel_id: str
) -> None:
    """Open the modal that sets a channel's preset, for those who may."""
    if may_spend(runner, body):
        current = await runner.presets.of(team_id, channel_id)
        view = preset.edit(
            channel_id, current or Preset(), current, translates=runner.presets.translates
        )
        await shown(client, body, view)
    else:
        await told(client, body, Outcome.MAY_NOT_SET)


@dataclass(frozen=True, slots=True)
class Presets:
    """One method per action id in the modal, and its submission."""

    runner: Runner
    redraws: Redraws = field(default_factory=Redraws)

    @answering(by_modal)
    async def changed(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """Something was chosen: what it means is said anew."""
        filled, _ = preset_form.read(body["view"]["state"]["values"])
        current = await self.runner.presets.of(*_place(body))
        view = preset.edit(
            _place(body)[1], filled, current, translates=self.runner.presets.translates
        )
        await self.redraws.redraw(client, body, view)
        await ack()

    @answering(by_modal)
    async def clear(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """*Clear*: the channel's requests begin with nothing again."""
        if not await comes_again(self.runner, body):
            outcome = await self.runner.presets.clear(*_place(body), user_id(body))
            done = outcome is Outcome.DONE
            sentence = preset.CLEARED if done else sentences.OUTCOMES[outcome]
            await self.redraws.redraw(client, body, modal.notice(sentence))
        await ack()

    @answering(by_error)
    async def save(self, ack: AsyncAck, body: Body) -> None:
        """*Save*: from here on the channel's requests begin with this."""
        chosen, problems = preset_form.read(body["view"]["state"]["values"])
        if problems:
            await ack(response_action="errors", errors=problems)
            return
        if await comes_again(self.runner, body):
            await ack()
            return
        outcome = await self.runner.presets.set(*_place(body), user_id(body), chosen)
        done = outcome is Outcome.DONE
        await noticed(ack, preset.saved(chosen) if done else sentences.OUTCOMES[outcome])


def _place(body: Body) -> tuple[str, str]:
    """The workspace and the channel that the modal was opened for."""
    return team_id(body), body["view"]["private_metadata"]
