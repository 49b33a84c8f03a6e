"""Typed text, as Slack stores it and as it sends it to an app."""

import pytest

from local.slack.mrkdwn import as_rich_text, as_text, pieces

USERS, CHANNELS = {"sam": "U1"}, {"general": "C1"}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("plain", "plain"),
        ("a & b <c>", "a &amp; b &lt;c&gt;"),
        ("see https://a.b/c?d=e&f=g.", "see <https://a.b/c?d=e&amp;f=g>."),
        ("(https://a.b)", "(<https://a.b>)"),
        ("<https://a.b|there>", "<https://a.b|there>"),
        ("@sam in #general", "<@U1> in <#C1|>"),
        ("@nobody #nowhere me@sam.io", "@nobody #nowhere me@sam.io"),
        ("https://a.b/#general", "<https://a.b/#general>"),
    ],
)
def test_links_and_mentions_become_tokens(typed: str, stored: str) -> None:
    assert as_text(list(pieces(typed, USERS, CHANNELS))) == stored


def test_a_commands_text_carries_names() -> None:
    parts = list(pieces("@sam #general", USERS, CHANNELS))
    assert as_text(parts, names=True) == "<@U1|sam> <#C1|general>"


def test_rich_text_keeps_the_raw_link() -> None:
    [block] = as_rich_text(list(pieces("x https://a.b/?c&d", USERS, CHANNELS)))
    assert block["elements"][0]["elements"] == [
        {"type": "text", "text": "x "},
        {"type": "link", "url": "https://a.b/?c&d"},
    ]
