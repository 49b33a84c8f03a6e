"""What Slack says to us. The one table of command, shortcut, action, view and event → function; each acks last."""

from slack_bolt.async_app import AsyncApp

from bot.render.buttons import Action
from bot.render.form import MAKE
from bot.render.modal import HAVE_ID
from bot.render.preset import EDIT
from bot.render.rules import SET
from bot.render.share import SHARE
from bot.runner import Runner
from bot.variations import Variation
from handlers.buttons import Buttons
from handlers.clips import Clips
from handlers.command import Command
from handlers.home import Home
from handlers.modal import Modals
from handlers.offers import Offers
from handlers.presets import Presets
from handlers.rules import Rules
from handlers.shares import Shares
from handlers.shortcut import ANYWHERE, ON_MESSAGE, Shortcuts
from handlers.talk import Talk

COMMAND = "/reel"


def register(
    app: AsyncApp, runner: Runner, workspace_url: str, insecure_host: str | None = None
) -> None:
    """Connect everything that the manifest names or that is rendered to its handler.

    `insecure_host`: the one host to which links may be plain http.
    """
    offers = Offers(runner, workspace_url, insecure_host)
    buttons, modals = Buttons(runner), Modals(runner, offers)
    shortcuts, talk, presets = Shortcuts(runner), Talk(runner), Presets(runner)
    home = Home(runner, workspace_url)
    rules = Rules(runner, home)
    clips = Clips(runner, workspace_url, insecure_host, Shares(runner))
    app.command(COMMAND)(Command(runner, offers, workspace_url).reel)
    app.message_shortcut(ON_MESSAGE)(shortcuts.on_message)
    app.global_shortcut(ANYWHERE)(shortcuts.anywhere)
    app.action(Action.CANCEL.value)(buttons.cancel)
    app.action(Action.LOOK_AGAIN.value)(buttons.look_again)
    app.action(Action.HAVE_ID.value)(buttons.have_id)
    app.action(Action.CUT_ANEW.value)(buttons.cut_anew)
    app.action(Action.CHANGE_ASK.value)(buttons.change_ask)
    app.action(Action.OPEN_FORM.value)(buttons.open_form)
    app.action(Action.OFFER_ANEW.value)(offers.anew)
    app.action(Action.CHANGED.value)(modals.changed)
    app.action(Action.SUGGEST.value)(modals.suggest)
    app.action(Action.MORE.value)(modals.more)
    app.action(Action.SHARE.value)(clips.share)
    app.action(Action.COPY_TEXT.value)(clips.copy_text)
    for variation in Variation:
        app.action(variation.value)(clips.vary)
    app.view(SHARE)(clips.shared_to)
    app.action(Action.PRESET_CHANGED.value)(presets.changed)
    app.action(Action.PRESET_CLEAR.value)(presets.clear)
    app.view(MAKE)(modals.make)
    app.view(HAVE_ID)(modals.have_id)
    app.event("app_home_opened")(home.opened)
    app.action(Action.CHANGE_RULES.value)(rules.change)
    for action in (Action.PAUSE, Action.DRAIN, Action.GO_ON):
        app.action(action.value)(rules.halt)
    app.view(SET)(rules.save)
    app.view(EDIT)(presets.save)
    app.event("app_mention")(talk.mentioned)
    app.event("message")(talk.written)
