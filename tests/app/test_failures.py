"""What a downloader or the clip service complains of becomes a kind, and the kind an advice that says what it cost."""

import errno

import aiohttp
import pytest

from bot.jobs import JobState, Reason
from bot.render import failures
from local.reka import cutting, probe, sites, sources
from local.reka.addresses import GuardedSockets
from tests.app.job import job

BUSY, PASSES, LIVE = "turns downloads away", "often temporary", "still being broadcast"
AGE, PRIVATE, GONE, LONG = "age-restricted", "not public", "not there any more", "too long"
SILENT, UNREADABLE, SHORT = (
    "Nothing is spoken",
    "no video behind the link",
    "does not fit the video",
)
LASTING = {AGE, PRIVATE, GONE, LONG, SILENT, UNREADABLE, SHORT}

# As yt-dlp, ffmpeg and servers say it; the wording of Reka's own `error_message` is documented nowhere.
OF_DOWNLOADERS = {
    "HTTP Error 429: Too Many Requests": BUSY,
    "Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies": BUSY,
    "All player responses are invalid. Your IP is likely being blocked by Youtube": BUSY,
    "Your IP address is blocked from accessing this post": BUSY,
    "This request has been blocked due to its TLS fingerprint": BUSY,
    "The page needs to be reloaded.": BUSY,
    "HTTP Error 503: Service Unavailable": PASSES,
    "HTTP Error 502: Bad Gateway": PASSES,
    "HTTP Error 500: Internal Server Error": PASSES,
    "HTTP Error 403: Forbidden": PASSES,
    "Unable to download webpage: The read operation timed out": PASSES,
    "<urlopen error [Errno -3] Temporary failure in name resolution>": PASSES,
    "Connection reset by peer": PASSES,
    "Generation timed out": PASSES,
    "Internal error, please try again later": PASSES,
    "Unable to extract aweme detail info": PASSES,
    "This live event will begin in 3 hours.": LIVE,
    "Premieres in 2 hours": LIVE,
    "Sign in to confirm your age. This video may be inappropriate for some users.": AGE,
    "Private video. Sign in if you've been granted access to this video": PRIVATE,
    "This video is private": PRIVATE,
    "Join this channel to get access to members-only content like this video": PRIVATE,
    "This video is available to this channel's members on level: Supporter": PRIVATE,
    "This video requires payment to watch.": PRIVATE,
    "You must be logged into an account that has access to this subscriber-only content": PRIVATE,
    "This video is protected by a password, use the --video-password option": PRIVATE,
    "Because of its privacy settings, this video cannot be played here.": PRIVATE,
    "HTTP Error 401: Unauthorized": PRIVATE,
    "Video unavailable. This video has been removed by the uploader": GONE,
    "The uploader has not made this video available in your country": GONE,
    "This video is no longer available because the uploader has closed their account.": GONE,
    "This live stream recording is not available.": GONE,
    "Video 123456 does not exist": GONE,
    "This event has not been made available to anyone": GONE,
    "HTTP Error 404: Not Found": GONE,
    "HTTP Error 410: Gone": GONE,
    "Video is too long": LONG,
    "Video duration exceeds the maximum allowed length of 3 hours": LONG,
    "No speech detected in the video": SILENT,
    "The video has no audio track": SILENT,
    "Requested format is not available. Use --list-formats": UNREADABLE,
    "No video formats found!": UNREADABLE,
    "Unsupported URL: https://example.com/page": UNREADABLE,
    "This video is DRM protected": UNREADABLE,
    "Invalid data found when processing input": UNREADABLE,
    "moov atom not found": UNREADABLE,
    "Video is too short": SHORT,
}


def unusable(log: str, *, mp4: bool = False) -> str:
    return f"Video 1: {probe.why_unusable(log, mp4)}"


def network(error: Exception) -> str:
    return str(sources._network_failure("cdn.test", GuardedSockets(lambda _: True), error))


def refused(status: int, reason: str) -> str:
    """As the service says what another server answered."""
    return f"The address cdn.test refused: {status} {reason}. {sources._TRY_PRIVATE_WINDOW}"


STREAM = "Stream #0:0: Audio: aac"
OF_OUR_SERVICE = {
    refused(404, "Not Found"): GONE,
    refused(410, "Gone"): GONE,
    refused(401, "Unauthorized"): PRIVATE,
    refused(403, "Forbidden"): PRIVATE,
    refused(429, "Too Many Requests"): BUSY,
    refused(500, "Internal Server Error"): PASSES,
    refused(503, "Service Unavailable"): PASSES,
    str(sources._web_page("cdn.test")): UNREADABLE,
    "The video at cdn.test is larger than the 500 MiB this service takes. Use a smaller file.": LONG,
    network(aiohttp.ServerDisconnectedError()): PASSES,
    network(aiohttp.ClientConnectionError()): PASSES,
    network(aiohttp.InvalidURL("x")): PASSES,
    str(sources._disk_failure(OSError(errno.ENOSPC, "full"))): PASSES,
    str(sources._disk_failure(OSError(errno.EIO, "broken"))): PASSES,
    sites.sentence("youtube.com", "timed out"): PASSES,
    sites.sentence("twitch.tv", sites.LIVE): LIVE,
    sites.sentence("youtube.com", sites.TOO_LARGE): LONG,
    sites.sentence("youtube.com", "ERROR: [youtube] dQw4w9WgXcQ: Private video"): PRIVATE,
    sites.sentence("youtube.com", "ERROR: [youtube] dQw4w9WgXcQ: HTTP Error 403: Forbidden"): PASSES,
    unusable("moov atom not found", mp4=True): UNREADABLE,
    unusable(STREAM): UNREADABLE,
    unusable("stopped after 60 s: Video:"): UNREADABLE,
    unusable(f"{STREAM} Video: h264"): UNREADABLE,
    unusable("whatever"): UNREADABLE,
    "The video ends at 60 s, before the asked start at 90 s: choose an earlier source_start_time.": SHORT,
    "The video is too short to cut a clip from it.": SHORT,
    cutting.CRASHED: PASSES,
}  # fmt: skip


@pytest.mark.parametrize(
    ("message", "advice"), [*OF_DOWNLOADERS.items(), *OF_OUR_SERVICE.items()], ids=str
)
def test_a_complaint_is_understood(message: str, advice: str) -> None:
    known = failures.kind(message)
    assert known is not None
    assert advice in known.advice
    assert known.lasting is (advice in LASTING)


@pytest.mark.parametrize("message", [None, "", "Something odd happened", "Error 12"])
def test_a_complaint_that_we_do_not_know_is_of_no_kind(message: str | None) -> None:
    assert failures.kind(message) is None


def test_every_kind_has_a_complaint_in_those_tables() -> None:
    told = {failures.kind(message) for message in (*OF_DOWNLOADERS, *OF_OUR_SERVICE)}
    assert {each.advice for each in failures._FAILURES} == {each.advice for each in told if each}


@pytest.mark.parametrize("message", [*OF_DOWNLOADERS, *OF_OUR_SERVICE, "odd", None], ids=str)
@pytest.mark.parametrize(
    ("reason", "cost"),
    [
        (Reason.GENERATION_FAILED, "that used one slot"),
        (Reason.REQUEST_REFUSED, "no job began"),
        (Reason.DUPLICATE, "may be spent"),
        (Reason.GONE, "that used one slot"),
        (None, "whether it cost one"),
    ],
)
def test_a_failure_says_what_it_cost_and_what_to_do_now(
    reason: Reason | None, cost: str, message: str | None
) -> None:
    failed = job(state=JobState.FAILED, reason=reason, error_message=message)
    said = failures.explanation(failed)
    assert cost in said
    assert said.endswith(".")
    known = failures.kind(message)
    if known and reason in {Reason.GENERATION_FAILED, Reason.REQUEST_REFUSED}:
        assert known.advice in said


@pytest.mark.parametrize(
    ("reason", "message", "may"),
    [
        (Reason.GENERATION_FAILED, "HTTP Error 503: Service Unavailable", True),
        (Reason.GENERATION_FAILED, "Something odd happened", True),
        (Reason.GENERATION_FAILED, None, True),
        (Reason.GENERATION_FAILED, "This video is private", False),
        (Reason.GONE, None, True),
        (Reason.GONE, "This video is private", True),
        (Reason.REQUEST_REFUSED, "HTTP Error 503: Service Unavailable", False),
        (Reason.DUPLICATE, None, False),
        (None, None, False),
    ],
)
def test_the_same_again_is_offered_where_it_may_do_better(
    reason: Reason | None, message: str | None, may: bool
) -> None:
    failed = job(state=JobState.FAILED, reason=reason, error_message=message)
    assert failures.may_work_again(failed) is may
