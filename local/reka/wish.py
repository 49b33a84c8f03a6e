"""What a prompt really asks for: a subject, or just "the best"."""

import re
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
# Words of a prompt that names no subject.
GENERIC = frozenset((ASSETS / "generic_prompt_words.txt").read_text(encoding="utf-8").split())
LEAD = re.compile(
    r"^(?:please\s+)?(?:create|make|cut|find|show|give|get|extract|generate|produce)\b"
    r"(?:(?!\b(?:about|where|when|on|of|why|how|that|showing|with)\b).)*"
    r"\b(?:about|where|when|on|of|showing|with)\b\s*",
    re.IGNORECASE,
)


def wish(prompt: str | None) -> str | None:
    """The subject asked for, or None where the prompt (Reka's default one, say) names none."""
    if not prompt:
        return None
    words = re.findall(r"[^\W_]+", prompt.lower())
    if all(word in GENERIC or word.isdigit() for word in words):
        return None
    subject = LEAD.sub("", prompt.strip()).strip()
    return subject or prompt.strip()
