"""From what is known of the sources to the moments that become clips."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.reka.meaning import LiteralMeaning, Meaning, MeaningMissing
from local.reka.order import Order
from local.reka.ranking import Moment, Wish, choose, fill, rank
from local.reka.report import Report
from local.reka.windows import Indexed, windows
from local.reka.wish import wish

SHORTEST_HELPFUL = 5.0  # seconds a clip lasts at least where nobody asked for less
IDEAL = 25.0  # seconds a clip best lasts where nobody asked for anything
MOST_PARTS = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """The moments of each clip (several only in a compilation), and what was asked for."""

    clips: tuple[tuple[Moment, ...], ...]
    wish: Wish | None


def choose_clips(order: Order, videos: Sequence[Indexed], report: Report) -> Choice:
    """The moments for `order`, best clip first."""
    asked = understand(order, videos, report)
    shortest, longest, ideal, needed = lengths(order, videos)
    candidates = [
        window for video in videos for window in windows(video, shortest, longest, needed)
    ]
    ranked = rank(videos, candidates, ideal, asked)
    if order.template == "compilation":
        clips = compilations(order, videos, ranked)
    else:
        clips = [(moment,) for moment in choose(videos, ranked, order.num_generations)]
    remark(order, clips, report)
    return Choice(tuple(clips), asked)


def lengths(order: Order, videos: Sequence[Indexed]) -> tuple[float, float, float, int]:
    """Shortest, longest and ideal length of a moment in seconds, and how many are needed."""
    least, most = order.min_duration_seconds, order.max_duration_seconds
    if order.template == "compilation":
        return min(4.0, most / 3), most / 2, min(12.0, max(4.0, most / 4)), MOST_PARTS
    frame = max((video.frame for video in videos), default=0.0)
    shortest = min(most, max(least + frame, min(SHORTEST_HELPFUL, most / 2)))
    return shortest, most, min(most, max(shortest, IDEAL)), order.num_generations


def compilations(
    order: Order, videos: Sequence[Indexed], ranked: Sequence[Moment]
) -> list[tuple[Moment, ...]]:
    """The best moments in one clip; the next ones in a further clip, if one is wanted."""
    clips: list[tuple[Moment, ...]] = []
    left = list(ranked)
    while left and len(clips) < order.num_generations:
        parts = fill(videos, left, order.max_duration_seconds, MOST_PARTS)
        if not parts or (clips and len(parts) < 2):
            break
        clips.append(tuple(parts))
        left = [
            moment
            for moment in left
            if not any(moment.window.overlaps(part.window) for part in parts)
        ]
    return clips


def understand(order: Order, videos: Sequence[Indexed], report: Report) -> Wish | None:
    """What the prompt asks for beyond "the best", next to every sentence; None if nothing."""
    subject = wish(order.prompt)
    if subject is None:
        return None
    if not any(video.sentences for video in videos):
        report.note("The prompt could not steer: it is compared with what is said, not shown.")
        return None
    meaning: Meaning | LiteralMeaning
    try:
        meaning = Meaning(order.threads)
    except MeaningMissing:
        report.note("The sentence model is not installed: the prompt is compared word by word.")
        meaning = LiteralMeaning()
    said = tuple(
        meaning.vectors([sentence.text for sentence in video.sentences]) for video in videos
    )
    return Wish(meaning.vectors([subject])[0], said)


def remark(order: Order, clips: Sequence[Sequence[Moment]], report: Report) -> None:
    """Says where the video gave less than was asked for."""
    if len(clips) < order.num_generations:
        report.note(
            f"Only {len(clips)} of {order.num_generations} clips: "
            "the video has no more separate moments of the asked length."
        )
    shortest = min(sum(part.window.seconds for part in clip) for clip in clips)
    if shortest < order.min_duration_seconds - 0.1:
        report.note("No longer moment was found: a clip is shorter than the asked minimum.")
