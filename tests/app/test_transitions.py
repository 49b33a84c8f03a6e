"""The moves between states: every one that is drawn, and no other."""

from bot.jobs import TRANSITIONS, UNFINISHED, JobState, sources_of

FINAL = {
    JobState.COMPLETED,
    JobState.FAILED,
    JobState.CANCELLED,
    JobState.EXPIRED,
}


def reachable(start: JobState) -> set[JobState]:
    seen: set[JobState] = set()
    ahead = [start]
    while ahead:
        state = ahead.pop()
        ahead += TRANSITIONS.get(state, frozenset()) - seen
        seen.add(state)
    return seen


def test_every_state_is_reached_from_waiting() -> None:
    assert reachable(JobState.WAITING) == set(JobState)


def test_a_final_state_is_left_by_nothing() -> None:
    assert {state for state in JobState if not TRANSITIONS.get(state)} == FINAL


def test_every_other_state_can_end() -> None:
    for state in set(JobState) - FINAL:
        assert reachable(state) & FINAL, state


def test_submitting_is_entered_from_waiting_only_so_that_a_post_needs_a_fresh_intent() -> None:
    assert sources_of(JobState.SUBMITTING) == (JobState.WAITING,)


def test_nothing_goes_back_to_waiting_but_a_submission_that_did_not_land() -> None:
    assert sources_of(JobState.WAITING) == (JobState.SUBMITTING,)


def test_unfinished_are_the_states_in_which_the_app_itself_has_work() -> None:
    assert {state for state in JobState if state.unfinished} == UNFINISHED
    assert JobState.UNSURE not in UNFINISHED
    assert JobState.NO_ANSWER not in UNFINISHED


def test_sources_mirror_the_table() -> None:
    for state in JobState:
        for source in JobState:
            assert (source in sources_of(state)) == (state in TRANSITIONS.get(source, frozenset()))
