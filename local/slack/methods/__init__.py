"""The Web API's methods: what each takes, who may call it, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from local.slack.arguments import Arguments, NoArguments
from local.slack.limits import Tier
from local.slack.methods import blocks, chat, conversations, files, team, views
from local.slack.platform import Platform

Caller = Literal["bot", "app", "anyone"]
_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API. `caller` is the kind of token it takes; one of `scopes` is
    needed, when there are any. Slack reads no JSON body where `json_input` is False."""

    run: Callable[[Platform, Any], dict[str, Any]]
    arguments: type[Arguments]
    tier: Tier
    scopes: tuple[str, ...] = ()
    caller: Caller = "bot"
    json_input: bool = True


_CHAT = ("chat:write",)
_READ_FILES, _WRITE_FILES = ("files:read",), ("files:write",)
METHODS: dict[str, Method] = {
    "apps.connections.open": Method(team.open_connection, NoArguments, Tier.T3, caller="app"),
    "auth.test": Method(team.auth_test, NoArguments, Tier.SPECIAL),
    "blocks.validate": Method(blocks.validate, blocks.Validate, Tier.SPECIAL, caller="anyone"),
    "chat.delete": Method(chat.delete, chat.Pointer, Tier.T3, _CHAT),
    "chat.getPermalink": Method(chat.get_permalink, chat.Permalink, Tier.SPECIAL),
    "chat.postEphemeral": Method(chat.post_ephemeral, chat.PostEphemeral, Tier.T4, _CHAT),
    "chat.postMessage": Method(chat.post_message, chat.PostMessage, Tier.POSTING, _CHAT),
    "chat.update": Method(chat.update, chat.Update, Tier.T3, _CHAT),
    "conversations.history": Method(
        conversations.history, conversations.History, Tier.T3, _HISTORY
    ),
    "conversations.info": Method(conversations.info, conversations.ChannelArgument, Tier.T3, _READ),
    "conversations.join": Method(
        conversations.join, conversations.ChannelArgument, Tier.T3, ("channels:join",)
    ),
    "conversations.list": Method(
        conversations.list_channels, conversations.ListArguments, Tier.T2, _READ
    ),
    "conversations.members": Method(conversations.members, conversations.Members, Tier.T4, _READ),
    "conversations.open": Method(
        conversations.open_channel, conversations.Open, Tier.T3, ("im:write", "mpim:write")
    ),
    "conversations.replies": Method(
        conversations.replies, conversations.Replies, Tier.T3, _HISTORY
    ),
    "files.completeUploadExternal": Method(
        files.complete_upload, files.Complete, Tier.T4, _WRITE_FILES
    ),
    "files.delete": Method(files.delete, files.FileArgument, Tier.T3, _WRITE_FILES),
    "files.getUploadURLExternal": Method(
        files.get_upload_url, files.GetUploadUrl, Tier.T4, _WRITE_FILES, json_input=False
    ),
    "files.info": Method(files.info, files.FileArgument, Tier.T4, _READ_FILES, json_input=False),
    "files.list": Method(files.list_files, files.FileList, Tier.T3, _READ_FILES, json_input=False),
    "reactions.add": Method(team.add_reaction, team.Reaction, Tier.T3, ("reactions:write",)),
    "reactions.remove": Method(team.remove_reaction, team.Reaction, Tier.T2, ("reactions:write",)),
    "team.info": Method(team.team_info, NoArguments, Tier.T3, ("team:read",)),
    "users.conversations": Method(conversations.of_user, conversations.OfUser, Tier.T3, _READ),
    "users.info": Method(team.user_info, team.UserArgument, Tier.T4, ("users:read",)),
    "users.list": Method(team.list_users, NoArguments, Tier.T2, ("users:read",)),
    "views.open": Method(views.open_view, views.Open, Tier.T4),
    "views.publish": Method(views.publish, views.Publish, Tier.T4),
    "views.push": Method(views.push, views.Open, Tier.T4),
    "views.update": Method(views.update, views.Update, Tier.T4),
}
