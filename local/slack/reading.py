"""The workspace as JSON, for tests and a page: `/state`, `/state/messages`, `/changes`."""

from typing import Any

from aiohttp import web

from local.slack.acts.people import any_channel
from local.slack.errors import ActError
from local.slack.faults import NOT_METHODS
from local.slack.methods import METHODS
from local.slack.modals import shown_view
from local.slack.platform import Platform
from local.slack.state import record

Json = dict[str, Any]
MAX_WAIT_S = 60.0


async def state(_request: web.Request, platform: Platform) -> web.Response:
    """`GET /state`: everything there is, ephemeral messages and views included."""
    workspace = platform.workspace
    bot = workspace.team.bot_user
    body = {
        "team": record(workspace.team),
        "app": dict(platform.settings.offers),
        "users": [record(user) for user in workspace.users.values()],
        "channels": [
            record(channel) | {"bot_is_member": bot in channel.members}
            for channel in workspace.channels.values()
        ],
        "messages": [
            workspace.shown(message)
            for channel in workspace.messages.values()
            for message in channel.values()
        ],
        "files": [
            workspace.shown_file(file)
            for file in workspace.files.values()
            if file.stage == "complete"
        ],
        "views": [
            shown_view(platform, view) | {"user": view.user} for view in workspace.views.values()
        ],
        "sockets": platform.sockets.open,
        "request_url": _request_url(platform),
        "faults": {**platform.faults.armed(), "methods": [*METHODS, *NOT_METHODS]},
        "seq": platform.changes.seq,
    }
    return web.json_response(body)


def _request_url(platform: Platform) -> Json | None:
    url = platform.request_url
    return {"url": url.url, "verified": url.verified} if url else None


async def messages(request: web.Request, platform: Platform) -> web.Response:
    """`GET /state/messages?channel=general&thread_ts=...`: oldest first, the parent included."""
    channel = any_channel(platform, request.query.get("channel", ""))
    thread_ts = request.query.get("thread_ts")
    found = [
        platform.workspace.shown(message)
        for message in platform.workspace.messages[channel.id].values()
        if thread_ts in (None, message.root)
    ]
    return web.json_response({"messages": found})


async def changes(request: web.Request, platform: Platform) -> web.Response:
    """`GET /changes?after=SEQ&wait=SECONDS`: what happened since, waiting for it if need be."""
    try:
        after = int(request.query.get("after", "0"))
        wait = min(float(request.query.get("wait", "0")), MAX_WAIT_S)
    except ValueError:
        raise ActError("after is a number of the log, wait a number of seconds.") from None
    found = await platform.changes.wait_after(after, wait)
    text = ", ".join(change.json for change in found)
    body = f'{{"seq": {platform.changes.seq}, "changes": [{text}]}}'
    return web.Response(text=body, content_type="application/json")
