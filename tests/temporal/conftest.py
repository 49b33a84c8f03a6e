"""Temporal's development server on loopback, and engines with their workers; left out where they are not installed."""

import gc
import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local.cluster.temporal import DevServer, dev_server
from local.ports import free_port

# What is missing is told by test_installed.py.
collect_ignore_glob = [] if importlib.util.find_spec("temporalio") else ["test_[!i]*.py"]


def pytest_unconfigure() -> None:
    """As the command line does before it ends."""
    gc.collect()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[DevServer]:
    """A server of the test's own."""
    folder = tmp_path / "temporal"
    folder.mkdir()
    async with dev_server(free_port(), folder) as running:
        yield running
