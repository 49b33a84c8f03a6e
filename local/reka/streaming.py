"""Server-Sent Events of one generation, as Reka sends them.

`data: ` + one line of JSON + a blank line; no `event:`, no `id:`, no comments. The first event
carries the id; while a stage lasts the same event is repeated, equal to the byte, as keep-alive;
after `completed` or `failed` the connection is closed. https://html.spec.whatwg.org/#server-sent-events
"""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from local.reka.announcements import News
from local.reka.generations import Generation


async def stream(
    request: web.Request, first: Generation, news: News, base_url: str, keepalive: float
) -> web.StreamResponse:
    """Send `first` and all news until the end; a client that leaves changes nothing."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    )
    generation: Generation | None = first
    try:
        await response.prepare(request)
        while generation is not None:
            event = _event(generation, base_url)
            await response.write(event)
            if generation.ended:
                break
            generation = await _next(response, event, news, keepalive)
        await response.write_eof()
    except ConnectionResetError:
        pass  # the client has gone; the generation goes on without it
    return response


async def _next(
    response: web.StreamResponse, event: bytes, news: News, keepalive: float
) -> Generation | None:
    while True:
        try:
            return await asyncio.wait_for(news.get(), keepalive)
        except TimeoutError:
            await response.write(event)


def _event(generation: Generation, base_url: str) -> bytes:
    line = json.dumps(generation.as_json(base_url), separators=(",", ":"), ensure_ascii=False)
    return f"data: {line}\n\n".encode()
