"""Submitted modals: a confirmed *Cut anew*, and the id of a job at Reka."""

from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.jobs import Delivery
from bot.render import answers, modal, sentences
from bot.runner import Outcome, Runner
from handlers.faults import answering

Body = dict[str, Any]


async def _by_update(given: dict[str, Any]) -> None:
    await _noticed(given["ack"], answers.fault().text)


async def _noticed(ack: AsyncAck, sentence: str) -> None:
    await ack(response_action="update", view=modal.notice(sentence))


@dataclass(frozen=True, slots=True)
class Modals:
    """One method per callback id."""

    runner: Runner

    @answering(_by_update)
    async def cut_anew(self, ack: AsyncAck, body: Body) -> None:
        """The confirmation: from here on a slot may be spent, once, however often it is delivered."""
        if not self.runner.may_spend(body["user"]["id"]):
            await _noticed(ack, sentences.OUTCOMES[Outcome.MAY_NOT_SPEND])
            return
        job, fresh = await self.runner.cut_anew(body["view"]["private_metadata"], _delivery(body))
        if fresh:
            await ack()
        else:
            await _noticed(ack, sentences.CUT_ALREADY if job else sentences.OUTCOMES["too_late"])

    @answering(_by_update)
    async def have_id(self, ack: AsyncAck, body: Body) -> None:
        """Follow the job by the id that was typed."""
        view = body["view"]
        typed = view["state"]["values"][modal.ID_BLOCK][modal.ID_ACTION]["value"] or ""
        outcome = await self.runner.have_id(
            view["private_metadata"], typed.strip(), body["user"]["id"]
        )
        if outcome is Outcome.DONE:
            await ack()
        elif outcome is Outcome.NO_ID:
            errors = {modal.ID_BLOCK: sentences.OUTCOMES[outcome]}
            await ack(response_action="errors", errors=errors)
        else:
            await _noticed(ack, sentences.OUTCOMES[outcome])


def _delivery(body: Body) -> Delivery:
    return Delivery(
        team_id=body["team"]["id"],
        channel_id="",  # the parent's
        user_id=body["user"]["id"],
        key=f"view:{body['view']['id']}",
    )
