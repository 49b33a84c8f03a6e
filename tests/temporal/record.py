"""`python -m tests.temporal.record NAME`: what Temporal keeps of today's workflows, for `test_replay.py`.

Run it when the steps of a workflow have changed, with a name that no file has yet. The older files stay: jobs of an older
Reel may be under way when a newer one takes them over.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from temporalio.client import Client

from bot.breaker import Breaker
from bot.temporal import TemporalEngine
from bot.worker import taking
from local.cluster.temporal import dev_server
from local.ports import free_port
from tests.temporal.follower import engine
from tests.temporal.notes import Notes, until

HISTORIES = Path(__file__).parent / "histories"
WHO = "worker"
"""In place of the process and the machine that a history names."""


async def followed(asked: TemporalEngine, notes: Notes) -> str:
    """A job that is under way."""
    asked.follow("followed")
    await notes.see(1, "begun", "followed")
    return "followed"


async def afresh(asked: TemporalEngine, notes: Notes) -> str:
    """A job that is let go of, followed afresh, and at rest."""
    asked.follow("afresh")
    await notes.see(1, "begun", "afresh")
    asked.afresh("afresh")
    await notes.see(2, "begun", "afresh")
    notes.add("go", "afresh")
    await asked.namespace.client.get_workflow_handle("afresh").result()
    return "afresh"


async def woken(asked: TemporalEngine, notes: Notes) -> str:
    """A job that begins with a signal."""
    notes.add("go", "woken")
    asked.afresh("woken")
    await until(lambda: not asked._errands)
    await asked.namespace.client.get_workflow_handle("woken").result()
    return "woken"


async def chore(asked: TemporalEngine, notes: Notes) -> str:
    """What repeats, done once."""
    await notes.see(1, "tick")
    async for found in asked.namespace.client.list_workflows("WorkflowType = 'Chore'"):
        await asked.namespace.client.get_workflow_handle(found.id).result()
        return found.id
    return await chore(asked, notes)


SCENES: dict[str, Callable[[TemporalEngine, Notes], Awaitable[str]]] = {
    each.__name__: each for each in (followed, afresh, woken, chore)
}


async def history(client: Client, workflow_id: str) -> str:
    """The history of a workflow, without what names this machine."""
    found = await client.get_workflow_handle(workflow_id).fetch_history()
    text = json.dumps(json.loads(found.to_json()), indent=1)
    return f"{text.replace(client.identity, WHO)}\n"


async def main(name: str) -> None:
    """Write a file for each scene."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Notes(Path(folder) / "notes")
        async with dev_server(free_port(), Path(folder)) as server:
            asked = await engine(server.address, "one", notes)

            async def tick() -> None:
                notes.add("tick")

            asked.every(3600, tick, "tick")
            async with asked, taking(asked, Breaker(), 5):
                for scene, play in SCENES.items():
                    text = await history(asked.namespace.client, await play(asked, notes))
                    (HISTORIES / f"{scene}-{name}.json").write_text(text)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
