"""`/files-pri/...` and `/files/...`: the octets of a file, whole or a range of them.

The app comes with its token, people come from the workspace's own pages. Whoever has neither gets
a page to sign in with, as in Slack, where forgetting the token fills a file with HTML.
"""

from urllib.parse import quote, urlsplit

from aiohttp import web

from local.slack.access import can_see_file
from local.slack.file_objects import slug
from local.slack.file_types import file_type
from local.slack.platform import Platform
from local.slack.state import File

SCOPE = "files:read"
_SHOWN = ("video/", "audio/", "image/png", "image/jpeg", "image/gif", "image/webp")
_SIGN_IN = "<!DOCTYPE html><title>Sign in</title><p>Sign in to see this file.\n"


async def handle_file(request: web.Request, platform: Platform) -> web.StreamResponse:
    """`url_private` and `permalink`: to be looked at where that is safe."""
    return _answer(request, platform, attachment=False)


async def handle_download(request: web.Request, platform: Platform) -> web.StreamResponse:
    """`url_private_download`: to be kept."""
    return _answer(request, platform, attachment=True)


def _answer(request: web.Request, platform: Platform, *, attachment: bool) -> web.StreamResponse:
    by_app = "Authorization" in request.headers
    if not (_has_token(request, platform) if by_app else _is_person(request)):
        return web.Response(text=_SIGN_IN, content_type="text/html")
    file = platform.workspace.files.get(request.match_info["file"])
    if file is None or file.stage != "complete" or (by_app and not can_see_file(platform, file)):
        return web.Response(status=404, text="There is no such file.\n")
    path = platform.contents.path(file.id)
    return web.FileResponse(path, headers=_headers(file, attachment=attachment))


def _has_token(request: web.Request, platform: Platform) -> bool:
    settings = platform.settings
    given = request.headers["Authorization"]
    return given == f"Bearer {settings.bot_token}" and SCOPE in settings.scopes


def _is_person(request: web.Request) -> bool:
    """Whether a browser asks for this from our own page, or because somebody typed it in."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:  # an older browser
        return urlsplit(request.headers.get("Referer", "")).netloc == request.host
    return site in {"same-origin", "none"}


def _headers(file: File, *, attachment: bool) -> dict[str, str]:
    """Only media is shown in place: a page that somebody uploaded must not run as ours."""
    mimetype = file_type(file.name).mimetype
    shown = mimetype.startswith(_SHOWN) and not attachment
    name = f"filename=\"{slug(file.name)}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    return {
        "Content-Type": mimetype,
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; {name}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private",
    }
