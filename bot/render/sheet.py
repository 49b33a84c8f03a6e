"""The trail as CSV (RFC 4180), for a spreadsheet or a program. Pure."""

import csv
import io
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.render import blocks, ledger, sentences
from bot.trail import Spent

COLUMNS = (
    *("taken_at", "occupied_until", "user_id", "channel_id", "job_id", "prompt", "video_urls"),
    *("ending", "status", "outcome", "clips", "card_ts", "card_url"),
)
ELSEWHERE = "elsewhere"
MAX_PROMPT = 3_000

_FORMULA = "=+-@＝＋－＠"


def head() -> str:
    """The header row."""
    return _line(COLUMNS)


def row(spent: Spent, workspace_url: str | None) -> str:
    """One slot. Times are ISO 8601 in UTC; without `workspace_url` there is no address of the card."""
    when = (_iso(spent.taken_at), _iso(spent.occupied_until))
    where = (spent.user_id, spent.channel_id or ELSEWHERE)
    end = (spent.ending.value, str(spent.status or ""), ledger.end(spent))
    job_id, prompt, video_urls, *after = _of_job(spent, workspace_url)
    return _line((*when, *where, job_id, prompt, video_urls, *end, *after))


def _of_job(spent: Spent, workspace_url: str | None) -> tuple[str, ...]:
    """job_id, prompt, video_urls, clips, card_ts, card_url; all empty where the job is not to be seen."""
    job = spent.job
    if job is None:
        return ("",) * 6
    prompt = sentences.safe(job.request.prompt or "", MAX_PROMPT)
    urls = " ".join(sentences.safe(url, blocks.MAX_URL) for url in job.request.video_urls)
    card_ts, address = job.card_ts or "", ""
    if card_ts and workspace_url:
        address = blocks.permalink(workspace_url, job.channel_id, card_ts, job.thread_ts)
    return job.id, prompt, urls, str(len(job.clips)), card_ts, address


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(map(literal, cells))
    return line.getvalue()


def literal(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: a single quote goes in front of what may begin one.

    Source: OWASP, "CSV Injection": = + - @, their full-width forms, tab, carriage return and line feed; every cell quoted.
    """
    risky = cell[:1] in _FORMULA or unicodedata.category(cell[:1] or " ") == "Cc"
    return f"'{cell}" if cell and risky else cell


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
