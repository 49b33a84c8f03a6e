"""What people read: where a job stands, what it cost and what to do now."""

from dataclasses import replace
from typing import Any

import pytest

from bot import ask
from bot.jobs import EXPIRES_MS, JobState, Reason
from bot.render import answers, blocks, card, clips, home, sentences
from bot.render.blocks import Message
from bot.request import ReelRequest, Template
from bot.rules import Rules
from bot.slots import Standing, minute
from local.slack.blockkit.check import check_message, check_view
from tests.app.job import ASKER, LINK, NOW, clip, job

FAILING = (
    Reason.REQUEST_REFUSED,
    Reason.GENERATION_FAILED,
    Reason.DUPLICATE,
    Reason.GONE,
)
RESTING = set(JobState) - {JobState.WAITING, JobState.SUBMITTING, JobState.RUNNING}


def read(message: Message) -> str:
    """All words of the blocks, as a person reads them."""
    words: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            for key, value in part.items():
                if key in {"text", "title", "url", "user_id"} and isinstance(value, str):
                    words.append(value)
                else:
                    walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(message.blocks)
    return " ".join(words)


def tasks(message: Message) -> list[str]:
    plan: Any = message.blocks[0]
    return [task["status"] for task in plan["tasks"]]


@pytest.mark.parametrize("plan", [True, False])
@pytest.mark.parametrize("reason", [None, *Reason])
@pytest.mark.parametrize("state", JobState)
def test_every_state_has_a_card_that_slack_accepts(
    state: JobState, reason: Reason | None, plan: bool
) -> None:
    kept = job(state=state, reason=reason, stage="indexing", ended_at=NOW)
    why = reason if state is JobState.WAITING else None
    shown = card.card(kept, Standing(10, 0, NOW, 1, NOW + 1, why), NOW, plan=plan)
    assert check_message(shown.blocks) == []
    assert sentences.headline(kept, why) in read(shown)
    assert shown.text.strip()


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (state, None)
        for state in sorted(RESTING - {JobState.CANCELLED, JobState.REPLACED, JobState.FAILED})
    ]
    + [(JobState.FAILED, reason) for reason in FAILING],
)
def test_a_job_at_rest_says_what_happened_and_the_same_to_screen_readers(
    state: JobState, reason: Reason | None
) -> None:
    resting = job(state=state, reason=reason, ended_at=NOW)
    explanation = sentences.explanation(resting)
    assert explanation
    shown = card.card(resting, Standing(), NOW)
    assert explanation in read(shown)
    assert blocks.escaped(explanation) in shown.text


@pytest.mark.parametrize(
    ("stage", "done"),
    [("queued", 0), ("starting", 1), ("downloading", 2), ("indexing", 3), ("processing", 5)],
)
def test_the_plan_ticks_off_the_stages_before_the_real_one(stage: str, done: int) -> None:
    shown = tasks(card.card(job(state=JobState.RUNNING, stage=stage), Standing(), NOW))
    assert shown == ["complete"] * done + ["in_progress"] + ["pending"] * (5 - done)


def test_a_finished_plan_is_ticked_off_and_one_that_stopped_says_where() -> None:
    finished = job(state=JobState.COMPLETED, stage="completed", clips=(clip(),))
    assert set(tasks(card.card(finished, Standing(), NOW))) == {"complete"}
    stopped = job(state=JobState.NO_ANSWER, stage="indexing")
    assert tasks(card.card(stopped, Standing(), NOW))[3] == "error"
    waiting = job(state=JobState.WAITING)
    assert set(tasks(card.card(waiting, Standing(), NOW))) == {"pending"}


def test_the_card_says_how_long_it_takes_and_since_when() -> None:
    going = read(card.card(job(state=JobState.RUNNING, stage="queued"), Standing(), NOW))
    assert "1 min 5 s so far" in going
    assert "<!date^1789999935^{time}|14:12 UTC>" in going
    ended = job(state=JobState.COMPLETED, clips=(clip(),), ended_at=NOW)
    assert "took 1 min 5 s" in read(card.card(ended, Standing(), NOW + 10**9))


def test_the_card_says_which_slots_are_left_and_when_the_next_one_frees() -> None:
    frees = NOW + 3_600_000
    words = read(card.card(job(state=JobState.RUNNING), Standing(10, 0, frees), NOW))
    assert "0 of 10 slots left" in words
    assert f"the next frees {blocks.moment(minute(frees))}" in words
    assert "frees" not in read(card.card(job(), Standing(10, 1, frees), NOW))
    assert "slot" not in read(card.card(job(), Standing(), NOW)), "a key without a limit"


@pytest.mark.parametrize(
    ("reason", "headline"),
    [
        (Reason.NO_SLOT, "Waiting: no slot is free"),
        (Reason.RATE_LIMITED, "Waiting: Reka has no slot free"),
        (Reason.UNREACHABLE, "Waiting: Reka cannot be reached"),
        (Reason.KEY_REFUSED, "Waiting: Reka refuses the API key"),
        (Reason.SIBLING, "Waiting: the same request is being handed over"),
    ],
)
def test_a_waiting_card_says_why_its_place_and_when_it_starts(
    reason: Reason, headline: str
) -> None:
    starts = NOW + 3_600_000
    waits = Standing(10, 0, starts, place=2, starts_at=starts, reason=reason)
    shown = card.card(job(), waits, NOW)
    words = read(shown)
    assert headline in words
    assert "2 before it" in words
    assert f"starts about {blocks.moment(minute(starts))}" in words
    assert "othing is spent" in words
    assert shown.text.startswith(f"{headline}. ")
    first = card.card(job(), replace(waits, place=0, starts_at=NOW), NOW)
    assert "next in line" in read(first)
    assert "starts about" not in read(first)


def test_a_card_that_would_wait_too_long_says_that_no_slot_is_expected() -> None:
    given_up = NOW - 65_000 + EXPIRES_MS
    late = Standing(10, 0, NOW, place=30, starts_at=given_up + 1, reason=Reason.NO_SLOT)
    words = read(card.card(job(), late, NOW))
    assert "starts about" not in words
    assert f"no slot is expected before it is given up, {blocks.moment(given_up)}" in words


def test_a_moment_says_its_day() -> None:
    assert blocks.moment(NOW).startswith("<!date^1790000000^{date_short_pretty} {time}|Sep 21, ")


@pytest.mark.parametrize("state", sorted(RESTING | {JobState.RUNNING, JobState.SUBMITTING}))
def test_only_a_waiting_card_has_a_place_in_line(state: JobState) -> None:
    words = read(card.card(job(state=state, stage="queued"), Standing(10, 3, None), NOW))
    assert "line" not in words.replace("deadline", "")
    assert "Waiting" not in words


def test_a_clock_that_went_back_shows_no_negative_time() -> None:
    assert "0 s so far" in read(card.card(job(state=JobState.RUNNING), Standing(), NOW - 10**7))


def test_a_failed_card_carries_rekas_own_words() -> None:
    failed = job(
        state=JobState.FAILED,
        reason=Reason.GENERATION_FAILED,
        error_message="Video is private",
        ended_at=NOW,
    )
    words = read(card.card(failed, Standing(), NOW))
    assert "Reka says:  Video is private" in words
    assert "used one slot" in words


def test_the_final_card_and_the_links_message_carry_every_link() -> None:
    two = (clip("One", url="https://cdn.test/1.mp4"), clip("Two", url="https://cdn.test/2.mp4"))
    done = job(state=JobState.COMPLETED, clips=two)
    for message in (
        card.card(done, Standing(), NOW),
        card.card(done, Standing(), NOW, plan=False),
        clips.links(done),
    ):
        assert "https://cdn.test/1.mp4" in read(message)
        assert "https://cdn.test/2.mp4" in read(message)


def test_the_links_message_mentions_the_requester_and_shows_all_of_a_clip() -> None:
    message = clips.links(job(state=JobState.COMPLETED, clips=(clip(),)))
    assert message.text == f"<@{ASKER}> 1 clip: 1. The highlight"
    words = read(message)
    assert ASKER in words
    for part in ("1. The highlight", "score 85", "Worth a look", "#one #two", "Watch"):
        assert part in words


def test_a_clip_that_misses_everything_is_still_listed() -> None:
    bare = clip("", url=None, caption="", hashtags=("", "#"), score=None)
    done = job(state=JobState.COMPLETED, clips=(bare,))
    words = read(clips.links(done))
    assert "Clip 1" in words
    assert "Reka sent no link for this one." in words
    assert "score" not in words
    assert "Reka sent no link for 1 clip." in read(card.card(done, Standing(), NOW))


def test_fewer_clips_than_asked_for_are_explained() -> None:
    one = job(state=JobState.COMPLETED, clips=(clip(),))
    assert "You asked for 3; Reka found 1 that fit." in read(card.card(one, Standing(), NOW))
    none = job(state=JobState.COMPLETED)
    assert "Finished without a clip" in read(card.card(none, Standing(), NOW))
    assert "the slot is spent" in read(card.card(none, Standing(), NOW))


def test_the_root_says_who_asked_for_what_from_where() -> None:
    message = card.root(job(prompt="the best goals", video_urls=(LINK, "http://x.test/b.mp4")))
    assert check_message(message.blocks) == []
    words = read(message)
    for part in (ASKER, "3 clips", LINK, "http://x.test/b.mp4", "the best goals"):
        assert part in words
    assert message.text == f"<@{ASKER}> asked for 3 clips from 2 videos"


@pytest.mark.parametrize(
    ("chosen", "restated"),
    [
        ({}, "3 clips"),
        ({"num_generations": 1}, "1 clip"),
        ({"template": Template.COMPILATION, "num_generations": 1}, "1 compilation"),
        ({"aspect_ratio": "16:9"}, "3 clips · 16:9"),
        ({"min_duration_seconds": 15, "max_duration_seconds": 60}, "3 clips · 15–60 s"),
        ({"min_duration_seconds": 0}, "3 clips · at least 0 s"),
        ({"max_duration_seconds": 30}, "3 clips · up to 30 s"),
        (
            {"source_start_time": 600, "source_end_time": 4200},
            "3 clips · 10:00–1:10:00 of the video",
        ),
        ({"source_start_time": 5}, "3 clips · from 0:05"),
        ({"source_end_time": 5}, "3 clips · up to 0:05 of the video"),
        ({"resolution": 1080, "subtitles": False}, "3 clips · 1080p · no subtitles"),
    ],
)
def test_a_request_is_restated(chosen: dict[str, Any], restated: str) -> None:
    assert sentences.asked(replace(ReelRequest((LINK,)), **chosen)) == restated


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(-5, "0 s"), (999, "0 s"), (59_999, "59 s"), (65_000, "1 min 5 s"), (3_780_000, "1 h 3 min")],
)
def test_durations_read_well(milliseconds: int, words: str) -> None:
    assert sentences.duration(milliseconds) == words


@pytest.mark.parametrize(
    "message",
    [
        answers.help_text(),
        answers.fault(),
        answers.accepted(job(prompt="goals")),
        answers.misunderstood(("One.", "Two."), "clips:9"),
        answers.channel_refused("not_in_channel"),
        answers.channel_refused("restricted_action_thread_locked"),
        answers.channel_refused("something_new"),
    ],
)
def test_every_answer_is_accepted_and_reads_the_same_without_blocks(message: Message) -> None:
    assert check_message(message.blocks) == []
    assert message.text.split(".")[0] in read(message)


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found"])
def test_a_channel_the_app_is_not_in_is_answered_with_the_way_in(code: str) -> None:
    text = answers.channel_refused(code).text
    assert "`/invite @Reel`" in text
    assert "nothing is spent" in text


def test_every_example_in_the_help_is_understood() -> None:
    for option in sentences.HELP.split("`")[3::2]:
        if not option.startswith("/"):
            assert ask.read(f"{LINK} {option}").prompt is None, option


def test_a_home_with_many_spenders_names_some_and_counts_the_rest() -> None:
    many = [f"U{number:010d}" for number in range(250)]
    view: Any = home.home(
        [],
        [],
        Standing(10, 3),
        presets={},
        spenders=many,
        set_rules=Rules(reserved=2, reserved_for=tuple(many), set_by="U1"),
        may_rule=True,
        workspace_url="",
    )
    assert check_view(view, "home") == []
    assert str(view).count("and 230 more") == 2
