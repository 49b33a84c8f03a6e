"""From words, loudness and cuts to windows, and from windows to the best ones."""

import numpy as np
import pytest

from local.reka.choosing import choose_clips, lengths
from local.reka.order import Order
from local.reka.picture import Picture
from local.reka.ranking import Wish, choose, fill, rank, sentences_in
from local.reka.report import Report
from local.reka.sentences import Word, clauses, quiet_runs, sentences, settle
from local.reka.track import Track
from local.reka.windows import Indexed, Window, room, windows
from local.reka.wish import wish

RATE = 20


def said(*lines: tuple[float, str], pace: float = 0.4) -> tuple[Word, ...]:
    """Words from the given second of each line on, one every `pace` seconds."""
    return tuple(
        Word(round(begin + k * pace, 3), round(begin + (k + 1) * pace, 3), text)
        for begin, line in lines
        for k, text in enumerate(line.split())
    )


def video(
    words: tuple[Word, ...] = (),
    end: float = 60.0,
    cuts: tuple[float, ...] = (),
    loud: tuple[tuple[float, float, float], ...] = (),
    source: int = 0,
) -> Indexed:
    """A video that is silent but for its words (−25 dB) and the given (start, end, dB)."""
    levels = np.full(int(end * RATE), -90.0, np.float32)
    for start, stop, level in (*((word.start, word.end, -25.0) for word in words), *loud):
        levels[round(start * RATE) : round(stop * RATE)] = level
    loudness = Track(0.0, RATE, levels)
    motion = Track(0.0, 25, np.ones(int(end * 25), np.float32))
    return Indexed(
        source=source,
        begin=0.0,
        end=end,
        picture=Picture(motion, cuts),
        loudness=loudness,
        words=words,
        sentences=tuple(settle(sentences(words), loudness)),
    )


TALK = said(
    (1, "Good morning to all of you here."),
    (6, "My name is Robin and I build phones."),
    (12, "The battery lasts thirty hours on one charge."),
    (18, "We took the service down for six hours."),
    (24, "An expired certificate locked every customer out."),
    (30, "Thank you very much for listening to me."),
)


def test_sentences_end_at_full_stops_and_long_pauses() -> None:
    words = said((0, "One two three."), (1.4, "Four five"), (8, "six seven."))
    assert [each.text for each in sentences(words)] == [
        "One two three.",
        "Four five",
        "six seven.",
    ]


def test_a_full_stop_before_a_lower_case_word_is_a_breath() -> None:
    words = said((0, "It runs on a single charge."), (2.6, "measured in the rain."))
    assert [each.text for each in sentences(words)] == [
        "It runs on a single charge, measured in the rain."
    ]


def test_clauses_also_end_at_commas() -> None:
    assert [each.text for each in clauses(said((0, "One two, three four.")))] == [
        "One two,",
        "three four.",
    ]


def test_nobody_speaking_gives_no_sentences() -> None:
    assert sentences(()) == []


def test_edges_move_into_the_quiet_around_a_sentence() -> None:
    words = said((2, "Seven words are said in this sentence."))
    levels = np.full(10 * RATE, -90.0, np.float32)
    levels[round(1.6 * RATE) : round(4.5 * RATE)] = -25  # Whisper was late at both ends
    (settled,) = settle(sentences(words), Track(0.0, RATE, levels))
    assert settled.start == pytest.approx(1.6)
    assert settled.end == pytest.approx(4.5)


def test_edges_stay_where_music_leaves_no_quiet() -> None:
    words = said((2, "Seven words are said in this sentence."))
    track = Track(0.0, RATE, np.full(10 * RATE, -25.0, np.float32))
    (settled,) = settle(sentences(words), track)
    assert quiet_runs(track) == []
    assert (settled.start, settled.end) == (words[0].start, words[-1].end)


def test_windows_hold_whole_sentences_within_the_asked_length() -> None:
    talk = video(TALK)
    found = windows(talk, 5, 15, needed=2)
    assert found
    for window in found:
        assert 5 <= window.seconds <= 15
        assert not any(word.start < window.start < word.end for word in TALK)
        assert not any(word.start < window.end < word.end for word in TALK)
        assert sentences_in(talk, window)


def test_a_window_begins_behind_a_cut_and_ends_before_the_next() -> None:
    words = said((10.3, "First words of a new scene."), (13, "And these are its last words."))
    talk = video(words, cuts=(10.0, 15.5))
    frame = 1 / 25
    starts = {round(each.start, 3) for each in windows(talk, 4, 20, needed=1)}
    ends = {round(each.end, 3) for each in windows(talk, 4, 20, needed=1)}
    assert round(10.0 + frame / 2, 3) in starts
    assert all(end <= 15.5 - frame for end in ends)


def test_applause_right_behind_the_words_stays_with_them() -> None:
    words = said((5, "And it still works as you can see."), (30, "Now to something else."))
    talk = video(words, loud=((8.6, 13.0, -28.0),))
    ends = [each.end for each in windows(talk, 3, 15, needed=1)]
    assert any(12.9 <= end <= 13.6 for end in ends)


def test_without_speech_windows_follow_the_shots() -> None:
    film = video(end=30, cuts=(7.0, 19.0))
    found = windows(film, 10, 13, needed=2)
    assert any(abs(each.start - 7.02) < 0.01 and abs(each.end - 18.94) < 0.01 for each in found)
    assert all(each.seconds <= 13 for each in found)


def test_a_video_shorter_than_the_minimum_is_one_window() -> None:
    assert windows(video(end=4.0), 10, 20, needed=3) == [Window(0, 0.0, 4.0)]


def test_a_sentence_longer_than_allowed_is_cut_at_its_commas() -> None:
    long = said((1, "aa bb cc dd ee ff gg hh ii jj, kk ll mm nn oo pp qq rr ss tt, uu vv ww xx."))
    found = windows(video(long, end=14), 3, 5, needed=1)
    assert found
    assert all(each.seconds <= 5 for each in found)
    assert not any(word.start < each.end < word.end - 0.01 for each in found for word in long)


def test_smaller_units_are_used_when_sentences_give_too_few_clips() -> None:
    words = said((1, "We turned the radio off, the screen was dark, and it lasted for hours."))
    found = windows(video(words, end=10), 1, 8, needed=3)
    assert {each.makeshift for each in found} == {0, 1}
    assert room(found) == 3


def ideal_rank(
    videos: list[Indexed], candidates: list[Window], asked: Wish | None = None
) -> Window:
    return rank(videos, candidates, 10, asked)[0].window


def test_the_loud_moment_wins_without_a_wish() -> None:
    talk = video(TALK, loud=((18.0, 21.2, -8.0),))
    best = ideal_rank([talk], windows(talk, 3, 8, needed=1))
    assert best.start < 18.2
    assert best.end > 21


def test_the_subject_asked_for_beats_loudness() -> None:
    talk = video(TALK, loud=((1.0, 3.8, -5.0),))
    vectors = np.eye(6, dtype=np.float32)
    asked = Wish(vectors[4], (vectors,))
    best = ideal_rank([talk], windows(talk, 2, 5, needed=1), asked)
    assert "certificate" in sentences_in(talk, best)[0].text


def test_windows_of_all_sources_compete() -> None:
    quiet, loud = video(TALK), video(TALK, loud=((12, 15.2, -5.0),), source=1)
    candidates = [*windows(quiet, 3, 8, needed=1), *windows(loud, 3, 8, needed=1)]
    assert ideal_rank([quiet, loud], candidates).source == 1


def test_the_score_is_a_percentile() -> None:
    talk = video(TALK)
    ranked = rank([talk], windows(talk, 3, 15, needed=1), 10, None)
    scores = [each.score for each in ranked]
    assert (scores[0], scores[-1]) == (100, 0)
    assert scores == sorted(scores, reverse=True)


def test_chosen_clips_never_overlap() -> None:
    talk = video(TALK)
    chosen = [
        each.window for each in choose([talk], rank([talk], windows(talk, 3, 9, 9), 6, None), 9)
    ]
    assert len(chosen) > 2
    assert not any(one.overlaps(two) for one in chosen for two in chosen if one is not two)


def test_the_same_words_are_not_chosen_twice() -> None:
    twice = video(
        said((1, "The certificate expired one night."), (20, "The certificate expired one night."))
    )
    ranked = rank([twice], windows(twice, 1, 4, needed=2), 2, None)
    assert len(choose([twice], ranked, 2)) == 1


def test_a_compilation_is_in_order_of_time_and_within_its_length() -> None:
    talk = video(TALK)
    ranked = rank([talk], windows(talk, 2, 6, needed=5), 4, None)
    parts = [each.window for each in fill([talk], ranked, 12, 5)]
    assert len(parts) >= 2
    assert sum(each.seconds for each in parts) <= 12
    assert parts == sorted(parts, key=lambda each: each.start)


def order(**changes: object) -> Order:
    base = {"sources": ["/a.mp4"], "directory": "/out", "num_generations": 2}
    return Order.model_validate({**base, **changes})


def test_a_second_compilation_is_made_of_other_moments() -> None:
    talk = video(TALK)
    asked = order(template="compilation", max_duration_seconds=10)
    first, second = choose_clips(asked, [talk], Report(lambda event: None)).clips
    assert not any(one.window.overlaps(two.window) for one in first for two in second)


def test_fewer_moments_than_asked_for_are_said() -> None:
    events: list[object] = []
    choose_clips(order(num_generations=12), [video(end=8)], Report(events.append))
    assert events == [
        {"note": "Only 1 of 12 clips: the video has no more separate moments of the asked length."}
    ]


def test_a_wish_for_a_silent_film_is_said_to_be_ignored() -> None:
    events: list[object] = []
    choose_clips(order(prompt="the red car", num_generations=1), [video()], Report(events.append))
    assert events == [
        {"note": "The prompt could not steer: it is compared with what is said, not shown."}
    ]


@pytest.mark.parametrize(("least", "most"), [(0, 90), (10, 10), (0, 1), (600, 600)])
def test_lengths_stay_within_what_was_asked(least: float, most: float) -> None:
    asked = order(min_duration_seconds=least, max_duration_seconds=most)
    shortest, longest, ideal, _ = lengths(asked, [video()])
    assert least <= shortest <= ideal <= longest == most


@pytest.mark.parametrize(
    "prompt",
    [
        None,
        "",
        "Create an engaging short video highlighting the best moments",
        "Make 3 viral clips please!",
        "find the funny highlights",
    ],
)
def test_a_prompt_without_a_subject_is_no_wish(prompt: str | None) -> None:
    assert wish(prompt) is None


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [
        ("why did the service go down", "why did the service go down"),
        ("Make a short clip about battery life", "battery life"),
        ("Find the moment where she talks about luck", "she talks about luck"),
        ("create", None),
    ],
)
def test_the_subject_is_what_remains_of_a_prompt(prompt: str, subject: str | None) -> None:
    assert wish(prompt) == subject
