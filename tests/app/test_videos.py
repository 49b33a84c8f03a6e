"""Videos are found wherever a message hides them, each once, and nothing that a payload holds makes the search fail."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import links, videos
from bot.videos import Found

ONE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
TWO = "https://vimeo.com/76979871"
FILE = "https://cdn.test/talk.mp4"
PAGE = "https://news.test/story"

Json = dict[str, Any]


def link(url: str, **more: object) -> Json:
    return {"type": "link", "url": url, **more}


def typed(text: str) -> Json:
    return {"type": "text", "text": text}


def part(kind: str, *elements: Json) -> Json:
    return {"type": f"rich_text_{kind}", "elements": list(elements)}


def rich_text(*parts: Json) -> list[Json]:
    return [{"type": "rich_text", "block_id": "b", "elements": list(parts)}]


def file(**changes: object) -> Json:
    """A video that was uploaded to Slack, as a message carries it."""
    made: Json = {
        "id": "F1",
        "name": "talk.mp4",
        "title": "talk",
        "mimetype": "video/mp4",
        "filetype": "mp4",
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "url_private": "https://files.slack.com/files-pri/T1-F1/talk.mp4",
        "url_private_download": "https://files.slack.com/files-pri/T1-F1/download/talk.mp4",
        "permalink": "https://team.slack.com/files/U1/F1/talk.mp4",
        "permalink_public": "https://slack-files.com/T1-F1-abcdef",
        "file_access": "visible",
    }
    return {**made, **changes}


def preview(**changes: object) -> Json:
    """What Slack makes of a YouTube link."""
    made: Json = {
        "id": 1,
        "from_url": "https://youtu.be/dQw4w9WgXcQ?t=10",
        "original_url": "https://youtu.be/dQw4w9WgXcQ?t=10",
        "service_name": "YouTube",
        "service_url": "https://www.youtube.com/",
        "author_link": "https://www.youtube.com/@somebody",
        "title": "A talk",
        "title_link": ONE,
        "thumb_url": "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg",
        "video_html": "<iframe src='https://www.youtube.com/embed/dQw4w9WgXcQ'></iframe>",
    }
    return {**made, **changes}


def forwarded(**inner: object) -> Json:
    return {
        "attachments": [
            {
                "is_msg_unfurl": True,
                "channel_id": "C9",
                "ts": "1.0",
                "from_url": "https://team.slack.com/archives/C9/p10",
                "author_link": "https://team.slack.com/team/U9",
                **inner,
            }
        ]
    }


ESCAPED = "look &lt;3 <https://x.test/v.mp4?a=1&amp;b=2|this> and <https://vimeo.com/76979871>"
VIDEO_BLOCK = {"type": "video", "video_url": "https://player.test/1", "title_url": FILE}
BUTTON = {"type": "actions", "elements": [{"type": "button", "url": FILE}]}

WHERE = {
    "text": ({"text": f"<{ONE}>"}, (ONE,)),
    "text with entities": ({"text": ESCAPED}, ("https://x.test/v.mp4?a=1&b=2", TWO)),
    "text without brackets": ({"text": f"see {FILE}, please"}, (FILE,)),
    "text without a scheme": ({"text": "vimeo.com/76979871"}, (TWO,)),
    "section": ({"blocks": rich_text(part("section", typed("look "), link(ONE)))}, (ONE,)),
    "labelled": ({"blocks": rich_text(part("section", link(ONE, text="my talk")))}, (ONE,)),
    "list": ({"blocks": rich_text(part("list", part("section", link(TWO))))}, (TWO,)),
    "quote": ({"blocks": rich_text(part("quote", link(FILE)))}, (FILE,)),
    "preformatted": ({"blocks": rich_text(part("preformatted", typed(FILE)))}, (FILE,)),
    "mrkdwn": ({"blocks": [{"type": "section", "text": {"text": f"<{TWO}|x>"}}]}, (TWO,)),
    "video block": ({"blocks": [VIDEO_BLOCK]}, (FILE, "https://player.test/1")),
    "button": ({"blocks": [BUTTON]}, (FILE,)),
    "preview": ({"attachments": [preview()]}, (ONE,)),
    "preview with an address": (
        {"attachments": [{"from_url": PAGE, "video_url": "https://player.test/1"}]},
        (PAGE, "https://player.test/1"),
    ),
    "preview of an app": ({"attachments": [{"app_unfurl_url": ONE, "blocks": []}]}, (ONE,)),
    "forwarded text": (forwarded(text=f"<{ONE}>"), (ONE,)),
    "forwarded blocks": (
        forwarded(message_blocks=[{"message": {"blocks": rich_text(part("quote", link(ONE)))}}]),
        (ONE,),
    ),
    "forwarded preview": (forwarded(attachments=[preview()]), (ONE,)),
    "external file": (
        {"files": [file(is_external=True, mode="external", url_private=FILE)]},
        (FILE,),
    ),
    "external file with its own address": (
        {"files": [file(is_external=True, external_url=FILE)]},
        (FILE,),
    ),
    "everywhere at once": (
        {
            "text": f"<{ONE}>",
            "blocks": rich_text(part("section", link("https://youtu.be/dQw4w9WgXcQ"))),
            "attachments": [preview()],
        },
        (ONE,),
    ),
    "in the order of reading": (
        {"attachments": [preview()], "text": f"<{FILE}> then <{TWO}>"},
        (FILE, TWO, ONE),
    ),
}


@pytest.mark.parametrize(("message", "found"), WHERE.values(), ids=WHERE.keys())
def test_a_video_is_found_wherever_it_hides(message: Json, found: tuple[str, ...]) -> None:
    assert videos.found(message) == Found(found)


@pytest.mark.parametrize(
    "shape",
    [
        "https://youtu.be/dQw4w9WgXcQ",
        "https://youtu.be/dQw4w9WgXcQ?si=abc&t=42",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1&index=2&t=10s",
        "https://www.youtube.com/watch?list=PL1&v=dQw4w9WgXcQ",
        "https://youtube.com/shorts/dQw4w9WgXcQ?feature=share",
        "https://www.youtube.com/live/dQw4w9WgXcQ",
        "https://www.youtube.com/embed/dQw4w9WgXcQ?start=3",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        "https://m.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://music.youtube.com/watch?v=dQw4w9WgXcQ&feature=share",
        "http://WWW.YouTube.com/v/dQw4w9WgXcQ",
        "https://www.youtube.com/watch/dQw4w9WgXcQ",
    ],
)
def test_one_video_in_any_of_its_shapes_is_one_video(shape: str) -> None:
    assert videos.found({"text": f"<{shape}> <{ONE}>"}) == Found((ONE,))


@pytest.mark.parametrize(
    ("files", "in_slack"),
    [
        ([file()], 1),
        ([file(), file(id="F2", mimetype=None, filetype="mov")], 2),
        ([file(), file()], 1),
        ([file(mode="tombstone")], 0),
        ([file(mode="hidden_by_limit")], 0),
        ([{"id": "F1", "mode": "tombstone"}], 0),
        ([{"id": "F1", "file_access": "check_file_info"}], 1),
        ([file(mimetype="image/png", filetype="png")], 0),
        ([file(mimetype="application/pdf", filetype="pdf")], 0),
    ],
)
def test_what_lives_only_in_slack_is_counted_and_no_link_is_made_of_it(
    files: list[Json], in_slack: int
) -> None:
    for message in ({"files": files}, forwarded(files=files)):
        assert videos.found(message) == Found((), in_slack, sure=False)


@pytest.mark.parametrize(
    "address",
    [
        "https://team.slack.com/files/U1/F1/talk.mp4",
        "https://files.slack.com/files-pri/T1-F1/talk.mov",
    ],
)
def test_the_address_of_a_video_in_slack_is_a_video_in_slack(address: str) -> None:
    assert videos.found({"text": f"<{address}>"}) == Found((), 1, sure=False)


def test_the_address_of_a_message_in_slack_is_nothing() -> None:
    assert videos.found({"text": "<https://team.slack.com/archives/C1/p1>"}).in_slack == 0


def test_a_link_beside_a_video_in_slack_is_offered_and_the_other_one_counted() -> None:
    assert videos.found({"text": f"<{ONE}>", "files": [file()]}) == Found((ONE,), 1)


def test_links_of_no_video_are_offered_only_where_there_is_no_other() -> None:
    assert videos.found({"text": f"<{PAGE}> <{ONE}>"}) == Found((ONE,))
    assert videos.found({"text": f"<{PAGE}>"}) == Found((PAGE,), sure=False)


def test_a_preview_with_a_player_makes_a_page_a_video() -> None:
    message = {"text": f"<{PAGE}> <{ONE}>", "attachments": [preview(from_url=PAGE, title_link="")]}
    assert PAGE in videos.found(message).links


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": ""},
        {"text": "no link, v1.2, 16:9, and/or"},
        {"text": "<@U1> <#C1|general> <!here> <mailto:a@b.test|a@b.test> <tel:1|1>"},
        {"text": "javascript:alert(1) data:video/mp4;base64,AAAA file:///etc/passwd"},
        {"text": "https://robin:secret@x.test/a.mp4 https://[ https:// https://x.test:99999/a.mp4"},
        {"text": "https://x.test/" + "a" * 2_000 + ".mp4"},
    ],
)
def test_what_is_no_usable_link_is_not_found(message: Json) -> None:
    assert videos.found(message).links == ()


def test_many_links_are_cut_to_what_a_modal_can_offer() -> None:
    many = " ".join(f"<https://cdn.test/{number}.mp4>" for number in range(30))
    assert len(videos.found({"text": many}).links) == videos.MAX_LINKS
    long = " ".join(f"https://cdn.test/{number}{'a' * 900}.mp4" for number in range(5))
    found = videos.found({"text": f"{long} {FILE}"}).links
    assert found[-1] == FILE
    assert sum(map(len, found)) <= videos.MAX_LENGTH


def test_a_single_link_may_be_as_long_as_any() -> None:
    longest = FILE + "?" + '"' * (links.MAX_LENGTH - len(FILE) - 1)
    assert videos.found({"text": f"{longest} {TWO}"}) == Found((longest,))


def nested(depth: int, innermost: Json) -> Json:
    message = innermost
    for _ in range(depth):
        message = {"attachments": [message]}
    return message


def test_depth_is_no_matter() -> None:
    assert videos.found(nested(10_000, {"text": f"<{ONE}>"})) == Found((ONE,))


@pytest.mark.parametrize(
    "url",
    ["https://x.test/?utm_source=a&b=\ud83d", "https://x.test/\udfff.mp4", "https://\ud800.test/"],
)
def test_half_a_character_breaks_nothing(url: str) -> None:
    found = videos.found({"text": f"{url} <{ONE}>", "blocks": [link(url)]})
    assert found.links == (ONE,)
    assert links.canonical(url).startswith("https://")


NAMES = st.sampled_from(
    [
        *("text", "blocks", "attachments", "files", "url", "type", "elements", "message_blocks"),
        *("message", "from_url", "video_url", "video_html", "title_link", "mimetype", "filetype"),
        *("mode", "file_access", "url_private", "external_url", "is_external", "id"),
    ]
)
PIECES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.text(st.characters(), max_size=9).map("https://x.test/?utm_a=1&b={}".format),
    st.sampled_from(
        [ONE, TWO, FILE, "video/mp4", "mp4", "tombstone", "check_file_info", "https://["]
    ),
)
ANYTHING = st.recursive(
    PIECES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6)
)


@settings(max_examples=100)
@given(st.dictionaries(NAMES, ANYTHING, max_size=6))
def test_whatever_a_payload_holds_gives_usable_links_or_none(message: Json) -> None:
    found = videos.found(message)
    assert len(set(found.links)) == len(found.links) <= videos.MAX_LINKS
    for each in found.links:
        assert links.problem_with(each) is None
        assert links.canonical(each) == each
        assert json.dumps(each).isascii()
        assert each.encode()
