"""The page itself: its files, the addresses that lead to it, and what its browser may load."""

from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from local.slack.platform import Platform

FOLDER = Path(__file__).parent / "page"
_LOOPBACK = "http://127.0.0.1:* http://localhost:* https://127.0.0.1:* https://localhost:*"
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": f"'self' data: {_LOOPBACK}",
    "media-src": f"'self' {_LOOPBACK}",  # clips play from the clip service, at another port
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",  # no text ever becomes markup
    "trusted-types": "'none'",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


async def guard(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the policy on an answer, on every one: what is uploaded here may be opened here, too."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


async def index(_request: web.Request) -> web.StreamResponse:
    """`GET /`: the page."""
    return web.FileResponse(FOLDER / "index.html")


async def permalink(request: web.Request, platform: Platform) -> web.StreamResponse:
    """`GET /archives/<channel>/p<ts>`: on to the place in the page, as `chat.getPermalink` names it."""
    channel = platform.workspace.channels.get(request.match_info["channel"])
    if channel is None:
        raise web.HTTPNotFound(text="There is no such channel.\n")
    digits = request.match_info["ts"]
    ts = f"{digits[:-6]}.{digits[-6:]}"
    thread = request.query.get("thread_ts", ts)
    raise web.HTTPFound(f"/#/~/{quote(channel.name or channel.id)}/{quote(thread)}/{ts}")
