"""The people of the world: who asks for what and when, which buttons they press, and what they were answered."""

import json
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from bot.draft import drafted
from bot.form import Field, delivery_key, read
from bot.render.buttons import Action as Button
from bot.render.form import MAKE
from bot.values import Values
from handlers.shortcut import ON_MESSAGE
from tests.simulation.chance import Chance
from tests.simulation.reka import Reka
from tests.simulation.slack import Channel, Slack

Payload = dict[str, Any]

ACCEPTED = "On it"
"""What the app's answer to an accepted command begins with."""
OFFERED = "Nothing was started and nothing is spent."
"""What an answer says that offers what was cut before."""
_USERS = ("UANN", "UBOB")


@dataclass(frozen=True, slots=True)
class Action:
    """One delivery from Slack to the app. `request` names what the person did: the same one twice is a redelivery.

    Without a payload: somebody looks at the cards and presses a button, if there is one.
    """

    at: float
    request: str
    payload: Payload | None = None


@dataclass(slots=True)
class People:
    """What they will do, in order of time, and what came back."""

    chance: Chance
    actions: list[Action] = field(default_factory=list)
    #: The texts that each request was answered with, as far as an answer came.
    answers: dict[str, list[str]] = field(default_factory=dict)
    delivered: dict[str, Payload] = field(default_factory=dict)
    #: What was offered of before, by the request that was answered with it.
    offers: dict[str, list[Payload]] = field(default_factory=dict)
    #: Ids of Reka's that somebody typed, right or wrong.
    typed: set[str] = field(default_factory=set)
    #: The channels that they know.
    places: list[str] = field(default_factory=list)
    random: Random = field(init=False)
    ways: Random = field(init=False)
    reuse: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = self.chance.stream("people")
        self.ways = self.chance.stream("ways in")
        self.reuse = self.chance.stream("reuse")

    def plan(self, channels: list[Channel]) -> None:
        """One to six asks, some of them the same at once, some delivered more than once; and now and then a press."""
        self.places = [channel.id for channel in channels]
        for number in range(self.random.choice((1, 1, 2, 3, 4, 6))):
            self._ask(number, channels)
        if self.random.random() < 0.5:
            for number in range(self.random.choice((2, 5, 12))):
                self.plan_one(
                    Action(
                        self.random.choice((30, 300, 3000)) * self.random.random(), f"press{number}"
                    )
                )

    def come_back(self, now: float) -> None:
        """The app was away: what was to happen meanwhile happens soon, not all at once."""
        late = [action for action in self.actions if action.at < now]
        for action in late:
            patience = 1200.0 if action.payload is None else 5.0
            self.actions.remove(action)
            self.actions.append(replace(action, at=now + self.random.uniform(0, patience)))
        self.actions.sort(key=lambda planned: (planned.at, planned.request))

    def plan_one(self, action: Action) -> None:
        """Add one delivery, and perhaps the same again."""
        again = self._redelivered(action) if action.payload else []
        self.actions += [action, *again]
        self.actions.sort(key=lambda planned: (planned.at, planned.request))

    def _ask(self, number: int, channels: list[Channel]) -> None:
        random = self.random
        at = random.choice((1.0, random.uniform(0, 60), random.uniform(0, 600)))
        channel, user = random.choice(channels).id, random.choice(_USERS)
        text = f"https://example.com/{number}.mp4 the {number} best clips:{random.randint(1, 3)}"
        copies = 2 if random.random() < self.chance.rate("people.same twice") else 1
        for copy in range(copies):
            later = at + random.choice((0.0, 0.0, random.uniform(0, 120))) * copy
            # The app answers the same person's same request with the first card; others are offered it, or its result.
            asker = random.choice((user, *_USERS)) if copy else user
            elsewhere = copy and self.reuse.random() < 0.3
            place = self.reuse.choice(channels).id if elsewhere else channel
            request = f"{number}.{copy}"
            way = command if self.ways.random() < 0.8 else on_message
            self.plan_one(Action(later, request, way(request, later, place, asker, text)))
        if self.reuse.random() < 0.3:  # in a while, somebody somewhere finds the same video
            later = at + self.reuse.uniform(30, 1800)
            place, asker = self.reuse.choice(channels).id, self.reuse.choice(_USERS)
            request = f"{number}.later"
            self.plan_one(Action(later, request, command(request, later, place, asker, text)))

    def _redelivered(self, action: Action) -> list[Action]:
        random = self.random
        if self.chance.calm or random.random() >= self.chance.rate("people.delivered again"):
            return []
        pauses = random.choice(((0.0,), (0.0, 0.5), (1.0, 60.0, 300.0), (7200.0,)))
        return [Action(action.at + pause, action.request, action.payload) for pause in pauses]

    def press(self, slack: Slack, request: str) -> Payload | None:
        """Somebody presses one of the buttons that the cards show now; None when there is none."""
        buttons = [
            (message, element)
            for message in slack.messages.values()
            if slack.visible(message)
            for block in message.newest.get("blocks") or []
            if block["type"] == "actions"
            for element in block["elements"]
        ]
        if not buttons:
            return None
        # Every running job can be cancelled; what only some jobs offer is pressed as often.
        kinds = sorted({button["action_id"] for _, button in buttons})
        kind = self.random.choice(kinds)
        message, button = self.random.choice([b for b in buttons if b[1]["action_id"] == kind])
        user = self.random.choice((_user_of(slack, button["value"]), *_USERS))
        return {**_pressed(request, message.channel, user, button), "message": {"ts": message.ts}}

    def submit(self, reka: Reka, view: Payload, user: str, view_id: str, at: float) -> None:
        """Somebody fills in the modal that the app has opened, and sends it."""
        payload = _submission(view, user, view_id)
        given = payload["view"]
        given["state"] = {"values": self._filled_in(view)}
        if view["callback_id"] == "have_id":
            known = [*reka.generations] or ["12345678-none"]
            typed = self.random.choice((*known, "no id"))
            self.typed.add(typed)
            given["state"] = {"values": {"reka_id": {"id": {"value": typed}}}}
        self.plan_one(Action(at + self.random.uniform(1, 30), f"view.{view_id}", payload))

    def answered(self, action: Action, ack: Payload, at: float) -> None:
        """The app's answer arrived. Whoever is offered what there is, wants it all the same as often as not."""
        text = str(ack.get("text", "" if not ack else json.dumps(ack)))
        self.answers.setdefault(action.request, []).append(text)
        self.chance.trace.add("people", f"{action.request} was answered: {text[:60]!r}")
        if OFFERED in text:
            first = action.request not in self.offers
            self.offers.setdefault(action.request, []).append(ack)
            if first and self.reuse.random() < 0.7:
                self._goes_on(action.request, ack, at)

    def _goes_on(self, request: str, ack: Payload, at: float) -> None:
        """*Cut anew…* under the answer to a command, *Make* once more in a form."""
        asked = self.delivered[request]
        if "view" in ack:
            again = _submission(ack["view"], asked["user"]["id"], asked["view"]["id"])
            again["view"]["state"] = {"values": self._filled_in(ack["view"])}
            self.plan_one(Action(at + self.reuse.uniform(1, 30), f"{request}.offered", again))
            return
        [button] = [
            element
            for block in ack["blocks"]
            if block["type"] == "actions"
            for element in block["elements"]
            if element["action_id"] == Button.OFFER_ANEW
        ]
        pressed = _pressed(f"anew.{request}", asked["channel_id"], asked["user_id"], button)
        self.plan_one(Action(at + self.reuse.uniform(1, 30), f"anew.{request}", pressed))

    def accepted(self) -> dict[str, str]:
        """The requests that the app said yes to, each with the delivery key that its job carries."""
        keys = {}
        for request, texts in self.answers.items():
            payload = self.delivered[request]
            if "command" in payload and any(ACCEPTED in text for text in texts):
                keys[request] = f"command:{payload['trigger_id']}"
            elif confirms(payload) and "" in texts:
                keys[request] = made_by(payload)
        return keys

    def _filled_in(self, view: Payload) -> Values:
        """What stands in a modal's inputs; now and then somebody looks for something else."""
        values: dict[str, dict[str, dict[str, object]]] = {}
        for block in view["blocks"]:
            if block["type"] == "input":
                element = block["element"]
                entry = {"value": element.get("initial_value")}
                if "options" in element:
                    entry = {"selected_option": element["initial_option"]}
                elif block["block_id"] == Field.PROMPT and self.random.random() < 0.5:
                    entry = {"value": f"{entry['value'] or ''} or else"}
                elif element["type"] == "conversations_select":
                    start = element.get("initial_conversation")
                    entry = {"selected_conversation": start or self.random.choice(self.places)}
                values[block["block_id"]] = {element["action_id"]: entry}
        return values


def _pressed(request: str, channel: str, user: str, button: Payload) -> Payload:
    """A press on a button of a message."""
    action = {"type": "button", "action_id": button["action_id"], "value": button["value"]}
    return {
        "type": "block_actions",
        "trigger_id": f"trigger.{request}",
        "team": {"id": "T1", "domain": "sim"},
        "user": {"id": user},
        "api_app_id": "A1",
        "channel": {"id": channel},
        "actions": [{**action, "action_ts": request, "block_id": "b"}],
    }


def _submission(view: Payload, user: str, view_id: str) -> Payload:
    """A modal is sent."""
    return {
        "type": "view_submission",
        "team": {"id": "T1", "domain": "sim"},
        "user": {"id": user},
        "api_app_id": "A1",
        "view": {**view, "id": view_id},
    }


def made_by(payload: Payload) -> str:
    """The delivery key of a submitted form."""
    view = payload["view"]
    draft = drafted(view["private_metadata"])
    return delivery_key(view["id"], draft, read(view["state"]["values"], draft)[0])


def confirms(payload: Payload) -> bool:
    """Whether this is the *Make* of a modal that spends a slot."""
    submitted = payload.get("type") == "view_submission"
    return submitted and payload["view"]["callback_id"] == MAKE


def _user_of(slack: Slack, job_id: str) -> str:
    # The root of the thread mentions who asked; whose card this is, is on none of the buttons.
    for message in slack.messages.values():
        if job_id in json.dumps(message.newest.get("blocks")) and message.thread_ts:
            root = slack.messages.get((message.channel, message.thread_ts))
            if root and (found := root.mentioned()):
                return found[0]
    return _USERS[0]


def command(request: str, at: float, channel: str, user: str, text: str) -> Payload:
    """A slash command as Socket Mode delivers it."""
    return {
        "command": "/reel",
        "text": text,
        "team_id": "T1",
        "team_domain": "sim",
        "channel_id": channel,
        "channel_name": "somewhere",
        "user_id": user,
        "user_name": user.lower(),
        "api_app_id": "A1",
        "trigger_id": f"trigger.{request}",
        "response_url": f"https://slack.example/hooks/{request}/{at}",
    }


def on_message(request: str, at: float, channel: str, user: str, text: str) -> Payload:
    """*Make a reel* in the menu of a message with this text."""
    return {
        "type": "message_action",
        "callback_id": ON_MESSAGE,
        "trigger_id": f"trigger.{request}",
        "team": {"id": "T1", "domain": "sim"},
        "user": {"id": user},
        "api_app_id": "A1",
        "channel": {"id": channel, "name": "somewhere"},
        "message": {"type": "message", "user": user, "ts": f"1700000000.{request}", "text": text},
        "response_url": f"https://slack.example/hooks/{request}/{at}",
    }
