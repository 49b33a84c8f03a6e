"""The message that brings the links: one paragraph a clip, ready to copy. It mentions the requester: it is the ping."""

from bot.jobs import Clip, Job
from bot.render import blocks, buttons, sentences
from bot.render.blocks import Block, Message

MAX_CLIPS = 12
"""The most that Reka makes in one job; a message has room for 50 blocks."""
MAX_CAPTION = 600
MAX_HASHTAGS = 300
PAID = "Each of these opens the form, and nothing is spent before you confirm:"


def links(job: Job, *, insecure_host: str | None = None, limited: bool = True) -> Message:
    """The finished clips with title, caption, hashtags, score and a link each. `limited`: slots are counted."""
    ready = sentences.count(len(job.clips), "clip")
    heading = [blocks.user(job.user_id), blocks.text(f" here you go: {ready}.")]
    paragraphs = [
        blocks.rich_text(*paragraph(number, clip, insecure_host))
        for number, clip in enumerate(job.clips[:MAX_CLIPS], start=1)
    ]
    titles = "; ".join(
        f"{number}. {sentences.safe(clip.title, 50)}"
        for number, clip in enumerate(job.clips[:MAX_CLIPS], start=1)
    )
    text = f"<@{job.user_id}> {ready}: {blocks.escaped(titles)}"
    missing = sentences.explanation(job)
    more = [blocks.rich_text([blocks.text(missing)])] if missing else []
    actions = [buttons.free(job), blocks.context(PAID), buttons.paid(job, limited=limited)]
    return Message(text, [blocks.rich_text(heading), *paragraphs, *more, *actions])


def as_text(job: Job) -> str:
    """Titles, captions and hashtags, to be copied: as they are, but for what no eye could see."""
    return "\n\n".join(
        "\n".join(filter(None, (f"{number}. {sentences.safe(clip.title, 150)}", *_details(clip))))
        for number, clip in enumerate(job.clips[:MAX_CLIPS], start=1)
    )


def source(url: str) -> Block:
    """The link to a video, shown as itself; text where it cannot be one."""
    shown = sentences.safe(url, 80) or "an address that cannot be shown"
    # http too: it is the address the person typed, shown as itself.
    target = blocks.safe_url(url, None) or blocks.safe_url(f"https{url[4:]}", None)
    return blocks.link(url, shown) if target else blocks.text(shown)


def _details(clip: Clip) -> tuple[str, str]:
    hashtags = " ".join(f"#{tag.lstrip('#')}" for tag in clip.hashtags if tag.strip("# "))
    return sentences.safe(clip.caption, MAX_CAPTION), sentences.safe(hashtags, MAX_HASHTAGS)


def paragraph(number: int, clip: Clip, insecure_host: str | None) -> list[list[Block]]:
    """A clip's paragraph, line by line."""
    title = sentences.safe(clip.title, 150) or f"Clip {number}"
    url = blocks.safe_url(clip.url, insecure_host)
    score = f"  score {clip.score}" if clip.score is not None else ""
    watch = blocks.link(url, "Watch") if url else blocks.text("Reka sent no link for this one.")
    return [
        [blocks.text(f"{number}. {title}", bold=True), blocks.text(f"{score}  "), watch],
        *([blocks.text(detail)] for detail in _details(clip) if detail),
    ]
