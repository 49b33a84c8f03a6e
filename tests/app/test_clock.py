"""The app's clock starts with the wall clock and does not jump with it."""

import structlog.testing
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from bot.chores import ClockWatch
from bot.clock import LEAP_MS, Clock, steady_ms, wall_ms
from bot.messages import Messages
from bot.operator import Operator
from tests.app.job import NOW


class Machine:
    """Time as a machine shows it: what has passed, and how far its wall clock was set."""

    def __init__(self) -> None:
        self.passed, self.set_by = 0, 0

    def wall(self) -> int:
        return NOW + self.passed + self.set_by

    def steady(self) -> int:
        return 12_345 + self.passed


@given(st.lists(st.tuples(st.integers(0, 10**8), st.integers(-(10**8), 10**8))))
def test_it_tells_what_has_passed_since_the_start_however_the_wall_clock_is_set(
    course: list[tuple[int, int]],
) -> None:
    machine = Machine()
    clock = Clock(machine.wall, machine.steady)
    for passed, set_by in course:
        machine.passed += passed
        machine.set_by = set_by
        assert clock.now() == NOW + machine.passed
        assert clock.leapt() == set_by


def test_on_this_machine_it_begins_with_the_wall_clock() -> None:
    before = wall_ms()
    now = Clock().now()
    assert before - 1 <= now <= wall_ms() + 1
    assert steady_ms() <= steady_ms()


async def test_that_the_wall_clock_was_set_is_said_once_for_each_time() -> None:
    machine = Machine()
    operator = Operator(
        Messages(AsyncWebClient(base_url="http://127.0.0.1:9/")), frozenset(), lambda: NOW
    )
    watch = ClockWatch(Clock(machine.wall, machine.steady), operator)
    with structlog.testing.capture_logs() as logs:
        for set_by in (0, LEAP_MS, LEAP_MS + 1, LEAP_MS + 2, 0):
            machine.set_by = set_by
            await watch.look()
    assert [(line["event"], line["by_seconds"]) for line in logs] == [
        ("clock_leapt", 60),
        ("clock_leapt", 0),
    ]
