"""People at the local workspace: they type, and see what is posted."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

from handlers.shortcut import ANYWHERE, ON_MESSAGE
from local.slack.platform import Platform

Message = dict[str, Any]
PATIENCE = 60.0
"""Seconds a test waits for something to happen before it fails."""


class People:
    """Everybody in the workspace. Messages are as the workspace keeps them."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.address = platform.address

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(self.address)
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self._http.close()

    async def act(self, what: str, **details: object) -> dict[str, Any]:
        """POST /act/…; the workspace's answer."""
        async with self._http.post(f"/act/{what}", json=details) as response:
            answer: dict[str, Any] = await response.json()
        assert response.status == 200, answer
        return answer

    async def refused(self, what: str, **details: object) -> str:
        """POST /act/…, which the workspace does not let anybody do; its sentence."""
        async with self._http.post(f"/act/{what}", json=details) as response:
            answer: dict[str, Any] = await response.json()
        assert response.status == 400, answer
        return str(answer["error"])

    async def connected(self) -> None:
        """Wait until an app listens, over Socket Mode or at its request URL."""
        deadline = time.monotonic() + PATIENCE
        while not _heard(await self._state()):
            assert time.monotonic() < deadline, "no app connected"
            async with self._http.get("/changes", params={"after": 0, "wait": 1}):
                pass

    async def fault_met(self) -> None:
        """Wait until every fault that was ordered has met its call."""
        async with asyncio.timeout(PATIENCE):
            while (await self._state())["faults"]["calls"]:  # noqa: ASYNC110  each look is a query
                await asyncio.sleep(0.01)

    async def _state(self) -> dict[str, Any]:
        async with self._http.get("/state") as response:
            state: dict[str, Any] = await response.json()
        return state

    async def reel(self, text: str, *, channel: str = "general", **more: object) -> dict[str, Any]:
        """Robin types `/reel text`."""
        return await self.act(
            "command", user="robin", channel=channel, command="/reel", text=text, **more
        )

    async def click(
        self, message: Message, action_id: str, *, user: str = "robin", **more: object
    ) -> None:
        """Press a button on a message."""
        await self.act(
            "click",
            user=user,
            channel=message["channel"],
            message_ts=message["ts"],
            action_id=action_id,
            **more,
        )

    async def writes(self, text: str, *, channel: str = "general", **more: object) -> Message:
        """Somebody writes a message, Robin if nobody is named; as the workspace shows it."""
        answer = await self.act(
            "message", **{"user": "robin", "channel": channel, "text": text, **more}
        )
        return {**answer["message"], "channel": answer["channel"]}

    async def shares(self, name: str, *, channel: str = "general") -> Message:
        """Robin puts a file into a channel; its message."""
        query = {"user": "robin", "channel": channel, "name": name}
        async with self._http.post("/act/file", params=query, data=b"octets") as response:
            answer: dict[str, Any] = await response.json()
        assert response.status == 200, answer
        return {**answer["message"], "channel": answer["channel"]}

    async def makes_a_reel(
        self, message: Message | None = None, *, user: str = "robin", **more: object
    ) -> dict[str, Any]:
        """Pick *Make a reel* in a message's menu, or from anywhere; the modal that it opens."""
        where: dict[str, object] = {"callback_id": ANYWHERE}
        if message is not None:
            where = {"callback_id": ON_MESSAGE, "channel": message["channel"]}
            where["message_ts"] = message["ts"]
        answer = await self.act("shortcut", user=user, **where, **more)
        assert answer["acked"]
        return await self.view(user)

    async def submits(self, *, user: str = "robin", **fields: object) -> dict[str, Any]:
        """Press *Make* in the modal on top, with what was entered by its field; the workspace's answer."""
        view = await self.view(user)
        more = {"deliveries": fields.pop("deliveries", 1)}
        return await self.act(
            "submit", user=user, view_id=view["id"], values=_entered(view, fields), **more
        )

    async def presses(
        self, action_id: str, *, user: str = "robin", value: str | None = None, **fields: object
    ) -> dict[str, Any]:
        """Use something in the modal on top, after entering `fields`; the modal as it is then."""
        view = await self.view(user)
        chosen = {"block_id": fields.pop("block_id", None), "value": value}
        answer = await self.act(
            "click",
            user=user,
            view_id=view["id"],
            action_id=action_id,
            values=_entered(view, fields),
            **chosen,
        )
        assert answer["acked"]
        return await self.view(user)

    async def closes(self, *, user: str = "robin") -> None:
        """Close the modal on top."""
        view = await self.view(user)
        await self.act("close", user=user, view_id=view["id"])

    async def view(self, user: str) -> dict[str, Any]:
        """The modal that a person sees on top."""
        state = await self._state()
        ids = {person["name"]: person["id"] for person in state["users"]}
        views = [view for view in state["views"] if view["user"] == ids[user]]
        return dict(views[-1]["view"] if "view" in views[-1] else views[-1])

    async def changes(self, kind: str = "") -> list[dict[str, Any]]:
        """Everything that happened, of one type or all."""
        async with self._http.get("/changes", params={"after": 0}) as response:
            changes: list[dict[str, Any]] = (await response.json())["changes"]
        return [change for change in changes if not kind or change["type"] == kind]

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """The app's calls of one method."""
        return [call for call in await self.changes("api_call") if call["method"] == method]

    async def messages(self, channel: str = "general") -> list[Message]:
        """What a channel holds, ephemeral ones too."""
        async with self._http.get("/state/messages", params={"channel": channel}) as response:
            messages: list[Message] = (await response.json())["messages"]
        return messages

    async def sees(self, wanted: Callable[[Message], bool], *, channel: str = "general") -> Message:
        """Wait until a message of the channel fits; fails after `PATIENCE` with what was there."""
        seen = 0
        deadline = time.monotonic() + PATIENCE
        while True:
            messages = await self.messages(channel)
            if found := next((message for message in messages if wanted(message)), None):
                return found
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"nothing fits among {[said(message) for message in messages]}"
                )
            async with self._http.get("/changes", params={"after": seen, "wait": 1}) as response:
                seen = (await response.json())["seq"]

    async def card(self, title: str, *, channel: str = "general") -> Message:
        """Wait until a card has this in its title (plan block or bold first line)."""
        return await self.sees(lambda message: title in title_of(message), channel=channel)

    async def links(self) -> Message:
        """Wait for the message that brings the links."""
        return await self.sees(lambda message: "here you go" in said(message))


def _heard(state: dict[str, Any]) -> bool:
    return bool(state["sockets"] or (state["request_url"] or {}).get("verified"))


def _entered(view: dict[str, Any], fields: dict[str, object]) -> dict[str, dict[str, object]]:
    """block_id → action_id → value, as the workspace takes it."""
    actions = {
        block["block_id"]: block["element"]["action_id"]
        for block in view["blocks"]
        if block["type"] == "input"
    }
    return {block_id: {actions[block_id]: value} for block_id, value in fields.items()}


def standing(view: dict[str, Any]) -> dict[str, Any]:
    """What the fields of a modal begin with, by their block ids; None where they are empty."""
    return {
        block["block_id"]: _initial(block["element"])
        for block in view["blocks"]
        if block["type"] == "input"
    }


def _initial(element: dict[str, Any]) -> Any:
    if "initial_option" in element:
        return element["initial_option"]["value"]
    if element["type"] == "checkboxes":
        return [option["value"] for option in element.get("initial_options", [])]
    return element.get("initial_value")


def elements(message: Message) -> list[dict[str, Any]]:
    """The rich_text elements of a message, in order."""
    return [
        element
        for block in message.get("blocks") or []
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
    ]


def said(message: Message) -> str:
    """Everything a message shows, as one text."""
    parts = [title_of(message)]
    parts += [str(element.get("text") or element.get("user_id")) for element in elements(message)]
    for block in message.get("blocks") or []:
        if block["type"] == "section":
            parts.append(block["text"]["text"])
        if block["type"] == "context":
            parts += [element["text"] for element in block["elements"]]
    return " ".join(" ".join(filter(None, parts)).split()) or str(message.get("text"))


def title_of(message: Message) -> str:
    """The plan's title, or the bold first line where the plan was refused; "" for other messages."""
    for block in message.get("blocks") or []:
        if block["type"] == "plan":
            return str(block["title"])
    first = next(iter(elements(message)), {})
    return str(first["text"]) if first.get("style") == {"bold": True} else ""


def urls(message: Message) -> list[str]:
    """The addresses that a message links."""
    return [element["url"] for element in elements(message) if element["type"] == "link"]
