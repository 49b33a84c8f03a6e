"""The grammar of `/reel`."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import ask, bounds
from bot.captions import CaptionStyle
from bot.request import DEFAULT_PROMPT, ReelRequest, Template

LINK = "https://youtu.be/a"
PLAIN = ReelRequest(video_urls=(LINK,))


def problems(text: str) -> str:
    with pytest.raises(ask.Misunderstood) as raised:
        ask.read(text)
    return " ".join(raised.value.problems)


@pytest.mark.parametrize(
    ("typed", "request_"),
    [
        ("", PLAIN),
        ("clips:2", replace(PLAIN, num_generations=2)),
        ("CLIPS:1", replace(PLAIN, num_generations=1)),
        ("16:9", replace(PLAIN, aspect_ratio="16:9")),
        ("aspect:4:5", replace(PLAIN, aspect_ratio="4:5")),
        ("15-60s", replace(PLAIN, min_duration_seconds=15, max_duration_seconds=60)),
        ("15–60s", replace(PLAIN, min_duration_seconds=15, max_duration_seconds=60)),
        ("min:15", replace(PLAIN, min_duration_seconds=15)),
        ("max:1m30s", replace(PLAIN, max_duration_seconds=90)),
        ("min:2m max:3m", replace(PLAIN, min_duration_seconds=120, max_duration_seconds=180)),
        ("from:10:00 to:25:00", replace(PLAIN, source_start_time=600, source_end_time=1500)),
        ("from:1:10:00", replace(PLAIN, source_start_time=4200)),
        ("from:0", replace(PLAIN, source_start_time=0)),
        ("to:1h5m", replace(PLAIN, source_end_time=3900)),
        ("compilation", replace(PLAIN, template=Template.COMPILATION, num_generations=1)),
        ("compilation clips:2", replace(PLAIN, template=Template.COMPILATION, num_generations=2)),
        ("template:moments", replace(PLAIN, template=Template.MOMENTS)),
        ("no-subtitles", replace(PLAIN, subtitles=False)),
        ("subtitles", replace(PLAIN, subtitles=True)),
        ("subtitles:off", replace(PLAIN, subtitles=False)),
        ("1080p", replace(PLAIN, resolution=1080)),
        ("resolution:240", replace(PLAIN, resolution=240)),
        ("the best goals", replace(PLAIN, prompt="the best goals")),
        ('"clips:9 for me"', replace(PLAIN, prompt="clips:9 for me")),
        ("“16:9 was a mistake”", replace(PLAIN, prompt="16:9 was a mistake")),
        ("a compilation of goals", replace(PLAIN, prompt="a compilation of goals")),
        ("with subtitles that shine", replace(PLAIN, prompt="with subtitles that shine")),
        ("note: it is long", replace(PLAIN, prompt="note: it is long")),
        ('an odd " quote', replace(PLAIN, prompt='an odd " quote')),
        ("🎉 :tada: the party", replace(PLAIN, prompt="🎉 :tada: the party")),
    ],
)
def test_each_option_is_read(typed: str, request_: ReelRequest) -> None:
    assert ask.read(f"{LINK} {typed}") == request_
    if typed not in {"compilation", "subtitles"}:
        assert ask.read(f"{typed} {LINK}") == request_


def test_the_whole_grammar_in_one_line() -> None:
    asked = ask.read(
        f"{LINK} the funniest clips:3 16:9 15-60s minute from:10:00 to:25:00 compilation no-subtitles 1080p"
    )
    assert asked == ReelRequest(
        video_urls=(LINK,),
        prompt="the funniest minute",
        num_generations=3,
        template=Template.COMPILATION,
        min_duration_seconds=15,
        max_duration_seconds=60,
        source_start_time=600,
        source_end_time=1500,
        subtitles=False,
        aspect_ratio="16:9",
        resolution=1080,
    )


def test_reka_gets_only_what_was_chosen_and_always_a_count_and_a_prompt() -> None:
    assert ask.read(LINK).body() == {
        "video_urls": [LINK],
        "prompt": DEFAULT_PROMPT,
        "generation_config": {"num_generations": 3},
    }
    chosen = ask.read(f"{LINK} goals 1:1 720p from:0 max:30 no-subtitles").body()
    assert chosen["prompt"] == "goals"
    assert chosen["generation_config"] == {
        "num_generations": 3,
        "max_duration_seconds": 30,
        "source_start_time": 0,
    }
    assert chosen["rendering_config"] == {
        "subtitles": False,
        "aspect_ratio": "1:1",
        "resolution": 720,
    }


def test_reka_gets_only_what_was_chosen_of_a_caption_style() -> None:
    style = CaptionStyle(position="top", text_color="#FFFFFF")
    asked = replace(PLAIN, caption_style=style, translated_subtitles_target_language="es_ES")
    body = asked.body()
    assert body["rendering_config"] == {
        "caption_style": {"text_color": "#FFFFFF", "position": "top"}
    }
    assert body["generation_config"] == {
        "num_generations": 3,
        "translated_subtitles_target_language": "es_ES",
    }
    assert replace(PLAIN, caption_style=CaptionStyle()).body() == PLAIN.body()


@pytest.mark.parametrize(
    ("escaped", "typed"),
    [
        ("<https://youtu.be/a|youtu.be/a> goals", "https://youtu.be/a goals"),
        ("<https://youtu.be/a>, goals", "https://youtu.be/a, goals"),
        ("(<https://youtu.be/a>) goals", "(https://youtu.be/a) goals"),
        ("<https://x.test/v?a=1&amp;b=2> Q&amp;A", "https://x.test/v?a=1&b=2 Q&A"),
        ("<https://youtu.be/a> <!channel> hi", "https://youtu.be/a @channel hi"),
        ("<https://youtu.be/a> <@U1|robin> in <#C1|general>", f"{LINK} @robin in #general"),
    ],
)
def test_slacks_escapes_make_no_difference(escaped: str, typed: str) -> None:
    assert ask.read(escaped) == ask.read(typed)


def test_several_links_make_one_request_and_a_repeated_one_counts_once() -> None:
    asked = ask.read(f"{LINK} and youtu.be/b {LINK}, please")
    assert asked.video_urls == (LINK, "https://youtu.be/b")
    assert asked.prompt == "and please"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no video link"),
        ("the best goals", "no video link"),
        ("hello.mp4 goals", "no video link"),
        ("ftp://x.test/a.mp4", "no video link"),
        (f"{LINK} clips:0", "`clips:` takes 1 to 3"),
        (f"{LINK} clips:4", "`clips:` takes 1 to 3"),
        (f"{LINK} clips:two", "`clips:` takes 1 to 3"),
        (f"{LINK} clips:٣", "`clips:` takes 1 to 3"),
        (f"{LINK} clips:0000000015", "`clips:` takes 1 to 3"),
        (f"{LINK} resolution:0000007205", "no resolution"),
        (f"{LINK} 144p", "no resolution `144`"),
        (f"{LINK} 3:2", "no shape `3:2`"),
        (f"{LINK} template:trailer", "`template:` takes `moments`, `compilation`"),
        (f"{LINK} subtitles:maybe", "on or off"),
        (f"{LINK} clip:2", "Did you mean `clips:`"),
        (f"{LINK} zzz:2", "I don't know the option `zzz:`. To use it as words"),
        (f"{LINK} from:soon", "`from:soon` is no time"),
        (f"{LINK} to:1:75", "`to:1:75` is no time"),
        (f"{LINK} from:-5", "is no time"),
        (f"{LINK} 60-15s", "shortest length (60 s) is above the longest (15 s)"),
        (f"{LINK} min:100s", "add `max:100s`"),
        (f"{LINK} min:700s", "from 1 to 600 seconds; `700s`"),
        (f"{LINK} max:0", "from 1 to 600 seconds; `0s`"),
        (f"{LINK} max:601s", "from 1 to 600 seconds; `601s`"),
        (f"{LINK} from:10:00 to:10:00", "`to:` must be later"),
        (f"{LINK} to:0", "`to:` must be later"),
        (f"{LINK} clips:1 clips:2", "given twice"),
        (f"{LINK} subtitles no-subtitles", "given twice"),
        (" ".join(f"{LINK}{n}" for n in range(6)), "6 links; one job takes at most 5"),
        (f"{LINK} " + "x" * 10_000, "10,000 characters; 2,000 are the most"),
        (f"{LINK} " + "x " * 5_000, "9,999 characters; 2,000 are the most"),
    ],
)
def test_bad_input_is_answered_with_a_sentence(text: str, sentence: str) -> None:
    assert sentence in problems(text)


def test_every_problem_is_named_at_once_and_only_once() -> None:
    with pytest.raises(ask.Misunderstood) as raised:
        ask.read("clips:9 clips:9 3:2 max:900s")
    said = raised.value.problems
    assert len(said) == len(set(said)) == 4


def test_the_suggested_way_out_of_a_long_minimum_is_accepted() -> None:
    assert ask.read(f"{LINK} min:100s max:100s").max_duration_seconds == 100


@pytest.mark.parametrize(
    ("typed", "prompt"),
    [
        ("a\0b", "ab"),
        ("\u202eevil\u202c goals", "evil goals"),
        ("\u2066a\u2069", "a"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("👩\u200d👧 family", "👩\u200d👧 family"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("new\nline\ttab\u00a0space", "new line tab space"),
        ("*bold* _it_ `code` <b>", "*bold* _it_ `code` <b>"),
    ],
)
def test_only_invisible_and_control_characters_leave_the_prompt(typed: str, prompt: str) -> None:
    assert ask.read(f"{LINK} {typed}").prompt == prompt


def test_invisible_characters_leave_a_link_too() -> None:
    assert ask.read(f"{LINK}\u200b\ufeff").video_urls == (LINK,)


PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        f"""{LINK} http://x.test/a <https://youtu.be/b|b> https://[ https:// clips:2 clips: 16:9 9:99 15-60s
        60-15s from:10:00 to:25:00 from:99999h compilation subtitles no-subtitles 1080p resolution:720p min:5
        max:601 max: a:b clips:0000000019 <!channel> &amp; " “ ” \0 \u202e""".split()
    ),
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_whatever_is_typed_gives_a_request_within_rekas_bounds_or_sentences(text: str) -> None:
    try:
        asked = ask.read(text)
    except ask.Misunderstood as error:
        said = error.problems
    else:
        said = ()
        _within_bounds(asked)
    assert all(problem.endswith(".") for problem in said)


def _within_bounds(asked: ReelRequest) -> None:
    assert 1 <= len(asked.video_urls) <= bounds.MAX_LINKS
    assert all(url.lower().startswith(("https://", "http://")) for url in asked.video_urls)
    assert 1 <= asked.num_generations <= 3
    assert asked.aspect_ratio in {None, *bounds.ASPECT_RATIOS}
    assert asked.resolution in {None, *bounds.RESOLUTIONS}
    shortest, longest = asked.min_duration_seconds or 0, asked.max_duration_seconds
    assert 0 <= shortest <= (longest if longest is not None else 90)
    assert longest is None or 1 <= longest <= 600
    start, end = asked.source_start_time, asked.source_end_time
    assert start is None or start >= 0
    assert end is None or end > (start or 0)
    assert len(asked.prompt or "") <= bounds.MAX_PROMPT


@settings(deadline=None)
@given(st.lists(st.text("abcdefgh🎉é*_~`!?'-", min_size=1), min_size=1, max_size=20))
def test_words_that_are_no_option_are_the_prompt_word_by_word(words: list[str]) -> None:
    asked = ask.read(f"{LINK} " + "  ".join(words))
    assert asked.prompt == " ".join(words)
