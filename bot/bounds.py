"""What Reka takes, and a sentence for what is missing, contradicts itself or is beyond it. Pure."""

from bot import links
from bot.jobs import ReelRequest

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


def problems_of(request: ReelRequest) -> list[tuple[str, str]]:
    """(field, sentence) of all that is missing, contradicts itself or is beyond Reka's bounds."""
    found = [("video_urls", sentence) for sentence in _link_problems(request.video_urls)]
    for field_name, sentence in (
        ("prompt", _prompt_problem(request.prompt or "")),
        ("max_duration_seconds", _length_problem(request)),
        ("source_end_time", _part_problem(request)),
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


def _prompt_problem(prompt: str) -> str | None:
    if len(prompt) <= MAX_PROMPT:
        return None
    return f"What to look for has {len(prompt):,} characters; {MAX_PROMPT:,} are the most. Say it in a sentence or two."


def _length_problem(request: ReelRequest) -> str | None:
    shortest, longest = request.min_duration_seconds or 0, request.max_duration_seconds
    if (longest is not None and not 1 <= longest <= MAX_DURATION) or shortest > MAX_DURATION:
        length = longest if longest is not None else shortest
        return f"A clip lasts from 1 to {MAX_DURATION} seconds; `{length}s` does not fit."
    if shortest <= (longest or DEFAULT_MAX_DURATION):
        return None
    if longest:
        return f"The shortest length ({shortest} s) is above the longest ({longest} s); write the smaller one first."
    return f"Reka's longest clip is {DEFAULT_MAX_DURATION} s unless you say more: add `max:{shortest}s`."


def _part_problem(request: ReelRequest) -> str | None:
    start, end = request.source_start_time, request.source_end_time
    if end is None or end > (start or 0):
        return None
    return "`to:` must be later than `from:`; both count from the video's beginning."
