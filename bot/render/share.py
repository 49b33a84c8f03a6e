"""A clip in another channel, with who made it and from what, and the modal that asks where. Pure."""

from bot.jobs import Clip, Job
from bot.render import blocks, clips, sentences
from bot.render.blocks import Block, Message

SHARE = "share_clip"
"""The modal's callback_id."""
CHANNEL = "channel"
CLIP = "clip"
WORDS = "words"
ENTERED = "entered"
MAX_WORDS = 500
_OURS: Block = {"include": ["public", "private"], "exclude_external_shared_channels": True}


def modal(job: Job) -> Block:
    """Which clip, where, and with what words. Free."""
    which = [_plain_option(str(number), _title(number, clip)) for number, clip in _numbered(job)]
    return {
        "type": "modal",
        "callback_id": SHARE,
        "private_metadata": job.id,
        "title": _plain("Share a clip"),
        "submit": _plain("Share"),
        "close": _plain("Close"),
        "blocks": [
            _input(
                CLIP,
                "Clip",
                {"type": "static_select", "options": which, "initial_option": which[0]},
            ),
            _input(CHANNEL, "Where", {"type": "conversations_select", "filter": _OURS}),
            {
                **_input(
                    WORDS, "A word with it", {"type": "plain_text_input", "max_length": MAX_WORDS}
                ),
                "optional": True,
            },
            blocks.context("Free: nothing is cut anew. I have to be in that channel."),
        ],
    }


def message(
    job: Job, number: int, by: str, words: str, *, thread: str | None, insecure_host: str | None
) -> Message:
    """The clip as it appears there. `by`: who shares it; `thread`: the address of the thread it was made in."""
    clip = job.clips[number - 1]
    said = sentences.safe(words, MAX_WORDS)
    heading = [blocks.user(by), blocks.text(f": {said}" if said else " shares a clip.")]
    sources = [[blocks.text("from "), clips.source(url)] for url in job.request.video_urls]
    made = [blocks.text("made by "), blocks.user(job.user_id), blocks.text("  ")]
    address = blocks.safe_url(thread, insecure_host)
    made += [blocks.link(address, "the thread")] if address else []
    lines = [heading, *clips.paragraph(number, clip, insecure_host), *sources, made]
    text = f"<@{by}>: {blocks.escaped(said)} {blocks.escaped(_title(number, clip))}"
    return Message(" ".join(text.split()), [blocks.rich_text(*lines)])


def _numbered(job: Job) -> list[tuple[int, Clip]]:
    return list(enumerate(job.clips[: clips.MAX_CLIPS], start=1))


def _title(number: int, clip: Clip) -> str:
    return f"{number}. {sentences.safe(clip.title, 65)}".strip()


def _input(block_id: str, label: str, element: Block) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label),
        "element": {**element, "action_id": ENTERED},
    }


def _plain_option(value: str, text: str) -> Block:
    return {"text": _plain(text), "value": value}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
