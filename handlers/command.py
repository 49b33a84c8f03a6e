"""`/reel`: read what was typed, hand it to the runner, restate it."""

from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot import ask
from bot.jobs import Delivery
from bot.render import answers
from bot.render.blocks import Message
from bot.runner import Runner
from handlers.faults import answering


async def _by_ack(given: dict[str, Any]) -> None:
    message = answers.fault()
    await given["ack"](text=message.text, blocks=message.blocks)


@dataclass(frozen=True, slots=True)
class Command:
    """The handler of the slash command. A bound method, since Bolt injects arguments by name."""

    runner: Runner
    workspace_url: str

    @answering(_by_ack)
    async def reel(self, ack: AsyncAck, command: dict[str, Any]) -> None:
        """Answer the person alone; the channel hears of the job through its card."""
        message = await self._answer(command)
        await ack(text=message.text, blocks=message.blocks)

    async def _answer(self, command: dict[str, Any]) -> Message:
        text = str(command.get("text") or "")
        if text.strip().lower() in {"", "help"}:
            return answers.help_text()
        try:
            request = ask.read(text)
        except ask.Misunderstood as error:
            return answers.misunderstood(error.problems)
        if not self.runner.may_spend(command["user_id"]):
            return answers.may_not_spend()
        job, fresh = await self.runner.submit(request, _delivery(command))
        return answers.accepted(job) if fresh else answers.asked_again(job, self.workspace_url)


def _delivery(command: dict[str, Any]) -> Delivery:
    return Delivery(
        team_id=command["team_id"],
        channel_id=command["channel_id"],
        user_id=command["user_id"],
        # The same command delivered twice carries the same trigger_id; typed twice, another one.
        key=f"command:{command['trigger_id']}",
        response_url=command.get("response_url"),
    )
