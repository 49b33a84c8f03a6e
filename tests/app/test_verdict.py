"""What a POST without an id means, for every way in which it can fail."""

import inspect

import pytest

from bot.jobs import TRANSITIONS, JobState, Reason
from bot.reka import errors
from bot.reka.errors import Fault, RekaError
from bot.slots import Ending
from bot.verdict import LONGEST_NAMED_MS, REFUSED_KEY_MS, RETRY_MS, Verdict, verdict
from tests.app.job import NOW, job

SUBMITTING = job(state=JobState.SUBMITTING, submitted_at=NOW - 1_000)
ABANDONED = job(state=JobState.SUBMITTING, cancel_requested_at=NOW - 500)
HOUR = 3_600_000

Pause = tuple[Reason, int] | None


def status(number: int, retry_after: float | None = None) -> RekaError:
    fault = Fault(number, "Says Reka", request_id="req-1", retry_after=retry_after)
    return errors.status_error(fault)


TABLE: list[tuple[RekaError, JobState, Ending, Pause]] = [
    (
        errors.NotLanded("ConnectError"),
        JobState.WAITING,
        Ending.RELEASED,
        (Reason.UNREACHABLE, NOW + RETRY_MS[0]),
    ),
    (status(429), JobState.WAITING, Ending.RELEASED, (Reason.RATE_LIMITED, NOW + RETRY_MS[0])),
    (
        status(429, 3600),
        JobState.WAITING,
        Ending.RELEASED,
        (Reason.RATE_LIMITED, NOW + HOUR),
    ),
    (status(401), JobState.WAITING, Ending.RELEASED, (Reason.KEY_REFUSED, NOW + REFUSED_KEY_MS)),
    (status(403), JobState.WAITING, Ending.RELEASED, (Reason.KEY_REFUSED, NOW + REFUSED_KEY_MS)),
    (status(400), JobState.FAILED, Ending.REFUSED, None),
    (status(402), JobState.FAILED, Ending.REFUSED, None),
    (status(404), JobState.FAILED, Ending.REFUSED, None),
    (status(422), JobState.FAILED, Ending.REFUSED, None),
    (status(303), JobState.SUBMITTING, Ending.AMBIGUOUS, None),
    (status(408), JobState.SUBMITTING, Ending.AMBIGUOUS, None),
    (status(500), JobState.SUBMITTING, Ending.AMBIGUOUS, None),
    (status(502), JobState.SUBMITTING, Ending.AMBIGUOUS, None),
    (status(503, 5), JobState.SUBMITTING, Ending.AMBIGUOUS, None),
    (status(504), JobState.SUBMITTING, Ending.AMBIGUOUS, None),
    (errors.Broken("ReadTimeout"), JobState.SUBMITTING, Ending.AMBIGUOUS, None),
    (errors.Broken("WriteError"), JobState.SUBMITTING, Ending.AMBIGUOUS, None),
    (errors.Garbled("no job"), JobState.SUBMITTING, Ending.AMBIGUOUS, None),
    (RekaError("new"), JobState.SUBMITTING, Ending.AMBIGUOUS, None),
]


def named(value: object) -> str | None:
    return f"{type(value).__name__}-{value}" if isinstance(value, RekaError) else None


@pytest.mark.parametrize(("error", "state", "ending", "pause"), TABLE, ids=named)
def test_every_failure_has_its_state_its_ending_and_its_pause(
    error: RekaError, state: JobState, ending: Ending, pause: Pause
) -> None:
    ruling = verdict(error, SUBMITTING, 0, NOW)
    assert (ruling.state, ruling.ending, ruling.pause) == (state, ending, pause)
    assert state is JobState.SUBMITTING or state in TRANSITIONS[JobState.SUBMITTING]
    assert ("ended_at" in ruling.changes) == (state is JobState.FAILED)


def test_the_table_misses_no_kind_of_error() -> None:
    kinds = {kind for _, kind in inspect.getmembers(errors, inspect.isclass)}
    raised = {kind for kind in kinds if issubclass(kind, RekaError)} - {errors.StatusError}
    assert {type(error) for error, *_ in TABLE} == raised


@pytest.mark.parametrize(("error", "state", "ending", "pause"), TABLE, ids=named)
def test_a_slot_is_given_back_only_where_nothing_can_have_landed(
    error: RekaError, state: JobState, ending: Ending, pause: Pause
) -> None:
    assert (ending is Ending.AMBIGUOUS) == (not error.not_landed)
    if state is JobState.WAITING:
        assert pause is not None, "another try comes after a pause, never at once"


@pytest.mark.parametrize(("error", "state", "ending", "pause"), TABLE, ids=named)
def test_a_wish_to_cancel_is_granted_only_where_the_job_would_wait_again(
    error: RekaError, state: JobState, ending: Ending, pause: Pause
) -> None:
    ruling = verdict(error, ABANDONED, 0, NOW)
    expected = JobState.CANCELLED if state is JobState.WAITING else state
    assert (ruling.state, ruling.ending, ruling.pause) == (expected, ending, pause)
    if expected is JobState.CANCELLED:
        assert ruling.changes["ended_at"] == NOW


def test_a_refused_request_keeps_rekas_words_and_the_request_id() -> None:
    assert verdict(status(400), SUBMITTING, 0, NOW).changes == {
        "reason": Reason.REQUEST_REFUSED,
        "error_message": "Says Reka",
        "request_id": "req-1",
        "ended_at": NOW,
    }
    silent = errors.status_error(Fault(400, ""))
    assert verdict(silent, SUBMITTING, 0, NOW).changes["error_message"] is None


@pytest.mark.parametrize("number", [401, 429, 500])
def test_the_request_id_is_kept_whatever_the_status(number: int) -> None:
    assert verdict(status(number), SUBMITTING, 0, NOW).changes == {"request_id": "req-1"}


@pytest.mark.parametrize("error", [errors.NotLanded(), status(429)])
def test_tries_in_a_row_are_spaced_out_up_to_five_minutes(error: RekaError) -> None:
    pauses = [_paused(verdict(error, SUBMITTING, tries, NOW)) for tries in range(8)]
    assert pauses == sorted(pauses)
    assert pauses == [*RETRY_MS, 300_000, 300_000, 300_000]


@pytest.mark.parametrize(
    ("retry_after", "tries", "milliseconds"),
    [
        (None, 0, 15_000),
        (0, 0, 15_000),
        (1, 3, 120_000),
        (0.5, 0, 15_000),
        (90, 0, 90_000),
        (7200, 4, 7_200_000),
        (86_400, 0, LONGEST_NAMED_MS),
        (1e12, 0, LONGEST_NAMED_MS),
    ],
)
def test_a_429_is_obeyed_but_never_less_than_our_own_pause_nor_more_than_a_day(
    retry_after: float | None, tries: int, milliseconds: int
) -> None:
    assert _paused(verdict(status(429, retry_after), SUBMITTING, tries, NOW)) == milliseconds


def _paused(ruling: Verdict) -> int:
    assert ruling.pause is not None
    return ruling.pause[1] - NOW
