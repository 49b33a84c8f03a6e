"""The log: our events and the libraries' warnings alike, one line each, and nothing that libraries say below that."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import log


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    root, known = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.configure(**known)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    said = capsys.readouterr()
    assert said.out == ""
    return [json.loads(line) for line in said.err.splitlines()]


def test_our_event_is_one_line_of_json_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info", "json")
    structlog.get_logger("bot.follow").info("stage_changed", job_id="j1", stage="queued")
    [line] = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "stage_changed", "level": "info", "job_id": "j1", "stage": "queued"}


def test_of_a_library_only_warnings_are_heard(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("debug", "json")
    logging.getLogger("slack_bolt").info("the body with a token")
    logging.getLogger("httpx").warning("%s is odd", "that")
    [line] = lines(capsys)
    assert (line["event"], line["level"]) == ("that is odd", "warning")


def test_a_pool_without_its_server_does_not_fill_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure("info", "json")
    logging.getLogger("psycopg.pool").warning("error connecting in %r: %s", "pool-1", "refused")
    assert lines(capsys) == []


def test_what_is_below_the_level_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("error", "json")
    structlog.get_logger("bot.follow").warning("poll_failed")
    logging.getLogger("aiohttp").warning("odd")
    structlog.get_logger("bot.follow").error("broken")
    assert [line["event"] for line in lines(capsys)] == ["broken"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_fault_comes_with_its_traceback(
    form: log.Format, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure("info", form)
    try:
        int("no number")
    except ValueError:
        structlog.get_logger("bot.engine").exception("follow_failed")
        logging.getLogger("asyncio").exception("and there")
    said = capsys.readouterr().err
    assert said.count("ValueError: invalid literal") == 2
    assert said.count("Traceback (most recent call last)") == 2
