"""A file as Slack's APIs show it.

Shape: https://docs.slack.dev/reference/objects/file-object and the example of
https://docs.slack.dev/reference/methods/files.info
"""

import re
from collections.abc import Iterable
from typing import Any

from local.slack.file_types import file_type
from local.slack.state import Channel, File, Message, Team

Json = dict[str, Any]
Share = tuple[Channel, Message, list[Message]]  # where, which message, and what was answered to it


def file_object(file: File, team: Team, address: str, shares: Iterable[Share]) -> Json:
    """A file with its addresses under `address` and everywhere it was shared."""
    if file.stage == "deleted":
        return {"id": file.id, "mode": "tombstone"}
    shares = list(shares)
    kind = file_type(file.name)
    name = slug(file.name)
    private = f"{address}/files-pri/{team.id}-{file.id}"
    channels = list(dict.fromkeys((channel.kind, channel.id) for channel, _, _ in shares))
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": kind.mimetype,
        "filetype": kind.filetype,
        "pretty_type": kind.pretty,
        "user": file.user,
        "user_team": team.id,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(kind == "public" for kind, _ in channels),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{private}/{name}",
        "url_private_download": f"{private}/download/{name}",
        "permalink": f"{address}/files/{file.user}/{file.id}/{name}",
        "permalink_public": f"{address}/files-public/{team.id}-{file.id}",
        "comments_count": 0,
        "is_starred": False,
        "shares": _shares(shares, team),
        "channels": [channel for kind, channel in channels if kind == "public"],
        "groups": [channel for kind, channel in channels if kind == "private"],
        "ims": [channel for kind, channel in channels if kind == "im"],
        "has_rich_preview": False,
        "file_access": "visible",
        **({"alt_txt": file.alt_txt} if file.alt_txt else {}),
    }


def _shares(shares: list[Share], team: Team) -> Json:
    found: dict[str, dict[str, list[Json]]] = {}
    for channel, message, replies in shares:
        visibility = "public" if channel.kind == "public" else "private"
        entry = _share(channel, message, replies, team)
        found.setdefault(visibility, {}).setdefault(channel.id, []).append(entry)
    return found


def _share(channel: Channel, message: Message, replies: list[Message], team: Team) -> Json:
    authors = list(dict.fromkeys(reply.user for reply in replies))
    share: Json = {
        "reply_users": authors,
        "reply_users_count": len(authors),
        "reply_count": len(replies),
        "ts": message.ts,
        "channel_name": channel.name,
        "team_id": team.id,
        "share_user_id": message.user,
    }
    if message.is_reply:
        share["thread_ts"] = message.thread_ts
    return share


def slug(name: str) -> str:
    """A name as it stands in an address."""
    return re.sub(r"[^a-z0-9.-]+", "_", name.lower()).lstrip(".") or "file"
