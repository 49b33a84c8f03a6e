"""The small modals: tell the id of a job at Reka, and one sentence for one person."""

from bot.jobs import Job
from bot.render import blocks
from bot.render.blocks import Block

HAVE_ID = "have_id"
ID_BLOCK = "reka_id"
ID_ACTION = "id"


def have_id(job: Job) -> Block:
    """Asks for the id that Reka's own pages or another tool show."""
    field: Block = {
        "type": "input",
        "block_id": ID_BLOCK,
        "label": {"type": "plain_text", "text": "The job's id at Reka"},
        "hint": {
            "type": "plain_text",
            "text": "As in 0b6f2c1e-6f0d-4a57-9a0b-3f5a3f1f7c11. Nothing is spent.",
        },
        "element": {"type": "plain_text_input", "action_id": ID_ACTION, "max_length": 100},
    }
    return _modal(HAVE_ID, job.id, "I have the id", "Follow it", [field])


def _modal(callback_id: str, job_id: str, title: str, submit: str, body: list[Block]) -> Block:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": job_id,
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": submit},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": body,
    }


def copy_text(text: str) -> Block:
    """Text to select, exactly as it is; Slack gives no app the clipboard."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Copy text"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [blocks.preformatted(text or "No text.")],
    }


def notice(sentence: str) -> Block:
    """One sentence for the person who pressed a button, alone."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Reel"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [blocks.mrkdwn_section(sentence)],
    }
