"""What an app answers to a command or an action: in an ack's payload, or at a response_url."""

import time
from dataclasses import replace
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ValidationError

from local.slack import strict_json
from local.slack.arguments import JsonList
from local.slack.calls import log_call
from local.slack.errors import ApiError
from local.slack.faults import RESPONSE_URL
from local.slack.platform import Platform
from local.slack.posting import accepted_blocks, accepted_text, bot_message
from local.slack.response_urls import Grant
from local.slack.state import Message
from local.slack.wire import failed


class Answer(BaseModel):
    """The payload. Everything is optional; only the person sees it unless `in_channel`."""

    text: str | None = None
    blocks: JsonList | None = None
    attachments: JsonList | None = None
    response_type: Literal["ephemeral", "in_channel"] = "ephemeral"
    replace_original: bool = False
    delete_original: bool = False
    thread_ts: str | None = None


async def handle_response_url(request: web.Request, platform: Platform) -> web.Response:
    """`POST /response/<team>/<secret>`: answers `ok`, or says why not with 400 or 404."""
    started = time.perf_counter()
    body = await _json(request)
    fault = platform.faults.take(RESPONSE_URL)
    response = await failed(fault, "before", request)
    if response is not None:
        return log_call(platform, RESPONSE_URL, body, response, started=started, fault=fault)
    response = _answered(platform, request.match_info["secret"], body)
    log_call(platform, RESPONSE_URL, body, response, started=started, fault=fault)
    return await failed(fault, "after", request) or response


async def _json(request: web.Request) -> Any:
    try:
        return await request.json(loads=strict_json.loads)
    except ValueError:
        return None


def _answered(platform: Platform, secret: str, body: Any) -> web.Response:
    try:
        answer = Answer.model_validate(body)
        apply_answer(platform, platform.response_urls.use(secret), answer)
    except ApiError as error:
        return web.json_response(error.body(), status=max(error.status, 400))
    except ValidationError:
        return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
    return web.Response(text="ok")


def apply_answer(platform: Platform, grant: Grant, answer: Answer) -> None:
    """Post, replace or delete, whether or not the app is in the channel. Raises ApiError."""
    workspace = platform.workspace
    original = workspace.message(grant.channel, grant.target) if grant.target else None
    if answer.delete_original:
        if original is None or original.bot_id is None:
            raise ApiError("message_not_found")
        workspace.delete(original)
        grant.target = None
        return
    fields = _accepted(platform, answer)
    if answer.replace_original and original is not None and original.bot_id is not None:
        workspace.change(replace(original, **fields))
    else:
        grant.target = _post(platform, grant, answer, fields).ts


def _accepted(platform: Platform, answer: Answer) -> dict[str, Any]:
    return {
        "text": accepted_text(answer.text, answer.blocks, answer.attachments),
        "blocks": accepted_blocks(platform, answer.blocks),
        "attachments": answer.attachments or [],
    }


def _post(platform: Platform, grant: Grant, answer: Answer, fields: dict[str, Any]) -> Message:
    if answer.thread_ts and platform.workspace.message(grant.channel, answer.thread_ts) is None:
        raise ApiError("invalid_thread_ts")
    return platform.workspace.post(
        bot_message(
            platform,
            grant.channel,
            **fields,
            thread_ts=answer.thread_ts,
            ephemeral_for=grant.user if answer.response_type == "ephemeral" else None,
        )
    )
