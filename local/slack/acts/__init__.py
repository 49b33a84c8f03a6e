"""What people do in Slack, over HTTP: `POST /act/<verb>` with a JSON body.

For tests and the demo; there is no token, so the server only listens to this machine.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from local.slack.acts import accounts, channels, clicks, commands, messages, modals, operations
from local.slack.platform import Platform


@dataclass(frozen=True, slots=True)
class Act:
    """A verb: what its body holds and what it does. Raises ActError."""

    run: Callable[[Platform, Any], Awaitable[dict[str, Any]]]
    body: type[BaseModel]


ACTS: dict[str, Act] = {
    "command": Act(commands.command, commands.Command),
    "shortcut": Act(commands.shortcut, commands.Shortcut),
    "message": Act(messages.message, messages.Post),
    "click": Act(clicks.click, clicks.Click),
    "submit": Act(modals.submit, modals.Submit),
    "close": Act(modals.close, modals.Close),
    "home": Act(modals.home, modals.OpenHome),
    "channel": Act(channels.channel, channels.ChannelSettings),
    "person": Act(accounts.joins, accounts.Person),
    "account": Act(accounts.account, accounts.Account),
    "member": Act(operations.member, operations.Membership),
    "archive": Act(operations.archive, operations.Archive),
    "fault": Act(operations.fault, operations.Fault),
    "clear_faults": Act(operations.clear_faults, operations.ClearFaults),
    "disconnect": Act(operations.disconnect, operations.Disconnect),
    "lose_ack": Act(operations.lose_ack, operations.LoseAck),
}
