"""What the cluster needs: Debian's PostgreSQL, and what `make .venv/scale` installs."""

import os
from importlib.util import find_spec

import pytest

from local.cluster.postgres import NoPostgres, binaries
from local.cluster.temporal import NotInstalled, program


@pytest.fixture(scope="session")
def installed() -> None:
    """Skips where something is missing, except where CI=true."""
    if missing := _missing():
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)


def _missing() -> str:
    for name in ("psycopg", "temporalio"):
        if find_spec(name) is None:
            return f"There is no {name}; make .venv/scale"
    try:
        binaries()
        program()
    except (NoPostgres, NotInstalled) as error:
        return str(error)
    return ""
