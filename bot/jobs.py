"""What a job is: its states and the moves between them, its clips, and where it came from. Data only."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.request import ReelRequest

EXPIRES_MS = 72 * 3600 * 1000
"""How long a job may wait for a slot before it is given up."""

LINKS_LAST_MS = 30 * 24 * 3600 * 1000
"""How long Reka keeps its files, as far as it says."""


class JobState(StrEnum):
    """Where a job stands with us. Reka's own status word is the job's *stage*."""

    #: Accepted, nothing spent; its card says what it waits for.
    WAITING = "waiting"
    #: The intent to POST is committed: a slot may be spent from here on.
    SUBMITTING = "submitting"
    #: Reka's id is known.
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    #: Waited for 72 hours and was never submitted.
    EXPIRED = "expired"
    #: The POST may have reached Reka and no id came back. A person decides.
    UNSURE = "unsure"
    #: Reka knows the job and has not finished it in an hour. A person can look again.
    NO_ANSWER = "no_answer"
    #: A person cut it anew; the new job carries on.
    REPLACED = "replaced"

    @property
    def unfinished(self) -> bool:
        """True while the app itself still has something to do for the job."""
        return self in UNFINISHED


UNFINISHED = frozenset({JobState.WAITING, JobState.SUBMITTING, JobState.RUNNING})

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.WAITING: frozenset({JobState.SUBMITTING, JobState.CANCELLED, JobState.EXPIRED}),
    JobState.SUBMITTING: frozenset(
        {
            JobState.RUNNING,
            JobState.WAITING,
            JobState.UNSURE,
            JobState.FAILED,
            JobState.COMPLETED,
            JobState.CANCELLED,
        }
    ),
    JobState.RUNNING: frozenset(
        {
            JobState.COMPLETED,
            JobState.FAILED,
            JobState.NO_ANSWER,
            JobState.CANCELLED,
            # The id that a person told is none that Reka knows.
            JobState.UNSURE,
        }
    ),
    JobState.UNSURE: frozenset({JobState.RUNNING, JobState.REPLACED}),
    JobState.NO_ANSWER: frozenset({JobState.RUNNING, JobState.REPLACED}),
    # Back to where it was: what was to replace it never went to Reka.
    JobState.REPLACED: frozenset({JobState.UNSURE, JobState.NO_ANSWER}),
}
"""Every move there is; the README draws it. States that are missing here are final."""


def sources_of(target: JobState) -> tuple[JobState, ...]:
    """The states from which a job may move to `target`."""
    return tuple(state for state, targets in TRANSITIONS.items() if target in targets)


class Reason(StrEnum):
    """Why a job waits or has come to rest, where the state alone does not say it."""

    #: Every slot of the key's window is taken.
    NO_SLOT = "no_slot"
    #: The same request is at Reka's door without an id; one at a time.
    SIBLING = "sibling"
    #: No connection to Reka could be made; nothing was sent.
    UNREACHABLE = "unreachable"
    #: Whoever runs Reel lets nothing be sent for now.
    PAUSED = "paused"
    #: The slots that are left are reserved for others.
    RESERVED = "reserved"
    #: Reka answered 429.
    RATE_LIMITED = "rate_limited"
    #: Slack did not let us post where the request was made.
    CHANNEL_REFUSED = "channel_refused"
    #: Reka did not take the request (400, 422 …).
    REQUEST_REFUSED = "request_refused"
    #: Reka refused the API key (401, 403).
    KEY_REFUSED = "key_refused"
    #: Reka took the job and reported `failed`.
    GENERATION_FAILED = "generation_failed"
    #: Reka answered with the id of another of our jobs.
    DUPLICATE = "duplicate"
    #: Reka no longer knows the id.
    GONE = "gone"


class Move(StrEnum):
    """Why a waiting job starts at another time than its card said before."""

    #: Later: nothing could be sent for a while.
    HELD = "held"
    #: Later: it is the turn of others first.
    TURNS = "turns"
    #: Later: the last slots are kept for others.
    RESERVED = "reserved"
    #: Later: another tool spends from the same key.
    OTHERS = "others"
    #: Later: a slot frees later than it looked.
    SLOT_LATER = "slot_later"
    #: Sooner: somebody before it has left the line.
    FEWER = "fewer"
    #: Sooner: a slot frees sooner than it looked.
    SLOT_SOONER = "slot_sooner"


@dataclass(frozen=True, slots=True)
class Clip:
    """One output of a completed job. `url` is None when Reka sent none."""

    title: str
    url: str | None
    caption: str = ""
    hashtags: tuple[str, ...] = ()
    score: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted request. Times are UTC epoch milliseconds.

    `attempt` grows when somebody takes the job over; every write carries it, so that a former owner's write finds no
    row. `thread_ts` is the thread that holds the card; None until the root message is posted. `request_key` is equal
    for equal links and prompt: what Reka's list can tell apart, and no more. `parent_id` is the job whose ask it repeats or changes;
    `anew_of` the one that it was to replace, once, unless it came to nothing itself before it went to Reka.
    `preset`: the options that it has as its channel's preset had them. `told_start` and `told_place`: what its card said
    last of when it starts, while it waits; `moved`: why that is not what it said before.
    """

    id: str
    team_id: str
    channel_id: str
    user_id: str
    delivery_key: str
    request: ReelRequest
    request_key: str
    created_at: int
    state: JobState = JobState.WAITING
    stage: str | None = None
    reason: Reason | None = None
    attempt: int = 0
    response_url: str | None = None
    thread_ts: str | None = None
    card_ts: str | None = None
    reka_id: str | None = None
    request_id: str | None = None
    error_message: str | None = None
    clips: tuple[Clip, ...] = ()
    parent_id: str | None = None
    anew_of: str | None = None
    preset: tuple[str, ...] = ()
    told_start: int | None = None
    told_place: int | None = None
    moved: Move | None = None
    cancel_requested_at: int | None = None
    look_requested_at: int | None = None
    submitted_at: int | None = None
    running_at: int | None = None
    ended_at: int | None = None
    links_marked_at: int | None = None
    links_ts: str | None = None
    settled_at: int | None = None

    def log_context(self) -> dict[str, object]:
        """The fields of every log line about this job. No prompt, no link, no response_url."""
        return {
            "job_id": self.id,
            "state": self.state.value,
            "stage": self.stage,
            "attempt": self.attempt,
            "reka_id": self.reka_id,
            "request_id": self.request_id,
        }


@dataclass(frozen=True, slots=True)
class ClipFile:
    """How far a clip has come as a file in Slack. `number` counts the job's clips from 1.

    `marked_at`: it may be in the thread from then on; `shared_at`: it is. `skipped`: why it never will be, by Slack's
    error code or one of ours.
    """

    number: int
    file_id: str | None = None
    marked_at: int | None = None
    shared_at: int | None = None
    skipped: str | None = None

    @property
    def settled(self) -> bool:
        """True when nothing is to be done about it any more."""
        return self.shared_at is not None or self.skipped is not None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a request came from: who asked, where, and the key that makes a redelivery the same request.

    `thread_ts`: the thread it was made in, if any. `parent_id`: the job whose ask it changes. `preset`: the options that
    are as the channel's preset has them.
    """

    team_id: str
    channel_id: str
    user_id: str
    key: str
    response_url: str | None = field(default=None, repr=False)
    thread_ts: str | None = None
    parent_id: str | None = None
    preset: tuple[str, ...] = ()
