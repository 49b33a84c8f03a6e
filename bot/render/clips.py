"""The message that brings the links: one paragraph a clip, ready to copy. It mentions the requester: it is the ping."""

from bot.jobs import Clip, Job
from bot.render import blocks, sentences
from bot.render.blocks import Block, Message

MAX_CLIPS = 12
"""The most that Reka makes in one job; a message has room for 50 blocks."""
MAX_CAPTION = 600
MAX_HASHTAGS = 300


def links(job: Job, *, insecure_host: str | None = None) -> Message:
    """The finished clips with title, caption, hashtags, score and a link each."""
    ready = sentences.count(len(job.clips), "clip")
    heading = [blocks.user(job.user_id), blocks.text(f" here you go: {ready}.")]
    paragraphs = [
        blocks.rich_text(*_clip(number, clip, insecure_host))
        for number, clip in enumerate(job.clips[:MAX_CLIPS], start=1)
    ]
    titles = "; ".join(
        f"{number}. {sentences.safe(clip.title, 50)}"
        for number, clip in enumerate(job.clips[:MAX_CLIPS], start=1)
    )
    text = f"<@{job.user_id}> {ready}: {blocks.escaped(titles)}"
    return Message(text, [blocks.rich_text(heading), *paragraphs])


def _clip(number: int, clip: Clip, insecure_host: str | None) -> list[list[Block]]:
    title = sentences.safe(clip.title, 150) or f"Clip {number}"
    url = blocks.safe_url(clip.url, insecure_host)
    score = f"  score {clip.score}" if clip.score is not None else ""
    watch = blocks.link(url, "Watch") if url else blocks.text("Reka sent no link for this one.")
    hashtags = " ".join(f"#{tag.lstrip('#')}" for tag in clip.hashtags if tag.strip("# "))
    details = (sentences.safe(clip.caption, MAX_CAPTION), sentences.safe(hashtags, MAX_HASHTAGS))
    return [
        [blocks.text(f"{number}. {title}", bold=True), blocks.text(f"{score}  "), watch],
        *([blocks.text(detail)] for detail in details if detail),
    ]
