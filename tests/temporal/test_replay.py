"""A newer Reel goes on with the jobs of an older one: its workflows take the same steps from the same history.

Source: https://docs.temporal.io/develop/python/testing-suite#replay
"""

from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from bot.temporal import runtime
from bot.workflows import FOLLOW, ChoreWorkflow, JobWorkflow
from tests.temporal.record import HISTORIES, SCENES


@workflow.defn(name="Job", sandboxed=False)
class Otherwise:
    """Begins with a step that none of the histories has."""

    @workflow.run
    async def run(self, job_id: str, heartbeat_seconds: int) -> None:
        await workflow.sleep(heartbeat_seconds)
        await workflow.execute_activity(FOLLOW, job_id)


def kept(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(file.stem, file.read_text())


@pytest.mark.parametrize("file", sorted(HISTORIES.iterdir()), ids=lambda file: file.stem)
async def test_what_older_versions_have_begun_is_gone_on_with(file: Path) -> None:
    replayer = Replayer(workflows=[JobWorkflow, ChoreWorkflow], runtime=runtime())
    await replayer.replay_workflow(kept(file))


def test_there_is_a_history_of_each_scene() -> None:
    assert {file.stem.split("-")[0] for file in HISTORIES.iterdir()} == set(SCENES)


async def test_another_step_would_be_noticed() -> None:
    replayer = Replayer(workflows=[Otherwise], runtime=runtime())
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(kept(HISTORIES / "followed-1.json"))
