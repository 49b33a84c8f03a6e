"""Reka's Clip API on localhost: the routes of both dialects, and the finished files.

`/v1/clips` is the newer dialect, `/v1/creator/reels` the older one, which has no list and no
delete. Not Reka's but ours: `…/{id}/measurements`, `/files/…` and `/sample/talk.mp4`.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from local.reka.announcements import Announcements
from local.reka.answers import Handler, errors_in_the_envelope, mark
from local.reka.archive import Archive, now_ms
from local.reka.errors import (
    invalid,
    not_found,
    rate_limited,
    still_running,
    unauthenticated,
)
from local.reka.generations import Generation
from local.reka.keys import owner
from local.reka.limits import Quota
from local.reka.requests import ClipRequest, ReelRequest, read_request
from local.reka.streaming import stream
from local.reka.worker import Worker

BODY_BYTES = 256 * 1024
PAGE = 100
QUALITIES = {"premium", "lite", "fallback", "full_video"}


@dataclass(frozen=True, slots=True)
class ClipService:
    """The HTTP side: reads requests, asks the archive and the worker, answers."""

    archive: Archive
    announcements: Announcements
    worker: Worker
    files: Path
    sample: Path
    base_url: str
    keys: Sequence[str] = ()
    quota: Quota | None = None
    keepalive: float = 10.0

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(middlewares=[errors_in_the_envelope], client_max_size=BODY_BYTES)
        app.on_response_prepare.append(mark)
        app.on_response_prepare.append(self._show_quota)
        app.add_routes(
            [
                web.get("/health", self.health),
                web.post("/v1/clips", self._creator(ClipRequest)),
                web.get("/v1/clips", self.list_clips),
                web.get("/v1/clips/{id}", self.show),
                web.delete("/v1/clips/{id}", self.delete),
                web.get("/v1/clips/{id}/measurements", self.measurements),
                web.post("/v1/creator/reels", self._creator(ReelRequest)),
                web.get("/v1/creator/reels/{id}", self.show),
                web.get("/v1/creator/reels/{id}/measurements", self.measurements),
                web.get(r"/files/{id:[0-9a-f-]{36}}/{name:[\w-]+\.mp4}", self.clip_file),
                web.get("/sample/talk.mp4", self.sample_file),
            ]
        )
        return app

    async def health(self, _request: web.Request) -> web.StreamResponse:
        """Say that the service is up."""
        return web.json_response({"status": "ok"})

    def _creator(self, model: type[ClipRequest]) -> Handler:
        async def create(request: web.Request) -> web.StreamResponse:
            key = self._key(request)
            _check_quality(request.query.get("reel_quality"))
            wanted = read_request(await request.read(), model)
            accepted = await self._accept(key, wanted)
            if not wanted.stream:
                self.worker.take(accepted)
                return web.json_response(accepted.as_json(self.base_url), status=202)
            with self.announcements.listen(accepted.id) as news:
                self.worker.take(accepted)
                return await stream(request, accepted, news, self.base_url, self.keepalive)

        return create

    async def list_clips(self, request: web.Request) -> web.StreamResponse:
        """The key's generations, newest first."""
        page = await self.archive.page(
            self._key(request),
            _count(request, "offset", default=0, low=0, high=2**31),
            _count(request, "limit", default=20, low=1, high=PAGE),
            request.query.get("status") or None,
        )
        return web.json_response({"items": [generation.as_item() for generation in page]})

    async def show(self, request: web.Request) -> web.StreamResponse:
        """One generation as it stands."""
        generation = await self._find(request)
        return web.json_response(generation.as_json(self.base_url))

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Forget an ended generation with its files; sources are not kept anyway."""
        generation = await self._find(request)
        if not await self.archive.delete(generation.id):
            raise still_running(generation.id)
        await asyncio.to_thread(shutil.rmtree, self.files / generation.id, ignore_errors=True)
        return web.json_response({"success": True})

    async def measurements(self, request: web.Request) -> web.StreamResponse:
        """Ours, not Reka's: how long each piece of work took, and where the clips were cut."""
        generation = await self._find(request)
        found = await self.archive.measurements(generation.id)
        return web.json_response({"measurements": [], "notes": [], "clips": [], **found})

    async def clip_file(self, request: web.Request) -> web.StreamResponse:
        """A finished clip, whole or in ranges. Its address cannot be guessed, so it needs no key."""
        path = self.files / request.match_info["id"] / request.match_info["name"]
        return await _file(path, "There is no such clip, or it was deleted.")

    async def sample_file(self, _request: web.Request) -> web.StreamResponse:
        """The talk that the demo cuts."""
        return await _file(self.sample, "The sample talk is not installed.")

    def _key(self, request: web.Request) -> str:
        key = owner(request.headers, self.keys)
        if key is None:
            raise unauthenticated()
        return key

    async def _accept(self, key: str, wanted: ClipRequest) -> Generation:
        body = wanted.model_dump(mode="json", exclude={"stream"})
        count = wanted.generation_config.num_generations
        accepted = await self.archive.accept(key, body, count, self.quota)
        if accepted is None:
            raise rate_limited()
        return accepted

    async def _find(self, request: web.Request) -> Generation:
        wanted = request.match_info["id"]
        generation = await self.archive.find(wanted, self._key(request))
        if generation is None:
            raise not_found(f"There is no generation {wanted} for this key.")
        return generation

    async def _show_quota(self, request: web.Request, response: web.StreamResponse) -> None:
        if self.quota is None:
            return
        now, key = now_ms(), owner(request.headers, self.keys)
        accepted = await self.archive.accepted(key, now - self.quota.window_ms) if key else []
        response.headers.update(self.quota.headers(accepted, now))


async def _file(path: Path, missing: str) -> web.StreamResponse:
    if not await asyncio.to_thread(path.is_file):
        raise not_found(missing)
    return web.FileResponse(path, headers={"Content-Type": "video/mp4"})


def _check_quality(quality: str | None) -> None:
    if quality is not None and quality not in QUALITIES:
        raise invalid(
            "`reel_quality` must be one of premium, lite, fallback, full_video.", "reel_quality"
        )


def _count(request: web.Request, name: str, *, default: int, low: int, high: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdecimal() or len(text) > 10 or not low <= int(text) <= high:
        raise invalid(f"`{name}` must be a whole number from {low} to {high}.", name)
    return int(text)
