"""What Reka takes, and a sentence for what is missing, contradicts itself or is beyond it. Pure."""

from dataclasses import dataclass

from bot import links
from bot.request import ReelRequest

MAX_LINKS = 5
MAX_LINKS_LENGTH = 3_000
"""Of all links, a line each: what fits into the modal's field, so that every ask can be changed there."""
MAX_PROMPT = 2_000
MAX_CLIPS = 3
"""Reka's bounds for `num_generations` in a request."""
MAX_DURATION = 600
DEFAULT_MAX_DURATION = 90
"""What Reka takes for `max_duration_seconds` when it is left out."""
ASPECT_RATIOS = ("9:16", "16:9", "4:5", "1:1")
RESOLUTIONS = (240, 360, 480, 720, 1080)


@dataclass(frozen=True, slots=True)
class Words:
    """What the parts of an ask are called where it is made; as they stand, after `/reel`."""

    prompt: str = "What to look for"
    shortest: str = "The shortest length"
    longest: str = "the longest"
    #: How to allow more seconds, which stand for {}.
    longer: str = "add `max:{}s`"
    start: str = "`from:`"
    end: str = "`to:`"


TYPED = Words()


def problems_of(request: ReelRequest, words: Words = TYPED) -> list[tuple[str, str]]:
    """(field, sentence) of all that is missing, contradicts itself or is beyond Reka's bounds."""
    found = [("video_urls", sentence) for sentence in _link_problems(request.video_urls)]
    for field_name, sentence in (
        ("prompt", _prompt_problem(request.prompt or "", words)),
        ("max_duration_seconds", _length_problem(request, words)),
        ("source_end_time", _part_problem(request, words)),
    ):
        found += [(field_name, sentence)] if sentence else []
    return found


def _link_problems(video_urls: tuple[str, ...]) -> list[str]:
    if not video_urls:
        return [
            "I found no video link. Paste one that begins with https:// (YouTube, Twitch or a direct .mp4)."
        ]
    if len(video_urls) > MAX_LINKS:
        return [f"Those are {len(video_urls)} links; one job takes at most {MAX_LINKS}."]
    problems = [problem for link in video_urls if (problem := links.problem_with(link))]
    if not problems and len("\n".join(video_urls)) > MAX_LINKS_LENGTH:
        return [f"The links are longer than {MAX_LINKS_LENGTH:,} characters together; use fewer."]
    return problems


def _prompt_problem(prompt: str, words: Words) -> str | None:
    if len(prompt) <= MAX_PROMPT:
        return None
    return f"{words.prompt} has {len(prompt):,} characters; {MAX_PROMPT:,} are the most. Say it in a sentence or two."


def _length_problem(request: ReelRequest, words: Words) -> str | None:
    shortest, longest = request.min_duration_seconds or 0, request.max_duration_seconds
    if (longest is not None and not 1 <= longest <= MAX_DURATION) or shortest > MAX_DURATION:
        length = longest if longest is not None else shortest
        return f"A clip lasts from 1 to {MAX_DURATION} seconds; `{length}s` does not fit."
    if shortest <= (longest or DEFAULT_MAX_DURATION):
        return None
    if longest:
        return f"{words.shortest} ({shortest} s) is above {words.longest} ({longest} s); lower the one or raise the other."
    longer = words.longer.format(shortest)
    return f"Reka's longest clip is {DEFAULT_MAX_DURATION} s unless you say more: {longer}."


def _part_problem(request: ReelRequest, words: Words) -> str | None:
    start, end = request.source_start_time, request.source_end_time
    if end is None or end > (start or 0):
        return None
    return f"{words.end} must be later than {words.start}; both count from the video's beginning."
