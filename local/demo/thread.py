"""A Slack thread in the terminal: messages as lines of text, and the card with its stages."""

import re
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

Message = dict[str, Any]

_TOKEN = re.compile(r"<([^<>]*)>")
_MARKS = {"complete": ("✓", "green"), "error": ("✗", "red"), "pending": ("·", "dim")}


def card_title(message: Message) -> str | None:
    """The title of the message's plan block; None when it has none, so is no card."""
    plan = _plan(message)
    return str(plan["title"]) if plan else None


def done(message: Message) -> list[str]:
    """The titles of the card's tasks that are complete, in order."""
    plan = _plan(message)
    return [task["title"] for task in plan["tasks"] if task["status"] == "complete"] if plan else []


def links(message: Message) -> list[str]:
    """The addresses of the message's rich_text links, in order."""
    return [element["url"] for element in _elements(message) if element["type"] == "link"]


def _plan(message: Message) -> Message | None:
    return next((block for block in message.get("blocks") or [] if block["type"] == "plan"), None)


def _elements(message: Message) -> list[Message]:
    return [
        element
        for block in message.get("blocks") or []
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
    ]


@dataclass(slots=True)
class Thread:
    """The messages of one thread, newest form of each, by their `ts`."""

    names: dict[str, str]
    messages: dict[str, Message] = field(default_factory=dict)

    def take(self, message: Message) -> None:
        """Keep a message, or its newer form."""
        self.messages[message["ts"]] = message

    def lines(self, message: Message) -> list[str]:
        """A message as plain lines."""
        return [line for block in message.get("blocks") or [] for line in self._block(block)] or [
            self._mrkdwn(message["text"])
        ]

    def _block(self, block: Message) -> list[str]:
        match block["type"]:
            case "plan":
                return [block["title"]]
            case "rich_text":
                text = "".join(map(self._element, _elements({"blocks": [block]})))
                return text.splitlines()
            case "context":
                return [self._mrkdwn(element.get("text", "")) for element in block["elements"]]
            case "section":
                return self._mrkdwn(block["text"]["text"]).splitlines()
            case "actions":
                return ["  ".join(f"[{button['text']['text']}]" for button in block["elements"])]
            case other:
                return [f"[{other}]"]

    def _element(self, element: Message) -> str:
        match element["type"]:
            case "user":
                return f"@{self.names.get(element['user_id'], element['user_id'])}"
            case "link":
                label = element.get("text", element["url"])
                return element["url"] if label == element["url"] else f"{label} {element['url']}"
            case _:
                return str(element.get("text", ""))

    def _mrkdwn(self, text: str) -> str:
        plain = _TOKEN.sub(self._token, text)
        return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    def _token(self, match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target.startswith("@"):
            return f"@{self.names.get(target[1:], label or target[1:])}"
        return label or target

    def picture(self) -> RenderableType:
        """The whole thread for a terminal."""
        return Panel(
            Group(*(self._bubble(message) for message in self.messages.values())),
            title="#general · thread",
            title_align="left",
            border_style="dim",
        )

    def _bubble(self, message: Message) -> RenderableType:
        plan = _plan(message)
        head = Text("Reel", style="bold")
        body: list[RenderableType] = [head]
        if plan:
            body += [_stages(plan)]
            lines = [line for line in self.lines(message) if line != plan["title"]]
        else:
            lines = self.lines(message)
        body += [Text(line) for line in lines]
        return Group(*body, Text(""))


def _stages(plan: Message) -> RenderableType:
    tasks = plan["tasks"]
    done = sum(task["status"] == "complete" for task in tasks)
    table = Table.grid(padding=(0, 1))
    for task in tasks:
        if task["status"] == "in_progress":
            table.add_row(Spinner("dots", style="cyan"), Text(task["title"], style="bold cyan"))
        else:
            mark, style = _MARKS[task["status"]]
            table.add_row(Text(mark, style=style), Text(task["title"], style=style))
    bar = ProgressBar(total=max(1, len(tasks)), completed=done, width=40)
    return Group(Text(plan["title"], style="bold"), Padding(bar, (0, 0, 1, 0)), table)
