"""No proxies from outside, and retries without their pauses."""

import os
from collections.abc import Iterator

import pytest
import stamina
from hypothesis import settings

# A pause of the machine is no fault of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with stamina.set_testing(True, attempts=4, cap=True):
        yield
