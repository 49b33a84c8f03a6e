"""The world's Clip API: what it accepted, where each job stands at each second, and the key's rolling quota. No I/O."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from tests.simulation.chance import Chance
from tests.simulation.clock import Clock

Body = dict[str, Any]

_STAGES = ("queued", "starting", "downloading", "indexing", "preprocessing", "processing")
_LENGTHS = ((3, 40), (3, 40), (20, 200), (60, 600), (300, 1500))
"""Seconds a job takes, from and to. What never ends is drawn apart."""


def key_of(body: Body) -> str:
    """What makes two requests the same to Reka: the links and the prompt."""
    return json.dumps([body["video_urls"], body["prompt"]])


@dataclass(slots=True)
class Generation:
    """One job at Reka: its stages by second, and how it ends."""

    id: str
    body: Body
    created: float
    created_iso: str
    stages: list[tuple[float, str]]
    ending: dict[str, Any]
    gone_at: float | None = None

    def status(self, seconds: float) -> str:
        """Reka's word for where the job stands."""
        return [name for since, name in self.stages if since <= seconds][-1]

    def ends_at(self) -> float | None:
        """The second it completes or fails; None for a job that never ends."""
        since, name = self.stages[-1]
        return since if name in {"completed", "failed"} else None

    def ended(self, seconds: float) -> bool:
        """Whether it has completed or failed."""
        return self.status(seconds) in {"completed", "failed"}

    def shown(self, seconds: float) -> Body:
        """The job as GET and events show it."""
        end = self.ending if self.ended(seconds) else {"output": []}
        return {
            "id": self.id,
            "status": self.status(seconds),
            "created_at": self.created_iso,
            **{name: value for name, value in self.body.items() if name != "stream"},
            **end,
        }


@dataclass(slots=True)
class Post:
    """One POST that reached for Reka. It lands when its second has come, whether or not anybody still listens."""

    number: int
    body: Body
    sent: float
    #: The job that the app was following when it sent it.
    job_id: str
    lands: float | None = None
    landed: float | None = None
    generation: Generation | None = None
    #: The app was told for sure that no job began.
    cleared: bool = False
    #: The app let go of it before an answer, or its own deadline, had come.
    torn: bool = False

    @property
    def spent(self) -> bool:
        """Reka accepted it, or the app cannot know that it did not."""
        return self.landed is not None or not self.cleared


@dataclass(slots=True)
class Reka:
    """The service. Its clock is the true one."""

    clock: Clock
    chance: Chance
    limit: int = 10
    window: float = 24 * 3600.0
    #: From when until when it refuses the key.
    revoked: tuple[float, float] = (0.0, 0.0)
    #: Whether this server has the newer dialect's list.
    lists: bool = True
    posts: list[Post] = field(default_factory=list)
    generations: dict[str, Generation] = field(default_factory=dict)
    #: Seconds at which Reka counted a request of this key.
    stamps: list[float] = field(default_factory=list)
    #: 429 that the app's own spending caused.
    overspent: list[Post] = field(default_factory=list)
    gets: Counter[str] = field(default_factory=Counter)
    random: Random = field(init=False)
    open_streams: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = self.chance.stream("reka")

    def is_revoked(self) -> bool:
        """Whether it refuses the key now."""
        return self.revoked[0] <= self.clock.seconds < self.revoked[1]

    def send(self, body: Body, job_id: str) -> Post:
        """A POST leaves the app."""
        post = Post(len(self.posts), body, self.clock.seconds, job_id)
        self.posts.append(post)
        self.chance.trace.add("reka", f"POST {post.number} for {job_id}: {body['prompt'][:24]}")
        return post

    def free(self, at: float) -> int:
        """Requests left in the window that ends at this second."""
        return self.limit - sum(at - self.window < stamp <= at for stamp in self.stamps)

    def next_free(self, at: float) -> float:
        """Seconds until the next request of the window is free."""
        inside = sorted(stamp for stamp in self.stamps if at - self.window < stamp <= at)
        spare = len(inside) - self.limit
        return 0.0 if spare < 0 else inside[spare] + self.window - at

    def settle(self) -> None:
        """Let what was on its way land, in the order of landing."""
        due = [
            post
            for post in self.posts
            if post.lands is not None and post.landed is None and post.lands <= self.clock.seconds
        ]
        for post in sorted(due, key=lambda post: (post.lands, post.number)):
            self._land(post, post.lands or 0.0)
            post.lands = None

    def _land(self, post: Post, at: float) -> None:
        if self.free(at) <= 0:
            self.overspent.append(post)
            self.chance.trace.add("reka", f"POST {post.number} is one too many")
            return
        self.stamps.append(at)
        post.landed = at
        post.generation = self._begin(post.body, at)
        self.chance.trace.add("reka", f"POST {post.number} landed as {post.generation.id[:8]}")

    def _begin(self, body: Body, at: float) -> Generation:
        identity = str(UUID(int=self.random.getrandbits(128)))
        stages = self._stages(at)
        generation = Generation(
            identity,
            body,
            at,
            _iso(self.clock, at),
            stages,
            self._ending(
                identity, stages[-1][1], int(body["generation_config"]["num_generations"])
            ),
        )
        if self.chance.hits("reka.forgets"):
            generation.gone_at = at + self.random.uniform(60, 900)
        self.generations[identity] = generation
        return generation

    def _stages(self, at: float) -> list[tuple[float, str]]:
        names = [name for name in _STAGES if name == "queued" or self.random.random() < 0.8]
        if self.chance.hits("reka.odd stage"):
            names.append("polishing ✨")
        stuck = self.chance.hits("reka.never ends")
        if not stuck:
            names.append("failed" if self.random.random() < 0.12 else "completed")
        if self.chance.hits("reka.ends at once"):
            names = names[-1:]
        whole = self.random.uniform(*self.random.choice(_LENGTHS))
        starts = sorted(self.random.uniform(0, whole) for _ in names[1:])
        return list(zip((at, *(at + start for start in starts)), names, strict=True))

    def _ending(self, identity: str, status: str, wanted: int) -> dict[str, Any]:
        if status == "failed":
            return {"output": [], "error_message": "The video is private"}
        outputs = [
            {
                "title": f"Clip {number} 🤯",
                "video_url": f"https://cdn.example/{identity}/{number}.mp4",
                "caption": "Wait for it… ✨",
                "hashtags": ["#AI"],
                "ai_score": 80,
            }
            for number in range(1, wanted + 1)
        ]
        match self.chance.pick("reka.fewer clips", "reka.null urls", "reka.no clips"):
            case "reka.fewer clips":
                outputs = outputs[: max(1, wanted - 1)]
            case "reka.null urls":
                address = outputs[-1]["video_url"]
                signed = self.random.random() < 0.5
                outputs[-1] |= {
                    "video_url": None,
                    "signed_s3_video_url": f"{address}?signature=s" if signed else None,
                }
            case "reka.no clips":
                outputs = []
        return {"output": outputs}

    def find(self, identity: str) -> Generation | None:
        """The job of an id, unless Reka has forgotten it."""
        generation = self.generations.get(identity)
        if generation is None or (
            generation.gone_at is not None and generation.gone_at <= self.clock.seconds
        ):
            return None
        return generation


def _iso(clock: Clock, at: float) -> str:
    milliseconds = clock.true_ms() - (clock.seconds - at) * 1000
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
