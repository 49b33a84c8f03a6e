"""A job to begin with; tests say only what matters to them."""

from typing import Any

from bot.jobs import Clip, Job
from bot.request import ReelRequest

ASKER = "U0ASKER"
NOW = 1_790_000_000_000
LINK = "https://youtu.be/a"


def job(**changes: Any) -> Job:
    """A job as it is accepted. `prompt` and `video_urls` go into its request."""
    wish: dict[str, Any] = {"video_urls": (LINK,)}
    wish |= {name: changes.pop(name) for name in ("prompt", "video_urls") if name in changes}
    request = ReelRequest(**wish)
    made: dict[str, Any] = {
        "id": "job-1",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": ASKER,
        "delivery_key": "command:1",
        "request": request,
        "request_key": request.key(),
        "created_at": NOW - 65_000,
    }
    return Job(**{**made, **changes})


def another(name: str, **changes: Any) -> Job:
    """A job that repeats no other: another person's, by another delivery."""
    return job(**{"id": name, "delivery_key": name, "user_id": f"U{name}", **changes})


def clip(title: str = "The highlight", **changes: Any) -> Clip:
    """A clip that misses nothing."""
    made: dict[str, Any] = {
        "url": "https://cdn.test/1.mp4",
        "caption": "Worth a look",
        "hashtags": ("#one", "two"),
        "score": 85,
    }
    return Clip(title, **{**made, **changes})
