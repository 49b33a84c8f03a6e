"""The rolling quota: its headers and its window."""

import pytest

from local.reka.limits import Quota, window_ms

HOUR = 3_600_000
NOW = 1_800_000_000_000


def read(quota: Quota, *ages_ms: int) -> tuple[int, int, int]:
    headers = quota.headers([NOW - age for age in ages_ms], NOW)
    return (
        int(headers["x-ratelimit-requests-remaining"]),
        int(headers["x-ratelimit-requests-reset"]),
        int(headers["retry-after"]),
    )


def test_an_unused_key_has_its_whole_quota_and_nothing_to_wait_for() -> None:
    assert read(Quota(10, 24 * HOUR)) == (10, 0, 0)


def test_while_requests_are_left_retry_after_is_zero_as_the_api_sends_it() -> None:
    assert read(Quota(2, 24 * HOUR), HOUR) == (1, 23 * 3600, 0)


def test_a_used_up_key_waits_for_its_oldest_request_and_resets_with_its_newest() -> None:
    assert read(Quota(2, 24 * HOUR), HOUR, 23 * HOUR) == (0, 23 * 3600, 3600)


def test_requests_leave_the_window_one_by_one() -> None:
    assert read(Quota(2, 24 * HOUR), 24 * HOUR, HOUR)[0] == 1


def test_a_lowered_limit_waits_until_enough_requests_have_left() -> None:
    assert read(Quota(1, 24 * HOUR), HOUR, 2 * HOUR, 3 * HOUR) == (0, 23 * 3600, 23 * 3600)


def test_a_fraction_of_a_second_is_rounded_up_so_that_nobody_comes_too_early() -> None:
    assert read(Quota(1, 1000), 999)[2] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("24h", 24 * HOUR), ("90s", 90_000), ("15m", 900_000), ("2d", 48 * HOUR), ("0.5", 500)],
)
def test_a_window_is_written_with_its_unit(text: str, expected: int) -> None:
    assert window_ms(text) == expected


@pytest.mark.parametrize("text", ["", "0h", "-1h", "day", "24 hours"])
def test_a_window_that_is_no_span_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="Write it like 24h"):
        window_ms(text)
