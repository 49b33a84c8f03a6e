"""`POST /upload/v1/<ticket>`: the octets of a file, to the address that was given for them.

Protocol: https://docs.slack.dev/messaging/working-with-files/ ; the ticket is the permission, so
there is no token. What Slack answers to a wrong length is not documented: here it is 400.
"""

import time
from collections.abc import AsyncIterator
from dataclasses import replace

from aiohttp import BodyPartReader, web

from local.slack.calls import log_call
from local.slack.contents import CHUNK, WrongSize
from local.slack.faults import UPLOAD
from local.slack.platform import Platform
from local.slack.state import File
from local.slack.wire import failed


async def handle_upload(request: web.Request, platform: Platform) -> web.Response:
    """Store the body, raw or as the one part of a form, when it is as long as was promised."""
    started = time.perf_counter()
    fault = platform.faults.take(UPLOAD)
    file = _awaited(platform, request.match_info["ticket"])
    told = {"file": file and file.id, "length": request.content_length}
    response = await failed(fault, "before", request)
    if response is not None:
        return log_call(platform, UPLOAD, told, response, started=started, fault=fault)
    response = await _stored(request, platform, file) if file else _refused("unknown ticket", 404)
    log_call(platform, UPLOAD, told, response, started=started, fault=fault)
    return await failed(fault, "after", request) or response


def _awaited(platform: Platform, ticket: str) -> File | None:
    """The file an upload URL was given for, until its upload is completed."""
    open_ones = (f for f in platform.workspace.files.values() if f.stage in {"awaited", "stored"})
    return next((file for file in open_ones if file.ticket == ticket), None)


async def _stored(request: web.Request, platform: Platform, file: File) -> web.Response:
    try:
        await platform.contents.receive(file.id, octets(request), file.size, exactly=True)
    except WrongSize as error:
        return _refused(str(error), 400)
    if platform.workspace.files[file.id].stage == "awaited":
        platform.workspace.put_file(replace(file, stage="stored"))
    return web.Response(text=f"OK - {file.size}")


def _refused(why: str, status: int) -> web.Response:
    return web.Response(status=status, text=f"error: {why}\n")


async def octets(request: web.Request) -> AsyncIterator[bytes]:
    """A request's body, piece by piece; of a form its first part. Raises WrongSize."""
    is_form = request.content_type == "multipart/form-data"
    try:
        async for chunk in _first_part(request) if is_form else request.content.iter_chunked(CHUNK):
            yield chunk
    except ConnectionError:
        raise WrongSize("the connection broke") from None


async def _first_part(request: web.Request) -> AsyncIterator[bytes]:
    part = await (await request.multipart()).next()
    while isinstance(part, BodyPartReader) and (chunk := await part.read_chunk(CHUNK)):
        yield chunk
