"""A generation: one accepted request and what has become of it.

The status words and their order are Reka's ("Job lifecycle"). The JSON is the API's `ClipResponse`;
POST, GET and every event of a stream show the same object.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

TERMINAL = frozenset({"completed", "failed"})


@dataclass(frozen=True, slots=True)
class Clip:
    """One finished clip. `file` is its name under /files/<generation id>/.

    A clip that is only to be had by its signed link (`video_url: null`) has `signed_only`.
    """

    file: str
    title: str
    caption: str
    hashtags: tuple[str, ...]
    ai_score: int
    signed_only: bool = False

    def as_json(self, folder: str) -> dict[str, Any]:
        """`ClipOutput`; `folder` is the address of the generation's files."""
        link = f"{folder}/{self.file}"
        return {
            "title": self.title,
            "video_url": None if self.signed_only else link,
            "signed_s3_video_url": f"{link}?X-Amz-Expires=3600" if self.signed_only else None,
            "caption": self.caption,
            "hashtags": list(self.hashtags),
            "ai_score": self.ai_score,
        }


@dataclass(frozen=True, slots=True)
class Generation:
    """Times are epoch milliseconds; `request` is the checked body as plain JSON."""

    id: str
    key: str
    status: str
    created_at: int
    updated_at: int
    request: dict[str, Any]
    num_generations: int
    clips: tuple[Clip, ...] = ()
    error_message: str | None = None

    @property
    def ended(self) -> bool:
        """True once nothing about it changes any more."""
        return self.status in TERMINAL

    def as_json(self, base_url: str) -> dict[str, Any]:
        """`ClipResponse`. It stays equal while a stage lasts, so that repeats are recognised."""
        folder = f"{base_url}/files/{self.id}"
        failed = {"error_message": self.error_message} if self.status == "failed" else {}
        return {
            "id": self.id,
            "status": self.status,
            "created_at": _timestamp(self.created_at),
            "updated_at": _timestamp(self.updated_at),
            "generation_config": {
                **self.request["generation_config"],
                "num_generations": self.num_generations,
            },
            "rendering_config": self.request["rendering_config"],
            "video_urls": self.request["video_urls"],
            "prompt": self.request["prompt"],
            "output": [clip.as_json(folder) for clip in self.clips],
            **failed,
        }

    def as_item(self) -> dict[str, Any]:
        """`ClipListItem`: what a list shows of it."""
        return {
            "id": self.id,
            "status": self.status,
            "video_urls": self.request["video_urls"],
            "prompt": self.request["prompt"],
        }


def automatic_count(seconds: float) -> int:
    """How many clips a request without a number gets, from the videos' length in seconds.

    Reka: "3 for videos up to 45 minutes, +1 per additional 15 minutes, capped at 12."
    """
    additional = max(0.0, seconds - 45 * 60)
    return min(12, 3 + int(-(-additional // (15 * 60))))


def _timestamp(epoch_ms: int) -> str:
    moment = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
