"""What people read, in one place: what was asked, where a job stands, what went wrong and what to do now."""

import unicodedata
from collections.abc import Mapping

from bot.captions import LOCALES
from bot.jobs import DEFAULT_CLIPS, Job, JobState, Reason, ReelRequest, Template
from bot.render import failures
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
    "`/reel preset` sets what a channel's reels are like when nobody says otherwise; `no-preset` leaves that out once."
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
    spaced = "".join(" " if char.isspace() else char for char in text)
    visible = "".join(
        char for char in spaced if char in _JOINERS or unicodedata.category(char) not in _UNWANTED
    )
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


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
    if standing.limit is None or standing.left is None:
        return "uses one request of the key"
    if standing.left == 0:
        return "waits for a slot: none is left now"
    return f"uses 1 of {count(standing.left, 'slot')} left"


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
    Reason.RATE_LIMITED: "Reka says the key's requests are used up. Nothing is spent; it is tried again by itself.",
    Reason.UNREACHABLE: "No connection to Reka could be made. Nothing is spent; it is tried again by itself.",
    Reason.KEY_REFUSED: (
        "Nothing is lost and nothing is spent. Whoever runs Reel has to put a valid REKA_API_KEY into its settings; "
        "then it goes on by itself."
    ),
    Reason.SIBLING: "Nothing is spent yet; it starts as soon as the other one has its id, so that the two are not mixed up.",
}

_RESTING = {
    JobState.EXPIRED: "Reka could not take it in all that time. Nothing was spent. Cut it anew when you like.",
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


_CHANNELS = {
    "not_in_channel": "I am not in this channel. Type `/invite @Reel` here and ask again.",
    "channel_not_found": (
        "I am not in this conversation. In a channel, type `/invite @Reel` and ask again; "
        "in a direct message between people I cannot post at all: use a channel, or my own direct message."
    ),
    "is_archived": "This channel is archived. Use another one.",
    "is_inactive": "This channel is archived. Use another one.",
    "restricted_action_read_only_channel": "This channel is read-only for me. Use another one, or ask an admin to let apps post here.",
    "restricted_action_thread_only_channel": "Here one may only answer in threads: use *Make a reel* on a message instead.",
    "restricted_action_thread_locked": "This thread is locked. Use *Make a reel* on another message, or /reel in the channel.",
    "restricted_action_non_threadable_channel": "This channel takes no threads, and I answer in one. Use another channel.",
    "restricted_action": "This channel only lets some people post. Use another one, or ask an admin to let apps post here.",
    "cannot_reply_to_message": "This message takes no replies. Use *Make a reel* on another one, or /reel in the channel.",
    "invalid_thread_ts": "The message is not there any more. Use /reel in the channel.",
    "thread_not_found": "The message is not there any more. Use /reel in the channel.",
    "slack_connect": "The other organisation in this channel does not let me post. Use a channel of your own.",
    "external_channel": "The other organisation in this channel does not let me post. Use a channel of your own.",
    "ekm_access_denied": "An administrator has closed this channel to apps for now. Use another one, or ask them.",
    "app_access_restricted": "An administrator has closed this channel to apps. Use another one, or ask them.",
    "team_access_not_granted": "I am not installed in the workspace of this channel. Use another one, or ask an admin there.",
    "messages_tab_disabled": "My direct messages are switched off in this workspace. Use a channel that I am in.",
}
"""By Slack's error code, or how it begins; the first that fits counts."""


def channel_refused(code: str) -> str:
    """Why Slack did not let us post, what it cost, and the way in. `code` is Slack's error code; mrkdwn of our own."""
    known = (sentence for prefix, sentence in _CHANNELS.items() if code.startswith(prefix))
    why = next(known, f"Slack does not let me post here ({safe(code, 60)}). Use another channel.")
    return f"Nothing was started and nothing is spent. {why}"


def not_shared(code: str) -> str:
    """Why a clip could not be shared into a channel; for a field, so without markup."""
    return (
        channel_refused(code)
        .replace("Nothing was started and nothing is spent.", "Not shared.")
        .replace("`", "")
    )


SHARE_UNSURE = "Slack did not answer in time. Look into that channel before you share it again."

_NOT_KEPT = {
    "not_in_channel": "I am not in this channel: type /invite @Reel here for the next ones",
    "channel_not_found": "I am not in this conversation",
    "missing_scope": "the app lacks files:write: whoever runs Reel has to reinstall it from its manifest",
    "file_upload_size_restricted": "it is too large for this workspace",
    "file_type_not_allowed": "this workspace does not allow video files",
    "file_uploads_disabled": "this workspace does not allow files",
    "file_uploads_except_images_disabled": "this workspace allows pictures only",
    "storage_limit_reached": "the workspace's storage is full",
    "posting_to_channel_denied": "this channel does not let me post files",
    "slack_connect": "the other organisation in this channel does not allow it",
    "is_archived": "the channel is archived",
    "restricted_action": "this channel does not let me post files",
    "not_available": "it could not be downloaded",
    "no_link": "Reka sent no link for it",
    "unknown_size": "its host does not say how large it is",
    "unavailable": "Slack could not take it",
    "unsure": "Slack did not say whether it arrived, and it is not sent twice",
}
"""Why a clip is not in the thread, by Slack's error code, or how it begins, or a word of ours."""


def not_kept(code: str) -> str:
    """Why a clip is no file in the thread."""
    why = next((why for prefix, why in _NOT_KEPT.items() if code.startswith(prefix)), None)
    return f"Not in the thread as a file: {why or f'Slack said {safe(code, 60)}'}."


OUTCOMES = {
    "noted": "The request is on its way to Reka. It is cancelled as soon as Reka has answered; the card says whether that cost a slot.",
    "too_late": "It is too late for that: the job has moved on. Its card shows how it stands.",
    "no_ask": "You have not asked for anything yet, as far as I still know. Type `/reel` and a link.",
    "offer_gone": "I no longer know what was asked here. Type it again; nothing is spent.",
    "not_yours": "Only the person who asked for this job may do that. Nothing was changed.",
    "may_not_spend": "Slots are spent by named people here, and you are not among them. Ask whoever runs Reel. Nothing is spent.",
    "may_not_set": "A channel's preset is set by the people who may spend slots, and you are not among them. Ask whoever runs Reel. Nothing was changed.",
    "no_id": "That is no id of a job. Copy it as Reka shows it.",
}
"""What became of something a person asked for, where the card does not say it by itself."""

CUT_ALREADY = "It was cut anew before; that card is in the same thread. Nothing more is spent."

ASKED_ALREADY = "You asked for exactly this here, and it is still under way: its card tells how it stands. Nothing more is spent."

PRESS_FAULT = "Something went wrong on my side. The card shows how the job stands; press again if nothing has changed."
