"""What people read, in one place: what was asked, where a job stands, what went wrong and what to do now."""

import unicodedata
from collections.abc import Mapping

from bot.captions import LOCALES
from bot.jobs import Job, JobState, Reason
from bot.render import failures
from bot.request import DEFAULT_CLIPS, ReelRequest, Template
from bot.slots import Standing

HELP = (
    "*Reel* cuts short clips from a long video.\n"
    "`/reel` alone opens a form, and *Make a reel* in a message's menu takes the links from there. "
    "`/reel https://youtu.be/… the funniest minute` is enough, too. Add what you like, in any order:\n"
    "• `clips:2` one to three clips (three if you don't say)\n"
    "• `9:16`, `16:9`, `4:5` or `1:1` the shape\n"
    "• `15-60s` the length, or `min:15s`, `max:60s`\n"
    "• `from:10:00 to:25:00` only that part of the video\n"
    "• `compilation` moments joined into one clip\n"
    "• `no-subtitles`, `1080p`\n"
    "Everything else says what to look for; words in double quotes always do. Up to five links make one job.\n"
    "`/reel jobs` lists yours in this channel, `/reel again` opens the form with what you asked for last. "
    "`/reel preset` sets what a channel's reels are like when nobody says otherwise; `no-preset` leaves that out once. "
    "`/reel slots` shows which slots are taken and when they free, `/reel log` who spent them and to what end; "
    "`/reel log csv` sends you that as a file."
)

STAGES = {
    "queued": "queued at Reka",
    "starting": "starting",
    "downloading": "downloading the video",
    "indexing": "indexing: watching and listening",
    "preprocessing": "preprocessing: choosing the moments",
    "processing": "processing: cutting and captioning",
}
"""Reka's stages in their order, each with a few words. A stage that is not here is shown as it is."""


def safe(text: str, limit: int) -> str:
    """Text from strangers on one line: no control, direction-changing or invisible characters, at most `limit` long."""
    line = " ".join((text if text.isascii() and text.isprintable() else _visible(text)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _visible(text: str) -> str:
    spaced = "".join(" " if char.isspace() else char for char in text)
    return "".join(
        char for char in spaced if char in _JOINERS or unicodedata.category(char) not in _UNWANTED
    )


# Not Cn: an emoji that is newer than this Python counts as unassigned.
_UNWANTED = {"Cc", "Cf", "Cs", "Co"}
_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{VARIATION SELECTOR-16}"


def count(number: int, noun: str) -> str:
    """`1 clip`, `3 clips`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(milliseconds: int) -> str:
    """`42 s`, `4 min 5 s`, `1 h 3 min`."""
    seconds = max(0, milliseconds) // 1000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def timecode(seconds: int) -> str:
    """`10:00`, `1:10:00`."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def asked(request: ReelRequest) -> str:
    """The request restated without links and prompt: `2 clips · 16:9 · 15–60 s`."""
    compiled = request.template is Template.COMPILATION
    parts = [count(request.num_generations, "compilation" if compiled else "clip")]
    return " · ".join([*parts, *_options(request)])


def kept(options: Mapping[str, object]) -> list[str]:
    """What a preset sets, or a request has as it is set, in a few words each: `2 clips`, `9:16`, `the standing ask`."""
    request = ReelRequest((), **options)  # type: ignore[arg-type]
    parts = [count(request.num_generations, "clip")] if "num_generations" in options else []
    parts += _options(request)
    parts += ["subtitles on"] if request.subtitles else []
    return [*parts, "the standing ask"] if request.prompt else parts


def of_preset(job: Job) -> str | None:
    """What of a job is as the preset of its channel has it; None where there was none."""
    parts = kept({name: getattr(job.request, name) for name in job.preset})
    return f"preset of this channel: {', '.join(parts)}" if parts else None


def captions(request: ReelRequest) -> list[str]:
    """How captions are to look and to read, in a few words."""
    parts = ["styled captions"] if request.caption_style else []
    if language := request.translated_subtitles_target_language:
        parts.append(f"subtitles in {LOCALES.get(language) or safe(language, 20)}")
    return parts


def _options(request: ReelRequest) -> list[str]:
    parts = [request.aspect_ratio] if request.aspect_ratio else []
    parts += [length(request)] if length(request) else []
    parts += [_part(request)] if _part(request) else []
    parts += [f"{request.resolution}p"] if request.resolution else []
    parts += ["no subtitles"] if request.subtitles is False else []
    return parts + captions(request)


def length(request: ReelRequest) -> str:
    """How long a clip is to be: `15–60 s`; "" where it is left to Reka."""
    shortest, longest = request.min_duration_seconds, request.max_duration_seconds
    if shortest is not None and longest is not None:
        return f"{shortest}–{longest} s"
    if longest is not None:
        return f"up to {longest} s"
    return f"at least {shortest} s" if shortest is not None else ""


def _part(request: ReelRequest) -> str:
    start, end = request.source_start_time, request.source_end_time
    if start is not None and end is not None:
        return f"{timecode(start)}–{timecode(end)} of the video"
    if start is not None:
        return f"from {timecode(start)}"
    return f"up to {timecode(end)} of the video" if end is not None else ""


def price(standing: Standing) -> str:
    """What a request costs, in slots."""
    unit = "one request of the key" if standing.limit is None else "1 slot"
    if standing.reason in _WAITS:
        return f"uses {unit}, and waits at first: {_WAITS[standing.reason]}"
    if standing.limit is None or standing.left is None:
        return f"uses {unit}"
    if standing.left == 0:
        return f"uses {unit}, and waits for it: none is left now"
    return f"uses 1 of {count(standing.left, 'slot')} left"


def others(number: int) -> str:
    """That somebody else spends from the same key."""
    return f"another tool has taken {count(number, 'slot')} of this key"


def headline(job: Job, reason: Reason | None = None) -> str:
    """Where the job stands, in a few words without markup. `reason`: why it waits."""
    match job.state:
        case JobState.RUNNING:
            return f"Making {_wanted(job)}: {safe(job.stage or 'accepted', 60)}"
        case JobState.COMPLETED if not job.clips:
            return "Finished without a clip"
        case JobState.COMPLETED:
            return f"{count(len(job.clips), 'clip')} {'is' if len(job.clips) == 1 else 'are'} ready"
        case JobState.WAITING if reason in _WAITS:
            return f"Waiting: {_WAITS[reason]}"
        case state:
            return _HEADLINES[state]


_WAITS = {
    Reason.NO_SLOT: "no slot is free",
    Reason.PAUSED: "paused by whoever runs Reel",
    Reason.RESERVED: "the slots that are left are reserved",
    Reason.RATE_LIMITED: "Reka has no slot free",
    Reason.UNREACHABLE: "Reka cannot be reached",
    Reason.KEY_REFUSED: "Reka refuses the API key",
    Reason.SIBLING: "the same request is being handed over",
}

_HEADLINES = {
    JobState.WAITING: "Accepted",
    JobState.SUBMITTING: "Asking Reka",
    JobState.FAILED: "No clips this time",
    JobState.CANCELLED: "Cancelled",
    JobState.EXPIRED: "Given up after 72 hours of waiting",
    JobState.UNSURE: "Unsure whether Reka took the job",
    JobState.NO_ANSWER: "No answer from Reka",
    JobState.REPLACED: "Cut anew",
}


def _wanted(job: Job) -> str:
    return count(job.request.num_generations or DEFAULT_CLIPS, "clip")


def explanation(job: Job, reason: Reason | None = None) -> str | None:
    """What happened, what it cost, what to do now; None while all goes as it should. Plain text, our own words."""
    match job.state:
        case JobState.WAITING if reason in _WAITING:
            return _WAITING[reason]
        case JobState.SUBMITTING if job.cancel_requested_at is not None:
            return "Cancelling: the request is on its way to Reka, so it is decided when Reka has answered."
        case JobState.COMPLETED:
            return _shortfall(job)
        case JobState.CANCELLED:
            return _cancelled(job)
        case JobState.FAILED:
            return failures.explanation(job)
        case state:
            return _RESTING.get(state)


_WAITING = {
    Reason.NO_SLOT: "Every slot of the key is taken. Nothing is spent yet; it starts by itself when its turn has come.",
    Reason.PAUSED: "Nothing is sent to Reka for now. Nothing is lost and nothing is spent; it goes on by itself once that is over.",
    Reason.RESERVED: (
        "The last slots are kept for named people; the Home tab shows for whom. Nothing is spent yet; it starts by itself "
        "when enough are free."
    ),
    Reason.RATE_LIMITED: "Reka says the key's requests are used up. Nothing is spent; it is tried again by itself.",
    Reason.UNREACHABLE: "No connection to Reka could be made. Nothing is spent; it is tried again by itself.",
    Reason.KEY_REFUSED: (
        "Nothing is lost and nothing is spent. Whoever runs Reel has to put a valid REKA_API_KEY into its settings; "
        "then it goes on by itself."
    ),
    Reason.SIBLING: "Nothing is spent yet; it starts as soon as the other one has its id, so that the two are not mixed up.",
}

_RESTING = {
    JobState.EXPIRED: "Its turn did not come in all that time. Nothing was spent. Cut it anew when you like.",
    JobState.UNSURE: (
        "The connection broke while the job was handed over, so Reka may be working on it and a slot may be spent. "
        "It is never sent a second time by itself: decide below."
    ),
    JobState.NO_ANSWER: "Reka took the job and has not finished it in an hour; the slot is spent. Look again later, or cut it anew.",
    JobState.REPLACED: "Somebody asked for it anew; the new card carries on.",
}


def _cancelled(job: Job) -> str:
    if job.reka_id is None:
        return "Nothing was spent."
    return "It is not followed any more. The slot is spent, and Reka goes on by itself."


def _shortfall(job: Job) -> str | None:
    linked = sum(clip.url is not None for clip in job.clips)
    wanted = job.request.num_generations
    if not job.clips:
        return (
            "Reka found nothing that fits; the slot is spent. Ask for something broader or another length, "
            "and run /reel again for another slot."
        )
    if linked < len(job.clips):
        return f"Reka sent no link for {count(len(job.clips) - linked, 'clip')}."
    if len(job.clips) < wanted:
        return f"You asked for {wanted}; Reka found {len(job.clips)} that fit."
    return None


OUTCOMES = {
    "noted": "The request is on its way to Reka. It is cancelled as soon as Reka has answered; the card says whether that cost a slot.",
    "too_late": "It is too late for that: the job has moved on. Its card shows how it stands.",
    "no_ask": "You have not asked for anything yet, as far as I still know. Type `/reel` and a link.",
    "offer_gone": "I no longer know what was asked here. Type it again; nothing is spent.",
    "not_yours": "Only the person who asked for this job may do that. Nothing was changed.",
    "may_not_spend": "Slots are spent by the people of this workspace, or by named people only, and you are not among them. Ask whoever runs Reel. Nothing is spent.",
    "may_not_rule": "Only those who run Reel may do that; they are named by REEL_OPERATOR in its settings. Nothing was changed.",
    "may_not_set": "A channel's preset is set by the people who may spend slots, and you are not among them. Ask whoever runs Reel. Nothing was changed.",
    "no_id": "That is no id of a job. Copy it as Reka shows it.",
}
"""What became of something a person asked for, where the card does not say it by itself."""

CUT_ALREADY = "It was cut anew before; that card is in the same thread. Nothing more is spent."

ASKED_ALREADY = "You asked for exactly this here, and it is still under way: its card tells how it stands. Nothing more is spent."

DATABASE_AWAY = (
    "My database does not answer just now. Nothing was accepted or changed, and nothing was spent. "
    "Try again in a minute; if it happens again, tell whoever runs Reel."
)
MAY_COME = (
    "My database stopped answering in that very moment, so what you asked for may still come. Look again in a minute "
    "before you try once more; the same request is not made twice while the first is under way."
)
FORM_FAULT = (
    "Something went wrong on my side, and nothing was spent. What you entered stays here: press again in a minute; "
    "if it happens again, tell whoever runs Reel."
)
"""At a field, so without markup."""
PRESS_FAULT = "Something went wrong on my side. The card shows how the job stands; press again if nothing has changed."
