"""What the operator's commands print: findings, jobs and the trail of slots as tables, jobs as JSON, the trail as CSV."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.finding import Finding, Level
from bot.jobs import Job, JobState
from bot.overview import Entry, Overview
from bot.render import ledger, sentences, sheet
from bot.slots import Standing
from bot.trail import Spent

_MARKS = {
    Level.OK: Text("✓", "green"),
    Level.WARNING: Text("!", "yellow"),
    Level.FAULT: Text("✗", "bold red"),
}


PIPE_WIDTH = 140
"""Columns where there is no terminal to ask."""


def console() -> Console:
    """Standard output. What others wrote is never read as markup."""
    plain = Console(markup=False, highlight=False)
    return plain if plain.is_terminal else Console(markup=False, highlight=False, width=PIPE_WIDTH)


def findings(found: Sequence[Finding]) -> Table:
    """One row a check; the mend below what was found."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for finding in found:
        said = Text(finding.found)
        if finding.mend:
            said.append(f"\n→ {finding.mend}", "bold")
        table.add_row(_MARKS[finding.level], finding.name, said)
    return table


def jobs(overview: Overview, now: int) -> Table:
    """One row a job, newest first. `now` in epoch ms."""
    table = Table("job", "state", "since", "who", "where", box=None, padding=(0, 2, 0, 0))
    for entry in overview.entries:
        job = entry.job
        table.add_row(job.id, Text(state(entry)), _since(entry, now), job.user_id, job.channel_id)
    return table


def state(entry: Entry) -> str:
    """The state with what explains it: the stage of a running job, why it waits, or why it failed."""
    job = entry.job
    words = job.state.value.replace("_", " ")
    if job.state is JobState.RUNNING and job.stage:
        return f"{words}: {sentences.safe(job.stage, 40)}"
    if entry.reason is not None:
        words = f"{words}: {entry.reason.value.replace('_', ' ')}"
    return words if job.settled_at or job.state.unfinished else f"{words} (to be told in Slack)"


def _since(entry: Entry, now: int) -> str:
    return f"{_local(entry.since)} ({sentences.duration(now - entry.since)})"


def _local(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment / 1000, UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def slots(standing: Standing | None) -> str:
    """What is left of the key's window, in a sentence."""
    if standing is None:
        return "The slots are not known without REKA_API_KEY."
    if standing.limit is None:
        return "The key has no limit."
    left = f"{standing.left} of {sentences.count(standing.limit, 'slot')} left"
    if standing.frees_at is None:
        return f"{left}."
    return f"{left}; the next one frees at {_local(standing.frees_at)}."


def trail(found: Sequence[Spent]) -> Table:
    """One row a slot, newest first: when, who, where, what for, to what end."""
    table = Table("when", "who", "where", "what for", "end", box=None, padding=(0, 2, 0, 0))
    for spent in found:
        wish = ledger.wish(spent.job) if spent.job else ""
        where = (spent.user_id, spent.channel_id)
        table.add_row(_local(spent.taken_at), *where, Text(wish), Text(ledger.end(spent)))
    return table


def as_csv(found: Sequence[Spent]) -> bytes:
    """The same for a spreadsheet, in UTF-8. The workspace's address is not known here, so there is none of a card."""
    return "".join((sheet.head(), *(sheet.row(spent, None) for spent in found))).encode()


def as_json(overview: Overview) -> str:
    """The same for programs; `slots` is null without a key, times are ISO 8601 in UTC. No prompt, no link of a video."""
    document = {
        "slots": _slots(overview.slots) if overview.slots else None,
        "jobs": [_job(entry.job, entry) for entry in overview.entries],
    }
    return json.dumps(document, indent=2)


def _slots(standing: Standing) -> dict[str, object]:
    return {
        "limit": standing.limit,
        "left": standing.left,
        "next_frees_at": _iso(standing.frees_at),
    }


def _job(job: Job, entry: Entry) -> dict[str, object]:
    return {
        "id": job.id,
        "state": job.state.value,
        "stage": job.stage,
        "reason": entry.reason.value if entry.reason else None,
        "since": _iso(entry.since),
        "created_at": _iso(job.created_at),
        "team": job.team_id,
        "user": job.user_id,
        "channel": job.channel_id,
        "card_ts": job.card_ts,
        "reka_id": job.reka_id,
        "clips": len(job.clips),
        "told": job.settled_at is not None,
    }


def _iso(moment: int | None) -> str | None:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat() if moment is not None else None
