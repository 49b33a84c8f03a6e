"""files.*: uploads in three steps, and what is known about a file.

Rules and error names: https://docs.slack.dev/reference/methods/files.getUploadURLExternal and
its siblings.
"""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, Field

from local.slack.access import can_see_file, postable_channel, thread_root
from local.slack.arguments import Arguments, JsonList, from_json
from local.slack.errors import ApiError
from local.slack.platform import Platform
from local.slack.posting import accepted_blocks
from local.slack.sharing import share_soon
from local.slack.state import File, Sharing

Json = dict[str, Any]
MAX_OCTETS = 1024**3
MAX_ALT_TEXT = 1_000
MAX_CHANNELS = 100


class GetUploadUrl(Arguments):
    filename: str = Field(min_length=1)
    length: int
    alt_txt: str | None = None


class Uploaded(BaseModel):
    """One entry of `files`."""

    id: str
    title: str | None = None


class Complete(Arguments):
    """Without a channel the files stay the app's own. `initial_comment` wins over `blocks`."""

    files: Annotated[list[Uploaded], from_json, Field(min_length=1)]
    channel_id: str | None = Field(default=None, pattern="^[CGDZ]")
    channels: str = ""
    thread_ts: str | None = None
    initial_comment: str | None = None
    blocks: JsonList | None = None


class FileArgument(Arguments):
    file: str


class FileList(Arguments):
    """A page of files, the newest first."""

    channel: str | None = None
    user: str | None = None
    count: Annotated[int, Field(ge=1, le=1000)] = 100
    page: Annotated[int, Field(ge=1)] = 1


def get_upload_url(platform: Platform, args: GetUploadUrl) -> Json:
    if args.length < 1:
        raise ApiError("missing_argument")
    if args.length > MAX_OCTETS:
        raise ApiError("file_upload_size_restricted")
    if len(args.alt_txt or "") > MAX_ALT_TEXT:
        raise ApiError("alt_txt_too_large")
    file = platform.workspace.put_file(
        File(
            platform.mint.id("F"),
            platform.mint.secret(48),
            args.filename,
            args.filename,
            platform.workspace.team.bot_user,
            args.length,
            int(platform.clock()),
            args.alt_txt or "",
        )
    )
    return {"upload_url": f"{platform.address}/upload/v1/{file.ticket}", "file_id": file.id}


def complete_upload(platform: Platform, args: Complete) -> Json:
    """Either all the files are completed and will be shared, or none."""
    files = [_completed(platform, each) for each in args.files]
    sharing = _sharing(platform, args)
    for file in files:
        platform.workspace.put_file(file)
    if sharing.channels:
        share_soon(platform, sharing)
    return {"files": [platform.workspace.shown_file(file) for file in files]}


def info(platform: Platform, args: FileArgument) -> Json:
    file = _visible(platform, args.file)
    return {
        "file": platform.workspace.shown_file(file),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


def delete(platform: Platform, args: FileArgument) -> Json:
    file = _visible(platform, args.file)
    if file.user != platform.workspace.team.bot_user:
        raise ApiError("cant_delete_file")
    platform.workspace.delete_file(file)
    platform.contents.drop(file.id)
    return {}


def list_files(platform: Platform, args: FileList) -> Json:
    found = [
        file
        for file in reversed(platform.workspace.files.values())
        if file.stage == "complete"
        and can_see_file(platform, file)
        and args.channel in (None, *file.shares)
        and args.user in (None, file.user)
    ]
    start = (args.page - 1) * args.count
    shown = [platform.workspace.shown_file(file) for file in found[start : start + args.count]]
    pages = -(-len(found) // args.count)
    paging = {"count": args.count, "total": len(found), "page": args.page, "pages": pages}
    return {"files": shown, "paging": paging}


def _completed(platform: Platform, uploaded: Uploaded) -> File:
    """The file of a ticket whose octets have come. A ticket is good for one completion."""
    file = platform.workspace.files.get(uploaded.id)
    if file is None or file.stage != "stored":
        raise ApiError("file_not_found")
    return replace(file, title=uploaded.title or file.title, stage="complete")


def _sharing(platform: Platform, args: Complete) -> Sharing:
    """Where and with what words the files will appear. Raises ApiError."""
    wanted = [args.channel_id or "", *args.channels.split(",")]
    channels = [
        postable_channel(platform, each.strip()) for each in dict.fromkeys(wanted) if each.strip()
    ]
    if len(channels) > MAX_CHANNELS:
        raise ApiError("channels_limit_exceeded")
    if args.thread_ts and len(channels) != 1:
        raise ApiError("invalid_arguments")
    return Sharing(
        platform.mint.id("Sh"),
        [each.id for each in args.files],
        [channel.id for channel in channels],
        args.initial_comment or "",
        [] if args.initial_comment else accepted_blocks(platform, args.blocks),
        thread_root(platform, channels[0], args.thread_ts) if args.thread_ts else None,
    )


def _visible(platform: Platform, file_id: str) -> File:
    file = platform.workspace.files.get(file_id)
    if file is None or file.stage in {"awaited", "stored"} or not can_see_file(platform, file):
        raise ApiError("file_not_found")
    if file.stage == "deleted":
        raise ApiError("file_deleted")
    return file
