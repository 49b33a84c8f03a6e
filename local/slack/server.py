"""The workspace as one HTTP server: built, bound, and closed in reverse order."""

import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import BaseModel, ValidationError

from local.slack import downloads, page_files, reading, seed
from local.slack.acts import ACTS
from local.slack.acts import files as acts_files
from local.slack.answers import handle_response_url
from local.slack.background import Background
from local.slack.changes import ChangeLog
from local.slack.contents import Contents
from local.slack.deliveries import Deliveries
from local.slack.errors import ActError
from local.slack.faults import Faults
from local.slack.limits import RateLimits
from local.slack.mint import Clock, Mint
from local.slack.platform import Platform, Settings
from local.slack.records import Records
from local.slack.request_url import RequestUrl
from local.slack.response_urls import ResponseUrls
from local.slack.sharing import share_the_rest
from local.slack.sockets import SocketMode
from local.slack.triggers import Triggers
from local.slack.uploads import handle_upload
from local.slack.webapi import handle_call
from local.slack.workspace import Workspace

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
WithPlatform = Callable[[web.Request, Platform], Awaitable[web.StreamResponse]]
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
MAX_BODY = 8 * 1024 * 1024


@asynccontextmanager
async def running(settings: Settings, clock: Clock = time.time) -> AsyncIterator[Platform]:
    """A workspace that listens, until the block is left."""
    with (
        socket.create_server((settings.host, settings.port)) as listener,
        Records(settings.data) as records,
    ):
        port = listener.getsockname()[1]
        platform = build(settings, f"http://{settings.host}:{port}", records, clock)
        runner = web.AppRunner(application(platform), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            share_the_rest(platform)
            if platform.request_url is not None:
                platform.background.start(platform.request_url.open())
            yield platform
        finally:
            await platform.background.close()
            await platform.deliveries.close()
            await platform.sockets.close()
            if platform.request_url is not None:
                await platform.request_url.close()
            await runner.cleanup()


def build(settings: Settings, address: str, records: Records, clock: Clock) -> Platform:
    """The parts of a workspace, put together."""
    mint = Mint(clock)
    changes = ChangeLog(clock)
    faults = Faults(changes)
    timeout = settings.ack_timeout
    sockets = SocketMode(seed.TEAM.app_id, changes, faults, mint, ack_timeout=timeout)
    url, secret = settings.deliver_to, settings.signing_secret
    request_url = (
        RequestUrl(url, secret, changes, faults, clock, ack_timeout=timeout) if url else None
    )
    return Platform(
        settings=settings,
        address=address,
        clock=clock,
        mint=mint,
        changes=changes,
        workspace=Workspace(records, changes, mint, address),
        contents=Contents(settings.data / "files"),
        background=Background(),
        sockets=sockets,
        request_url=request_url,
        deliveries=Deliveries(request_url or sockets, settings.event_retries),
        triggers=Triggers(clock, mint),
        response_urls=ResponseUrls(address, seed.TEAM.id, clock, mint),
        limits=RateLimits(clock, settings.rate_limit_factor),
        faults=faults,
    )


def application(platform: Platform) -> web.Application:
    """The routes."""

    def serve(handler: WithPlatform) -> Handler:
        async def served(request: web.Request) -> web.StreamResponse:
            return await handler(request, platform)

        return served

    app = web.Application(
        client_max_size=MAX_BODY, middlewares=[_only_this_machine(platform), _sentences]
    )
    app.add_routes(
        [
            web.get("/link", platform.sockets.link),
            web.route("*", "/api/{method}", serve(handle_call)),
            web.post("/response/{team}/{secret}", serve(handle_response_url)),
            web.post("/upload/v1/{ticket}", serve(handle_upload)),
            web.get("/files-pri/{team}-{file}/{name}", serve(downloads.handle_file)),
            web.get("/files-pri/{team}-{file}/download/{name}", serve(downloads.handle_download)),
            web.get("/files/{user}/{file}/{name}", serve(downloads.handle_file)),
            web.post("/act/file", serve(acts_files.handle_act)),
            web.post("/act/{verb}", serve(_act)),
            web.get("/state", serve(reading.state)),
            web.get("/state/messages", serve(reading.messages)),
            web.get("/changes", serve(reading.changes)),
            web.get("/", page_files.index),
            web.static("/page", page_files.FOLDER),
            web.get(r"/archives/{channel}/p{ts:\d{7,}}", serve(page_files.permalink)),
        ]
    )
    app.on_response_prepare.append(page_files.guard)
    return app


async def _act(request: web.Request, platform: Platform) -> web.Response:
    act = ACTS.get(request.match_info["verb"])
    if act is None:
        raise ActError(f"Unknown act. There are: {', '.join(ACTS)}.")
    body: BaseModel = act.body.model_validate_json(await request.read() or b"{}")
    return web.json_response(await act.run(platform, body))


@web.middleware
async def _sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals of `/act`, `/state` and `/changes` are HTTP 400 with a sentence."""
    try:
        return await handler(request)
    except ActError as error:
        return web.json_response({"ok": False, "error": str(error)}, status=400)
    except ValidationError as error:
        details = error.errors(include_url=False)
        said = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in details)
        return web.json_response({"ok": False, "error": "; ".join(said)}, status=400)


def _only_this_machine(platform: Platform) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Refuse pages of other sites: their Origin, and names they rebind to this address."""
    hosts = LOOPBACK | {platform.settings.host}

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        fetched_from = request.headers.get("Sec-Fetch-Site", "none")
        if _hostname(f"//{request.host}") not in hosts:
            return web.Response(status=403, text="This workspace answers to localhost only.\n")
        foreign = origin is not None and urlsplit(origin).netloc != request.host
        if foreign or fetched_from not in {"same-origin", "none"}:
            return web.Response(status=403, text="This workspace answers no other site.\n")
        return await handler(request)

    return guard


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
