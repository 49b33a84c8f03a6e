"""*Make a reel* in a message's menu, and from anywhere: find the videos, open the modal."""

from dataclasses import dataclass, replace

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import videos
from bot.draft import Draft, Note
from bot.preset import begun
from bot.render import form
from bot.request import ReelRequest
from bot.runner import Runner
from bot.videos import Found
from handlers.faults import answering
from handlers.views import Body, by_modal, form_shown, team_id

ON_MESSAGE = "reel_from_message"
ANYWHERE = "reel_from_anywhere"


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """One method per callback id of the manifest."""

    runner: Runner

    @answering(by_modal)
    async def on_message(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """The clips go into that message's own thread."""
        message = body["message"]
        found = videos.found(message)
        preset = await self.runner.presets.in_force(team_id(body), body["channel"]["id"])
        asked = begun(found.links[:1], preset)
        draft = Draft(
            channel_id=body["channel"]["id"],
            thread_ts=message.get("thread_ts") or message["ts"],
            response_url=body.get("response_url"),
            note=_note(found),
            more=form.needs_more(asked),
            preset=preset is not None,
        )
        if len(found.links) > 1:
            draft = replace(draft, found=found.links)
        await form_shown(self.runner, client, body, draft, asked)
        await ack()

    @answering(by_modal)
    async def anywhere(self, ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        """The modal asks where the clips go."""
        await form_shown(self.runner, client, body, Draft(), ReelRequest(()))
        await ack()


def _note(found: Found) -> Note | None:
    if not found.links:
        return Note.LIVES_IN_SLACK if found.in_slack else Note.NOTHING_FOUND
    if found.in_slack:
        return Note.ONE_LIVES_IN_SLACK
    return None if found.sure else Note.NOT_SURE
