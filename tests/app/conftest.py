"""No proxies from outside, retries without their pauses, and the certificates read once."""

import functools
import os
from collections.abc import Iterator

import httpx
import pytest
import stamina
from hypothesis import settings

from tests.databases import address, base, pair, postgres, server

__all__ = ["address", "base", "pair", "postgres", "server"]

# A pause of the machine is no fault of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


# Reading the system's certificates is the slowest part of making a client.
_certificates = functools.cache(httpx.create_ssl_context)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(httpx, "create_ssl_context", _certificates)
    with stamina.set_testing(True, attempts=4, cap=True):
        yield
