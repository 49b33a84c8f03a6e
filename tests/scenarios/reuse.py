"""What scenarios of reuse share: a result of Robin's, and somebody who asks for the same."""

from typing import Any

from bot.render.reuse import NOTHING_SPENT
from tests.scenarios.people import Message, People, said
from tests.scenarios.stage import Stage
from tests.scenarios.wire import CLIP, Answer, as_json, generation

LINK = "https://cdn.test/talk.mp4"
ASK = f"{LINK} the goals clips:1"
Act = tuple[str, dict[str, Any]]


def done(reka_id: str, **clip: object) -> Answer:
    """A job of its own that is completed at once."""
    return as_json(generation("completed", id=reka_id, output=[{**CLIP, **clip}]))


def is_offer(message: Message) -> bool:
    """Fits an offer, which one person alone reads."""
    return bool(message.get("ephemeral_for")) and NOTHING_SPENT in said(message)


async def asks(people: People, text: str, *, user: str = "sam", channel: str = "general") -> str:
    """Somebody types `/reel text`; what is answered."""
    answer = await people.act("command", user=user, channel=channel, command="/reel", text=text)
    assert answer["acked"]
    return str(answer["ack"]["text"])


async def cut_before(app: Stage, people: People, text: str = ASK, channel: str = "general") -> None:
    """Robin has asked, and the clips are there."""
    await people.reel(text, channel=channel)
    await app.settled()


def channel(name: str, **changes: object) -> tuple[Act, Act]:
    """It is opened or changed, and the app is in it."""
    return ("channel", {"channel": name, **changes}), ("member", {"channel": name, "join": True})


OPEN = channel("open-house", members=["robin", "sam", "kim"])
BOARD = channel("board", kind="private", members=["robin", "sam"])
