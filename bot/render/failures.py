"""Why a job failed, in our words: what it is, whether the same again may work, and what to do now. Pure.

Reka's `error_message` is free text whose wording is documented nowhere, so it is matched by words that video sites and
their downloaders use; what fits none is shown as it came, with general advice.
"""

import re
from dataclasses import dataclass

from bot.jobs import Job, Reason


@dataclass(frozen=True, slots=True)
class Failure:
    """A kind of failure. `advice`: what it is and what to do now. `lasting`: the same again would fail again."""

    pattern: re.Pattern[str]
    advice: str
    lasting: bool = True


def _failure(pattern: str, advice: str, *, lasting: bool = True) -> Failure:
    return Failure(re.compile(pattern, re.IGNORECASE), advice, lasting)


_PASSES = (
    "That is often temporary: cut it anew a little later, and use another link if it fails again."
)

# The first that fits counts: "confirm you're not a bot" asks to sign in, too, and passes.
_FAILURES = (
    _failure(
        r"\bbots?\b|captcha|\b429\b|too many requests|rate.?limit|\bIP\b.{0,20}\bblocked|"
        r"request has been blocked|page needs to be reloaded",
        "The video's site turns downloads away just now. That mostly passes: cut it anew a little later.",
        lasting=False,
    ),
    _failure(r"service unavailable|temporarily|(?:error|refused:) 5\d\d\b", _PASSES, lasting=False),
    _failure(
        r"still being broadcast|live (?:stream|event|video)(?! recording)|\bis live|premiere",
        "The video is still being broadcast. Cut it anew when it has ended.",
        lasting=False,
    ),
    _failure(
        r"age.?restrict|confirm your age|inappropriate for some",
        "The video is age-restricted, so it cannot be downloaded. Use another link.",
    ),
    _failure(
        r"private (?!browser)|is private|privacy|sign(?:ed)? in|log(?:ged)? ?in|log into|members?.only|"
        r"channel's members|subscriber|password|permission|payment|refused: 403|\b401\b",
        "The video is not public, so it cannot be downloaded. Make it public or unlisted, or use another link.",
    ),
    _failure(
        r"removed|unavailable|(?<!format is )not available|in your country|been made available|"
        r"(?<!atom )not found|deleted|terminated|no longer (?:exists|available)|doesn't exist|"
        r"does not exist|not there any more|\b404\b|\b410\b",
        "The video is not there any more, or not in Reka's country. Use another link.",
    ),
    _failure(
        r"too long|too large|larger than|longer than|(?:maximum|max\w*) (?:\w+ )?(?:length|duration|size)|exceeds|"
        r"not ready within",
        "The video is too long. Ask for a part of it only, or use a shorter one.",
    ),
    _failure(
        r"no (?:speech|spoken|audio|sound|dialog\w*|transcript)|without (?:speech|sound|audio)|silent",
        "Nothing is spoken in the video, and moments are found by what is said. Use one in which somebody speaks.",
    ),
    _failure(
        r"not (?:a |to a )?video|no video|unsupported|not supported|format|codec|web page|ordinary mp4|file is (?:empty|damaged)|"
        r"drm|invalid data|moov atom|incomplete|empty file|redirects more|neither http|user name in it|certificate",
        "There is no video behind the link that can be read. Use the address of a YouTube or Twitch video, or of an .mp4.",
    ),
    _failure(
        r"too short|asked start|asked part|shorter than",
        "The part or the length that was asked for does not fit the video. Change the ask.",
    ),
    _failure(
        r"time.?d? ?out|timeout|connection|network|unreachable|could not be reached|temporar|try again|overload|"
        r"internal|\b40[38]\b|\b5\d\d\b|download|could not be fetched|could not write|no proper answer|"
        r"unable to extract",
        _PASSES,
        lasting=False,
    ),
)

_UNKNOWN = "The same again may fail again; cutting it anew costs another slot."


def kind(message: str | None) -> Failure | None:
    """The kind of failure that a message of Reka's tells of; None for one that we do not know."""
    return next((each for each in _FAILURES if each.pattern.search(message or "")), None)


def may_work_again(job: Job) -> bool:
    """Whether the same request, paid for again, may do better."""
    if job.reason is Reason.GONE:
        return True
    known = kind(job.error_message)
    return job.reason is Reason.GENERATION_FAILED and not (known and known.lasting)


def explanation(job: Job) -> str:
    """What happened, what it cost as far as we know, and what to do now."""
    known = kind(job.error_message)
    match job.reason:
        case Reason.GENERATION_FAILED:
            return f"Reka took the job and could not finish it; that used one slot. {known.advice if known else _UNKNOWN}"
        case Reason.REQUEST_REFUSED:
            advice = known.advice if known else "Change what it objects to."
            return f"Reka did not take the request, so no job began. {advice}"
        case Reason.DUPLICATE:
            return (
                "Reka answered with the job of another card, so this one has none of its own. A slot may be spent. "
                "Ask in other words to get other clips."
            )
        case Reason.GONE:
            return "Reka took the job and no longer knows it; that used one slot. Cut it anew, for another one."
        case _:
            return "It did not work, and Reka gave no reason. The slots below show whether it cost one."
