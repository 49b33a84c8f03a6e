"""The unit and the container file: what they start exists, and they leave the app the time it needs to stop."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from annotated_types import Le

from bot.cli import app
from bot.config import Settings
from tests.ops.conftest import Operator

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "reel.service"
COMMANDS = {
    command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands
}


_LATER_KEYS = re.compile("Unknown key '(RestartSteps|RestartMaxDelaySec)'")


class Unit(configparser.RawConfigParser):
    """A unit file. Options may repeat, and their case counts."""

    def __init__(self) -> None:
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",))

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def service() -> dict[str, str]:
    unit = Unit()
    unit.read(UNIT)
    assert unit.sections() == ["Unit", "Service", "Install"]
    return dict(unit["Service"])


def longest_grace() -> float:
    return next(
        float(str(bound.le))
        for bound in Settings.model_fields["reel_grace_seconds"].metadata
        if isinstance(bound, Le)
    )


def instructions() -> list[tuple[str, str]]:
    """The container file's instructions: (name, arguments)."""
    text = (ROOT / "deploy" / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def test_the_unit_starts_a_command_that_there_is() -> None:
    program, command = shlex.split(service()["ExecStart"])
    assert Path(program).name in project()["scripts"]
    assert command in COMMANDS


def test_the_unit_starts_it_again_and_lets_it_drain() -> None:
    settings = service()
    assert settings["Restart"] == "always"
    assert int(settings["RestartSec"]) >= 5
    assert int(settings["TimeoutStopSec"]) > longest_grace()


def ended(*words: str) -> tuple[int, str]:
    """`reel …` as a process of its own, in the shell's environment: its exit code and what it said."""
    known = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bot", *words],
        env={**os.environ, **known},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def test_the_unit_leaves_wrong_settings_alone_and_starts_again_when_slack_is_away(
    shell: Operator,
) -> None:
    left = {int(code) for code in service()["RestartPreventExitStatus"].split()}
    shell.sets(SLACK_API_URL="http://127.0.0.1:9/api/")
    code, words = ended("run")
    assert "Slack cannot be reached" in words
    assert code not in {0, *left}
    shell.sets(REEL_DATABASE=str(shell.database.parent / "missing" / "reel.db"))
    code, words = ended("run")
    assert "cannot be used" in words
    assert code not in {0, *left}
    shell.sets(REKA_DIALECT="latin")
    code, words = ended("run")
    assert "REKA_DIALECT" in words
    assert code in left
    assert ended("walk")[0] in left


def test_the_codes_that_the_readme_names_are_those_that_there_are() -> None:
    said = (ROOT / "README.md").read_text()
    assert f"is not to be had at the start ({os.EX_UNAVAILABLE})" in said
    assert f"missing or wrong ({os.EX_CONFIG})" in said


def test_the_unit_keeps_the_database_where_the_app_may_write() -> None:
    text = UNIT.read_text()
    assert service()["StateDirectory"] == "reel"
    assert "Environment=REEL_DATABASE=%S/reel/reel.db" in text
    assert service()["ProtectSystem"] == "strict"
    assert service()["NoNewPrivileges"] == "yes"


def test_every_setting_in_the_unit_and_the_container_exists() -> None:
    files = UNIT.read_text() + (ROOT / "deploy" / "Containerfile").read_text()
    named = {name.lower() for name in re.findall(r"\b(REEL_[A-Z_]+)\b", files)}
    assert named
    assert named <= set(Settings.model_fields)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    # The program is not installed here, and that alone would be a fault.
    copy = tmp_path / "reel.service"
    copy.write_text(UNIT.read_text().replace("/opt/reel/.venv/bin/reel", "/bin/true"))
    judged = subprocess.run(  # noqa: S603
        ["systemd-analyze", "verify", str(copy)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    # An older systemd ignores the two keys that the unit says it may ignore.
    faults = [line for line in judged.stderr.splitlines() if not _LATER_KEYS.search(line)]
    assert (judged.returncode, faults) == (0, [])


def test_the_container_takes_everything_that_the_wheel_is_made_of() -> None:
    copied = " ".join(arguments for name, arguments in instructions() if name == "COPY").split()
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]["packages"]
    locks = ("requirements/app.txt", "requirements/scale.txt")
    for needed in (*locks, "pyproject.toml", project()["readme"], *packages):
        assert needed in copied
        assert (ROOT / needed).exists()


def test_the_container_has_what_any_setting_needs_and_no_development_server() -> None:
    [installed] = [line for name, line in instructions() if name == "RUN" and " -r " in line]
    locks = re.findall(r"-r (\S+)", installed)
    pinned = set(
        re.findall(r"^([\w.-]+)==", "".join((ROOT / lock).read_text() for lock in locks), re.M)
    )
    left_out = set(re.findall(r"uninstall -y (\S+)", installed))
    extras = project()["optional-dependencies"]
    needed = {re.split(r"[\[>]", each)[0] for each in extras["scale"]}
    assert needed <= pinned - left_out
    assert left_out == {re.split(r"[\[>]", each)[0] for each in extras["cluster"]}


def test_the_container_installs_by_hash_and_runs_as_nobody_in_particular() -> None:
    found = instructions()
    installs = [
        arguments for name, arguments in found if name == "RUN" and "pip install" in arguments
    ]
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    assert ("USER", "10001:10001") in found
    assert ("VOLUME", "/data") in found
    assert not any(name == "HEALTHCHECK" for name, _ in found)
    assert found[-2:] == [("ENTRYPOINT", '["reel"]'), ("CMD", '["run"]')]
    assert "run" in COMMANDS
