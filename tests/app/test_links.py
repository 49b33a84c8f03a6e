"""Video links in what people type, with Slack's escapes and without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import links


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<https://youtu.be/a>", "https://youtu.be/a"),
        ("<https://youtu.be/a|youtu.be/a>", "https://youtu.be/a"),
        ("<https://x.test/v?a=1&amp;b=2|x.test>", "https://x.test/v?a=1&b=2"),
        ("https://x.test/v?a=1&amp;b=2", "https://x.test/v?a=1&b=2"),
        ("<!channel>", "@channel"),
        ("<!here>", "@here"),
        ("<!subteam^S1|@team>", "@team"),
        ("<@U1|robin>", "@robin"),
        ("<@U1>", "@U1"),
        ("<#C1|general>", "#general"),
        ("<#C1|>", "#C1"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("&amp;lt;", "&lt;"),
        ("a < b and c > d", "a < b and c > d"),
        ("看<https://youtu.be/a>这个", "看https://youtu.be/a 这个"),
    ],
)
def test_slack_escapes_are_undone(text: str, plain: str) -> None:
    assert links.untangled(text) == plain


@pytest.mark.parametrize("name", ["copy", "reg", "times", "para", "sect", "lt", "gt", "not"])
def test_a_parameter_that_reads_like_an_html_entity_stays_what_it_is(name: str) -> None:
    address = f"https://x.test/v?a=1&{name}=2"
    assert links.untangled(address) == address


@pytest.mark.parametrize(
    ("word", "link"),
    [
        ("https://youtu.be/a", "https://youtu.be/a"),
        ("http://x.test/a.mp4", "http://x.test/a.mp4"),
        ("HTTPS://YOUTU.BE/a", "HTTPS://YOUTU.BE/a"),
        ("youtu.be/a", "https://youtu.be/a"),
        ("www.twitch.tv/videos/1", "https://www.twitch.tv/videos/1"),
        ("https://youtu.be/a,", "https://youtu.be/a"),
        ("https://youtu.be/a.", "https://youtu.be/a"),
        ("(https://youtu.be/a)", "https://youtu.be/a"),
        ("(https://youtu.be/a).", "https://youtu.be/a"),
        ("<https://youtu.be/a>", "https://youtu.be/a"),
        ("[https://youtu.be/a]", "https://youtu.be/a"),
        ("https://x.test/Talk_(2020)", "https://x.test/Talk_(2020)"),
        ("https://[::1]", "https://[::1]"),
        ("https://youtu.be/a?t=1", "https://youtu.be/a?t=1"),
        ("16:9", None),
        ("v1.2", None),
        ("and/or", None),
        ("e.g.", None),
        ("javascript:alert(1)", None),
        ("data:video/mp4;base64,AAAA", None),
        ("ftp://x.test/a.mp4", None),
        ("file:///etc/passwd", None),
        ("", None),
        (")", None),
    ],
)
def test_a_word_is_a_link_or_it_is_not(word: str, link: str | None) -> None:
    assert links.as_link(word) == link


@pytest.mark.parametrize(
    "link",
    [
        "https://youtu.be/a",
        "http://127.0.0.1:8000/talk.mp4",
        "https://user-files.test/a b".replace(" ", "%20"),
        "https://пример.test/видео",
        "https://myslack-files.com/a.mp4",
        "https://notslack.com/a",
    ],
)
def test_a_good_link_has_no_problem(link: str) -> None:
    assert links.problem_with(link) is None


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("https://", "not a valid web address"),
        ("https:///a.mp4", "not a valid web address"),
        ("https://…", "not a valid web address"),
        ("https://[::1/a", "not a valid web address"),
        ("https://x.test:port/a", "not a valid web address"),
        ("https://x.test:99999/a", "not a valid web address"),
        ("https://robin:secret@x.test/a", "user name or password"),
        ("https://acme.slack.com/files/U1/F1/a.mp4", "lives in Slack"),
        ("https://files.slack.com/files-pri/T1-F1/a.mp4", "lives in Slack"),
        ("https://slack.com/a.mp4", "lives in Slack"),
        ("https://slack-files.com/T1-F1", "lives in Slack"),
        ("https://x.test/" + "a" * 2_000, "2,015 characters"),
    ],
)
def test_a_bad_link_is_explained(link: str, sentence: str) -> None:
    problem = links.problem_with(link)
    assert problem is not None
    assert sentence in problem
    assert "secret" not in problem


VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("https://youtu.be/dQw4w9WgXcQ?si=x", VIDEO),
        ("https://www.youtu.be/dQw4w9WgXcQ", VIDEO),
        ("https://m.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ#t=9", VIDEO),
        ("https://music.youtube.com/watch?v=dQw4w9WgXcQ", VIDEO),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0", VIDEO),
        ("https://youtube.com/live/dQw4w9WgXcQ/", VIDEO),
        ("https://youtube.com/e/dQw4w9WgXcQ", VIDEO),
        ("https://www.youtube.com/watch?v=short", "https://www.youtube.com/watch?v=short"),
        ("https://www.youtube.com/@somebody", "https://www.youtube.com/@somebody"),
        ("https://www.youtube.com/playlist?list=PL1", "https://www.youtube.com/playlist?list=PL1"),
        (
            "https://notyoutube.com/watch?v=dQw4w9WgXcQ",
            "https://notyoutube.com/watch?v=dQw4w9WgXcQ",
        ),
        (
            "https://youtube.com.evil.test/watch?v=dQw4w9WgXcQ",
            "https://youtube.com.evil.test/watch?v=dQw4w9WgXcQ",
        ),
        ("HTTPS://CDN.Test/Talk.MP4#t=1", "https://cdn.test/Talk.MP4"),
        ("https://x.test/a?utm_source=s&b=1&fbclid=2&GCLID=3", "https://x.test/a?b=1"),
        ("https://x.test/a?sig=a%2Fb&x=a+b&y", "https://x.test/a?sig=a%2Fb&x=a+b&y"),
        ("https://[::1", "https://[::1"),
    ],
)
def test_a_video_has_one_form(link: str, canonical: str) -> None:
    assert links.canonical(link) == canonical
    assert links.canonical(canonical) == canonical


@pytest.mark.parametrize(
    ("link", "is_one"),
    [
        (VIDEO, True),
        ("https://player.vimeo.com/video/1", True),
        ("https://clips.twitch.tv/a", True),
        ("https://x.test/a.MP4?sig=1", True),
        ("https://x.test/live.m3u8", True),
        ("https://x.test/a.mp4/about", False),
        ("https://x.test/?file=a.mp4", False),
        ("https://notvimeo.com/1", False),
        ("https://[", False),
    ],
)
def test_a_link_is_known_to_be_of_a_video_or_not(link: str, is_one: bool) -> None:
    assert links.is_video(link) is is_one


@given(
    st.text() | st.text().map("https://{}".format) | st.text().map("https://x.test/?a={}".format)
)
def test_whatever_is_said_to_be_a_link_is_judged_and_brought_into_a_form_that_stays(
    link: str,
) -> None:
    links.problem_with(link)
    links.is_video(link)
    form = links.canonical(link)
    assert links.canonical(form) == form


@pytest.mark.parametrize(
    "link",
    [
        "https://vid.example/#/watch/42",
        "https://mega.example/file/abc#key",
        "https://cdn.example/a.mp4?sig=a%20b%2Bc&flag",
    ],
)
def test_what_may_name_another_video_stays_letter_by_letter(link: str) -> None:
    assert links.canonical(link) == link
    tracked = link.replace("?", "?utm_source=x&") if "?" in link else link
    assert links.canonical(tracked) == link


@pytest.mark.parametrize(
    ("link", "private"),
    [
        ("http://localhost:8700/talk.mp4", True),
        ("http://127.0.0.1/talk.mp4", True),
        ("http://[::1]/talk.mp4", True),
        ("https://10.1.2.3/talk.mp4", True),
        ("https://192.168.0.7:8443/talk.mp4", True),
        ("http://169.254.169.254/latest", True),
        ("http://[fd00::1]/talk.mp4", True),
        ("http://nas/talk.mp4", True),
        ("http://nas./talk.mp4", True),
        ("https://nas.local/talk.mp4", True),
        ("https://Videos.Corp.Internal/talk.mp4", True),
        ("http://127.1/talk.mp4", True),
        ("https://example.com/talk.mp4", False),
        ("https://local.example.com/talk.mp4", False),
        ("https://93.184.216.34/talk.mp4", False),
        ("https://youtu.be/dQw4w9WgXcQ", False),
        ("https://xn--bcher-kva.example/talk.mp4", False),
    ],
)
def test_a_link_into_a_private_network_is_known(link: str, private: bool) -> None:
    assert links.is_private(link) is private
