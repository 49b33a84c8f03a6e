"""What the other tests of this folder need."""

import importlib.util
import os

import pytest

from local.cluster.temporal import NotInstalled, program


def test_temporal_is_installed() -> None:
    missing = "" if importlib.util.find_spec("temporalio") else "temporalio is not installed"
    try:
        program()
    except NotInstalled as error:
        missing = missing or str(error)
    if missing and "CI" not in os.environ:
        pytest.skip(f"{missing}; the tests of the engine for several machines are left out")
    assert not missing
