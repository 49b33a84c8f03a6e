"""A small run of the whole cluster; `python -m tests.cluster` is the long one. And `make cluster`, as one types it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster.run import run
from tests.demo.test_demo import alive, children_of, killed_at_last

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
LEFT_OUT = frozenset(
    f"{name} restarted"
    for name in ("front 2", "worker 2", "worker 3", "PostgreSQL", "Temporal's server")
) | {"PostgreSQL killed for 3 s"}

pytestmark = pytest.mark.usefixtures("installed")


async def test_nothing_is_lost_or_done_twice_whatever_is_killed_or_frozen(tmp_path: Path) -> None:
    told: list[str] = []
    report = await run(tmp_path, jobs=42, seed=7, tell=told.append, but=LEFT_OUT)
    # How long a handover takes is the long run's to judge, on a machine of its own.
    assert [each for each in report.violations if not each.startswith("followed:")] == []
    assert report.jobs >= 42
    assert len(told) == 6
    assert set(report.handovers) == {"worker 1 killed", "worker 2 frozen"}


@contextmanager
def started(log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`make cluster`, with its terminal in a file."""
    with log.open("wb") as out:
        cluster = subprocess.Popen(
            [sys.executable, "-m", "local.cluster"],
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with cluster, killed_at_last(cluster):
        try:
            yield cluster
        finally:
            cluster.send_signal(signal.SIGINT)
            cluster.wait(PATIENCE)


def said(log: Path, words: str) -> str:
    """Wait until the cluster has said something; the line."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for line in log.read_text().splitlines():
            if words in line:
                return line
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_what_is_killed_is_started_again_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    log = tmp_path / "terminal"
    with started(log) as cluster:
        said(log, "kill -9 any pid")
        row = said(log, "worker 2")
        os.kill(int(row.split("│")[2]), signal.SIGKILL)
        said(log, "worker 2 has ended")
        said(log, "worker 2 runs again as pid")
        for name in ("PostgreSQL", "Temporal", "workspace", "clip service", "front 2", "balancer"):
            said(log, name)
        children = children_of(cluster.pid)
    assert cluster.returncode == 130
    assert len(children) >= 10
    assert not any(map(alive, children))
