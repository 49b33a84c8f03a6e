"""Find the videos in any Slack message: text, rich text at any depth, previews, forwarded messages, files. Pure.

Where links hide in a message: docs.slack.dev, "Message shortcuts" and "rich_text"; unfurls and forwarded messages are
`attachments`, which carry blocks, files and messages of their own.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot import links

MAX_LINKS = 10
"""A group of checkboxes has room for ten."""
MAX_LENGTH = 2_000
"""Of all links together as JSON: they travel in a modal's private_metadata, which has room for 3,000 characters."""

_ADDRESSES = ("url", "original_url", "from_url", "title_link", "title_url", "app_unfurl_url")
_OF_VIDEOS = ("video_url",)
_GONE = {"tombstone", "hidden_by_limit"}
_VIDEO_TYPES = {"mp4", "mov", "webm", "m4v", "mkv", "avi", "mpg"}


@dataclass(frozen=True, slots=True)
class Found:
    """`links`: one canonical form per video, in their order. `in_slack`: how many videos live only in Slack.

    `sure`: they are known to be of videos; else they are whatever links there were.
    """

    links: tuple[str, ...] = ()
    in_slack: int = 0
    sure: bool = True


def found(message: Mapping[str, Any]) -> Found:
    """The videos of a message as Slack's payloads carry it. Never raises, whatever the shape."""
    everything = list(_links(message))
    seen = [link for link in everything if links.problem_with(link) is None]
    marked = set(map(links.canonical, _marked(message)))
    every = list(dict.fromkeys(map(links.canonical, seen)))
    videos = [link for link in every if link in marked or links.is_video(link)]
    hosted = {str(file.get("id")) for file in _files(message) if _is_hosted_video(file)}
    linked = {link for link in everything if links.in_slack(link) and links.is_video(link)}
    return Found(_fitting(videos or every), len(hosted | linked), bool(videos))


def _fitting(chosen: list[str]) -> tuple[str, ...]:
    room, fitting = MAX_LENGTH, list[str]()
    for link in chosen:
        length = len(json.dumps(link, ensure_ascii=False))
        # One alone need not travel: it stands in the field.
        if not fitting or (len(fitting) < MAX_LINKS and length <= room):
            fitting.append(link)
            room -= length
    return tuple(fitting)


def _objects(part: Any) -> Iterator[Mapping[str, Any]]:
    """Every object within, in reading order; a message's `text` before its previews."""
    stack = [part]
    while stack:  # not by recursion: who builds a payload decides how deep it is
        at = stack.pop()
        if isinstance(at, Mapping):
            yield at
            stack += [
                value for value in reversed(list(at.values())) if isinstance(value, Mapping | list)
            ]
        elif isinstance(at, list):
            stack += reversed(at)


def _links(message: Mapping[str, Any]) -> Iterator[str]:
    for part in _objects(message):
        if _is_file(part):
            yield from _external(part)
            continue
        yield from (link for name in _ADDRESSES + _OF_VIDEOS if (link := _address(part.get(name))))
        if isinstance(text := part.get("text"), str):
            yield from _typed(text)


def _typed(text: str) -> Iterator[str]:
    for word in links.untangled(text).split():
        if link := links.as_link(word.partition("|")[0]):
            yield link


def _address(value: object) -> str | None:
    return links.as_link(value) if isinstance(value, str) and "://" in value else None


def _marked(message: Mapping[str, Any]) -> Iterator[str]:
    """Links that their preview says are of a video."""
    for part in _objects(message):
        if part.get("video_html") or any(part.get(name) for name in _OF_VIDEOS):
            yield from (
                link for name in _ADDRESSES + _OF_VIDEOS if (link := _address(part.get(name)))
            )
    for file in _files(message):
        yield from _external(file)


def _files(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return filter(_is_file, _objects(message))


def _is_file(part: Mapping[str, Any]) -> bool:
    return "url_private" in part or "mimetype" in part or "file_access" in part


def _is_video(file: Mapping[str, Any]) -> bool:
    by_type = str(file.get("mimetype")).startswith("video/")
    by_name = str(file.get("filetype")) in _VIDEO_TYPES
    return (by_type or by_name) and str(file.get("mode")) not in _GONE


def _external(file: Mapping[str, Any]) -> Iterator[str]:
    if file.get("is_external") and _is_video(file):
        link = _address(file.get("external_url") or file.get("url_private"))
        yield from [link] if link else []


def _is_hosted_video(file: Mapping[str, Any]) -> bool:
    # Of a file from another organisation Slack tells no more than that it is there.
    unknown = file.get("file_access") == "check_file_info" and "mimetype" not in file
    return unknown or (_is_video(file) and not file.get("is_external"))
