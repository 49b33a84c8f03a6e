"""What Slack says to us. The one table of command, action and view → function; each reads, asks the runner, acks last."""

from slack_bolt.async_app import AsyncApp

from bot.render.buttons import Action
from bot.render.modal import CUT_ANEW, HAVE_ID
from bot.runner import Runner
from handlers.buttons import Buttons
from handlers.command import Command
from handlers.modal import Modals

COMMAND = "/reel"


def register(app: AsyncApp, runner: Runner, workspace_url: str) -> None:
    """Connect everything that is rendered to its handler."""
    buttons, modals = Buttons(runner), Modals(runner)
    app.command(COMMAND)(Command(runner, workspace_url).reel)
    app.action(Action.CANCEL.value)(buttons.cancel)
    app.action(Action.LOOK_AGAIN.value)(buttons.look_again)
    app.action(Action.HAVE_ID.value)(buttons.have_id)
    app.action(Action.CUT_ANEW.value)(buttons.cut_anew)
    app.view(CUT_ANEW)(modals.cut_anew)
    app.view(HAVE_ID)(modals.have_id)
