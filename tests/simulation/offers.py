"""What must hold of offers: nothing is started by one, and none crosses a privacy border."""

import json
from collections.abc import Iterator
from typing import Any

from bot import form
from bot.draft import drafted
from tests.simulation.outcome import Outcome
from tests.simulation.people import made_by
from tests.simulation.slack import GUESTS

_CLIPS = "https://cdn.example/"


def what_was_offered_is_no_job(outcome: Outcome) -> Iterator[str]:
    """Who was offered what was cut before, and told that nothing was started, was told the truth."""
    keys = {job.delivery_key for job in outcome.jobs}
    people = outcome.world.people
    for request in people.offers:
        payload = people.delivered[request]
        view = payload.get("view", {})
        key = made_by(payload) if view else f"command:{payload['trigger_id']}"
        if key in keys:
            yield f"request {request} was answered with an offer, and is a job"


def no_offer_crosses_a_border(outcome: Outcome) -> Iterator[str]:
    """No clip of a private channel is offered elsewhere, nor to a guest one of a channel that this guest is not in."""
    people, slack = outcome.world.people, outcome.world.slack
    for request, offers in people.offers.items():
        here, viewer = _asked_at(people.delivered[request])
        for job in outcome.jobs:
            guest_of = GUESTS.get(viewer, (job.channel_id,))
            open_to = slack.channels[job.channel_id].public and job.channel_id in guest_of
            seen = any(f"{_CLIPS}{job.reka_id}/" in json.dumps(offer) for offer in offers)
            if seen and job.channel_id != here and not open_to:
                yield f"{job.id} of {job.channel_id} was offered to {viewer} in {here} by {request}"


def _asked_at(payload: dict[str, Any]) -> tuple[str, str]:
    """The channel in which something was asked for, and by whom."""
    if "command" in payload:
        return payload["channel_id"], payload["user_id"]
    view = payload["view"]
    chosen = drafted(view["private_metadata"]).channel_id or form.channel(view["state"]["values"])
    return str(chosen), payload["user"]["id"]
