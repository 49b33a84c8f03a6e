"""`POST /act/file?user=&channel=&name=`: somebody puts a file into a channel; the body is its octets."""

from aiohttp import web

from local.slack.acts.messages import Post, message, thread_of
from local.slack.acts.people import person, writable_place
from local.slack.contents import WrongSize
from local.slack.errors import ActError
from local.slack.methods.files import MAX_OCTETS
from local.slack.platform import Platform
from local.slack.state import File
from local.slack.uploads import octets


class Upload(Post):
    """Besides the file's name what a message may have; its octets are the body."""

    name: str


async def handle_act(request: web.Request, platform: Platform) -> web.Response:
    """Store the body and post a message with it, as the act `message` does."""
    act = Upload.model_validate(dict(request.query))
    user = person(platform, act.user)
    thread_of(platform, writable_place(platform, act.channel, user), act.thread_ts)
    file = await _received(request, platform, user.id, act.name)
    platform.workspace.put_file(file)
    post = act.model_copy(update={"files": [{"id": file.id}]})
    return web.json_response(await message(platform, post))


async def _received(request: web.Request, platform: Platform, user: str, name: str) -> File:
    file_id, created = platform.mint.id("F"), int(platform.clock())
    try:
        size = await platform.contents.receive(file_id, octets(request), MAX_OCTETS)
    except WrongSize as error:
        raise ActError(f"The file is not sent: {error}.") from None
    if size == 0:
        platform.contents.drop(file_id)
        raise ActError("An empty file cannot be sent.")
    return File(file_id, "", name, name, user, size, created, stage="complete")
